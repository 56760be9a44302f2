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
    List<String> heads = new ArrayList<>(List.of("row", "roofline ms"));
    report.competitors().forEach(p -> heads.add(p.name()));
    line("| %s |", String.join(" | ", heads));
    line("|%s", "---|".repeat(heads.size()));
    List<String> notes = new ArrayList<>();
    for (Report.Row row : rows) {
      List<String> cells = new ArrayList<>();
      cells.add(row.name());
      cells.add(row.rooflineMs() == null ? "" : Units.digits(row.rooflineMs()));
      for (Report.Participant p : report.competitors()) {
        cells.add(row.result(p.id()).map(r -> cell(r, row, notes)).orElse(""));
      }
      line("| %s |", String.join(" | ", cells));
    }
    line("");
    notes.stream().distinct().forEach(note -> line("%s", note));
    line("");
  }

  /** Best time, how many times conv4j's, share of the roofline, worst error. */
  private String cell(Report.Result r, Report.Row row, List<String> notes) {
    if (r.bestMs() == null) {
      notes.add("- " + r.competitor() + ", " + r.status() + ": " + cell(r.reason()));
      return r.status();
    }
    StringBuilder cell = new StringBuilder();
    cell.append(Units.digits(r.bestMs())).append(" ms");
    if (r.ratio() != null && !r.competitor().equals(Report.BASELINE)) {
      cell.append(
          String.format(
              Locale.ROOT, ", x%.2f (%.2f-%.2f)", r.ratio(), r.ratioLow(), r.ratioHigh()));
    }
    if (r.gflops() != null && row.flops() > 0) {
      cell.append(", ").append(Units.digits(r.gflops())).append(" GFLOP/s");
    }
    if (r.gbs() != null) {
      cell.append(", ").append(Units.digits(r.gbs())).append(" GB/s");
    }
    if (r.percentOfRoofline() != null) {
      cell.append(String.format(Locale.ROOT, ", %.0f %%", r.percentOfRoofline()));
    }
    if (r.worstError() != null) {
      cell.append(String.format(Locale.ROOT, ", %.0e/%.0e", r.worstError(), r.rmsError()));
    }
    if (!r.isRanked()) {
      notes.add("- " + r.competitor() + ", " + r.status() + ": " + cell(r.reason()));
      return "WRONG: " + cell;
    }
    return cell.toString();
  }

  private static String cell(String text) {
    return text.replace("|", "/").replaceAll("\\s+", " ");
  }

  private void line(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
  }
}
