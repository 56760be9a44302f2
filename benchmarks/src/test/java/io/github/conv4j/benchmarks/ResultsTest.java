package io.github.conv4j.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.benchmarks.report.MarkdownReport;
import io.github.conv4j.benchmarks.report.Pictures;
import io.github.conv4j.benchmarks.report.Report;
import io.github.conv4j.benchmarks.report.ReportFile;
import io.github.conv4j.benchmarks.report.Summary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;

/** What is committed under results, and in the project's README, comes from the JSON there. */
class ResultsTest {
  private static final Path RESULTS = Path.of("results");
  private static final Path README = Path.of("../README.md");

  @Test
  void theReadmeSaysWhatTheReportFound() throws IOException {
    String readme = Files.readString(README);
    String made =
        new Summary(report())
            .inserted(
                readme, "benchmarks/results/comparison.svg", "benchmarks/results/comparison.md");
    assertEquals(made, readme, "benchmarks/compare report makes it anew");
  }

  @Test
  void theTablesSayWhatTheReportFound() throws IOException {
    assertEquals(
        MarkdownReport.text(report()),
        Files.readString(RESULTS.resolve("comparison.md")),
        "benchmarks/compare report makes them anew");
  }

  /** Without drawing: a machine that only builds may have no fonts. */
  @Test
  void everyPictureOfTheReportIsThereAndTurnsDark() throws Exception {
    Set<String> expected = new TreeSet<>();
    for (String suffix : Pictures.suffixes(report())) {
      String name = "comparison" + suffix + ".svg";
      expected.add(name);
      Path picture = RESULTS.resolve(name);
      assertTrue(Files.exists(picture), picture + ": benchmarks/compare report draws it");
      assertTrue(Files.readString(picture).contains("prefers-color-scheme:dark"), name);
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
      assertEquals(
          "svg",
          factory.newDocumentBuilder().parse(picture.toFile()).getDocumentElement().getTagName());
    }
    assertTrue(expected.size() > 1, expected.toString());
    try (Stream<Path> files = Files.list(RESULTS)) {
      Set<String> found = new TreeSet<>();
      files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("comparison") && name.endsWith(".svg"))
          .forEach(found::add);
      assertEquals(expected, found, "benchmarks/compare report leaves no others");
    }
  }

  @Test
  void theSummaryIsTheGeometricMeanOfWhatIsRanked() {
    List<Report.Row> rows =
        List.of(
            row("a", result("conv4j", "ok", 1.0), result("peer", "ok", 4.0)),
            row("b", result("conv4j", "ok", 1.0), result("peer", "ok", 1.0)),
            row("c", result("conv4j", "ok", 1.0), result("peer", "wrong", 0.01)));
    String table = new Summary(report(rows)).table();
    assertTrue(table.contains("| f, convolutions, forward | 3.00 ms | 2.00 (2 of 3) |"), table);
    String tables = MarkdownReport.text(report(rows));
    assertTrue(tables.contains("| c |  | **1.00** | WRONG 0.0100 (0.01) |"), tables);
    assertTrue(tables.contains("- peer, wrong: off"), tables);
  }

  @Test
  void aFileWithoutMarksIsLeftAlone() {
    Summary summary = new Summary(report(List.of()));
    assertThrows(
        IllegalArgumentException.class, () -> summary.inserted("# Text\n", "a.svg", "a.md"));
  }

  private static Report report() throws IOException {
    return ReportFile.read(RESULTS.resolve("comparison.json"));
  }

  private static Report report(List<Report.Row> rows) {
    Report.Machine machine =
        new Report.Machine("CPU", 2, 2, 32768, 1 << 20, 1 << 25, 1L << 34, null, "Linux", "17 x");
    return new Report(
        Report.SCHEMA,
        "compare",
        "2026-01-01T00:00:00Z",
        machine,
        null,
        List.of(participant("conv4j"), participant("peer")),
        rows);
  }

  private static Report.Participant participant(String id) {
    return new Report.Participant(id, id, "1", "", null, null, null, null);
  }

  private static Report.Row row(String name, Report.Result... results) {
    return new Report.Row("f", name, "conv2d", "forward", "1", 2e6, 4e3, null, List.of(results));
  }

  /** A result whose best time in milliseconds is its ratio. */
  private static Report.Result result(String competitor, String status, double ratio) {
    return new Report.Result(
        competitor,
        status,
        status.equals("ok") ? null : "off",
        null,
        ratio,
        ratio,
        ratio,
        ratio,
        ratio,
        2.0 / ratio,
        null,
        null,
        0.0,
        0.0);
  }
}
