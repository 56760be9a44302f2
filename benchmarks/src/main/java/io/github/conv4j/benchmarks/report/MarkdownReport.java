package io.github.conv4j.benchmarks.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A report as Markdown: the machine, the competitors, then a table a file and direction. */
public final class MarkdownReport {
  private final Report report;
  private final StringBuilder text = new StringBuilder();

  private MarkdownReport(Report report) {
    this.report = report;
  }

  /** The whole text. */
  public static String text(Report report) {
    MarkdownReport made = new MarkdownReport(report);
    made.machine();
    made.competitors();
    for (Map.Entry<String, List<Report.Row>> group : made.groups().entrySet()) {
      made.group(group.getKey(), group.getValue());
    }
    return made.text.toString();
  }

  private void machine() {
    Report.Machine m = report.machine();
    line("# Comparison of %s", report.date().substring(0, 10));
    line("");
    line("    java -jar benchmarks/target/benchmarks.jar %s", report.command());
    line("");
    line("- CPU: %s, %d cores, %d threads used", m.cpu(), m.cores(), m.threads());
    line(
        "- caches: %s a core, %s a core, %s shared; memory %s",
        Units.bytes(m.l1()), Units.bytes(m.l2()), Units.bytes(m.l3()), Units.bytes(m.memory()));
    line("- frequency governor: %s", m.governor() == null ? "not told" : m.governor());
    line("- %s, Java %s", m.os(), m.java());
    Roofline r = report.roofline();
    if (r == null) {
      line("- roofline: not measured");
    } else {
      line(
          "- roofline, %d threads: %s multiply-adds %.0f GFLOP/s; copies, read plus written, %.0f"
              + " GB/s in L2, %.0f in L3, %.0f in memory",
          r.threads(), r.isa(), r.fmaGflops(), r.l2GBs(), r.l3GBs(), r.memoryGBs());
    }
    line("");
  }

  private void competitors() {
    line("| competitor | version | used as | download | cold start ms | resident |");
    line("|---|---|---|---|---|---|");
    for (Report.Participant p : report.competitors()) {
      if (p.error() != null) {
        line("| %s | | not measured: %s | | | |", p.name(), cell(p.error()));
        continue;
      }
      line(
          "| %s | %s | %s | %s | %s | %s |",
          p.name(),
          p.version() == null ? "" : cell(p.version()),
          p.settings() == null ? "" : cell(p.settings()),
          p.downloadBytes() == null ? "" : Units.bytes(p.downloadBytes()),
          p.coldStartMs() == null ? "" : String.format(Locale.ROOT, "%.0f", p.coldStartMs()),
          p.residentBytes() == null ? "" : Units.bytes(p.residentBytes()));
    }
    line("");
  }

  /** Rows that belong into one table, by its title. */
  private Map<String, List<Report.Row>> groups() {
    return report.rows().stream()
        .collect(
            Collectors.groupingBy(
                row -> row.operation() + " " + row.direction() + ", " + row.file(),
                LinkedHashMap::new,
                Collectors.toList()));
  }

  private void group(String title, List<Report.Row> rows) {
    line("## %s", title);
    line("");
    List<Report.Participant> there =
        report.competitors().stream().filter(p -> p.error() == null).toList();
    line("Best ms, and how many times as long as conv4j it took (median of the rounds).");
    line("");
    line(
        "| row | roofline | %s |",
        there.stream().map(Report.Participant::name).collect(Collectors.joining(" | ")));
    line("|---|%s", "---|".repeat(there.size() + 1));
    for (Report.Row row : rows) {
      List<String> cells = new ArrayList<>();
      cells.add(row.rooflineMs() == null ? "" : Units.digits(row.rooflineMs()));
      there.forEach(p -> cells.add(row.result(p.id()).map(r -> shortCell(r, row)).orElse("")));
      line("| %s | %s |", row.name(), String.join(" | ", cells));
    }
    line("");
    rows.stream()
        .flatMap(row -> row.results().stream())
        .filter(r -> there.stream().anyMatch(p -> p.id().equals(r.competitor())))
        .filter(r -> !r.isRanked())
        .map(r -> "- " + r.competitor() + ", " + r.status() + ": " + cell(r.reason()))
        .distinct()
        .forEach(note -> line("%s", note));
    line("");
    details(rows);
  }

  private static String shortCell(Report.Result r, Report.Row row) {
    if (r.bestMs() == null) {
      return r.status();
    }
    boolean fastest =
        row.results().stream()
            .filter(Report.Result::isRanked)
            .noneMatch(other -> other.bestMs() < r.bestMs());
    String best = Units.digits(r.bestMs());
    String marked = !r.isRanked() ? "WRONG " + best : fastest ? "**" + best + "**" : best;
    return r.ratio() == null || r.competitor().equals(Report.BASELINE)
        ? marked
        : marked + String.format(Locale.ROOT, " (%.2f)", r.ratio());
  }

  /** Everything that was measured, a line a result. */
  private void details(List<Report.Row> rows) {
    line("<details><summary>every figure</summary>");
    line("");
    line(
        "| row | competitor | implementation | best ms | median ms | times conv4j's, quartiles |"
            + " GFLOP/s or GB/s | of roofline | worst error | rms error |");
    line("|%s", "---|".repeat(10));
    for (Report.Row row : rows) {
      for (Report.Result r : row.results()) {
        if (r.bestMs() != null) {
          line("| %s | %s |", row.name(), String.join(" | ", figures(r, row)));
        }
      }
    }
    line("");
    line("</details>");
    line("");
  }

  private static List<String> figures(Report.Result r, Report.Row row) {
    Double rate = row.flops() > 0 ? r.gflops() : r.gbs();
    return List.of(
        r.competitor() + (r.isRanked() ? "" : ", WRONG"),
        r.implementation() == null ? "" : cell(r.implementation()),
        Units.digits(r.bestMs()),
        Units.digits(r.medianMs()),
        r.ratio() == null
            ? ""
            : String.format(Locale.ROOT, "%.2f, %.2f-%.2f", r.ratio(), r.ratioLow(), r.ratioHigh()),
        rate == null ? "" : Units.digits(rate),
        r.percentOfRoofline() == null
            ? ""
            : String.format(Locale.ROOT, "%.0f %%", r.percentOfRoofline()),
        r.worstError() == null ? "" : String.format(Locale.ROOT, "%.1e", r.worstError()),
        r.rmsError() == null ? "" : String.format(Locale.ROOT, "%.1e", r.rmsError()));
  }

  private static String cell(String text) {
    return text.replace("|", "/").replaceAll("\\s+", " ");
  }

  private void line(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
  }
}
