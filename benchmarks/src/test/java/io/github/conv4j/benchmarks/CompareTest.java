package io.github.conv4j.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.conv4j.benchmarks.report.MarkdownReport;
import io.github.conv4j.benchmarks.report.Report;
import io.github.conv4j.benchmarks.report.ReportFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command {@code compare} on two tiny layers, with the peers that need no download. */
class CompareTest {
  private static final String HEADER = "name,n,ic,ih,iw,oc,kh,kw,sh,sw,pt,pl,pb,pr,dh,dw,g\n";
  private static final String FIRST = "1,3,10,12,4,3,3,1,1,1,1,1,1,1,1,1";
  private static final String SECOND = "2,4,9,8,6,3,2,2,1,1,0,1,1,1,1,2";
  private static final List<String> IDS =
      List.of("conv4j", "conv4j-strict", "openblas", "openblas-core");

  @TempDir private Path folder;

  @Test
  void theJsonOfTwoTinyLayersKeepsItsSchema() throws IOException {
    JsonObject report = JsonParser.parseString(Files.readString(compare("all"))).getAsJsonObject();
    assertEquals(
        Set.of("schema", "command", "date", "machine", "roofline", "competitors", "rows"),
        report.keySet());
    assertEquals(1, report.get("schema").getAsInt());
    assertNumbers(report.getAsJsonObject("machine"), "cores", "threads", "l1", "l2", "l3");
    assertNumbers(
        report.getAsJsonObject("roofline"), "threads", "fmaGflops", "l2GBs", "l3GBs", "memoryGBs");
    JsonArray competitors = report.getAsJsonArray("competitors");
    assertEquals(IDS.size(), competitors.size());
    for (int i = 0; i < IDS.size(); i++) {
      JsonObject competitor = competitors.get(i).getAsJsonObject();
      assertEquals(
          Set.of(
              "id",
              "name",
              "version",
              "settings",
              "downloadBytes",
              "coldStartMs",
              "residentBytes",
              "error"),
          competitor.keySet());
      assertEquals(IDS.get(i), competitor.get("id").getAsString());
      assertTrue(competitor.get("error").isJsonNull(), competitor.toString());
      assertNumbers(competitor, "coldStartMs");
    }
    JsonArray rows = report.getAsJsonArray("rows");
    assertEquals(6, rows.size(), "two layers in three directions");
    for (JsonElement row : rows) {
      assertRow(row.getAsJsonObject());
    }
  }

  private static void assertRow(JsonObject row) {
    assertEquals(
        Set.of(
            "file",
            "name",
            "operation",
            "direction",
            "shape",
            "flops",
            "bytes",
            "rooflineMs",
            "results"),
        row.keySet());
    assertEquals("tiny", row.get("file").getAsString());
    assertEquals("conv2d", row.get("operation").getAsString());
    assertEquals(
        row.get("name").getAsString().equals("first") ? FIRST : SECOND,
        row.get("shape").getAsString());
    assertNumbers(row, "flops", "bytes", "rooflineMs");
    JsonArray results = row.getAsJsonArray("results");
    assertEquals(IDS.size(), results.size());
    for (int i = 0; i < IDS.size(); i++) {
      JsonObject result = results.get(i).getAsJsonObject();
      assertEquals(14, result.size());
      assertEquals(IDS.get(i), result.get("competitor").getAsString());
      assertEquals("ok", result.get("status").getAsString(), row.toString());
      assertTrue(result.get("reason").isJsonNull());
      assertTrue(result.get("gbs").isJsonNull());
      assertNumbers(
          result, "bestMs", "medianMs", "ratio", "ratioLow", "ratioHigh", "percentOfRoofline");
      double worst = result.get("worstError").getAsDouble();
      assertTrue(worst >= 0 && worst < 1e-5, "the worst error is " + worst);
      assertTrue(result.get("rmsError").getAsDouble() <= worst);
      double best = result.get("bestMs").getAsDouble();
      assertTrue(best <= result.get("medianMs").getAsDouble());
      assertEquals(
          row.get("flops").getAsDouble() / best / 1e6,
          result.get("gflops").getAsDouble(),
          0.01 * result.get("gflops").getAsDouble());
    }
    assertEquals(1, results.get(0).getAsJsonObject().get("ratio").getAsDouble());
  }

  private static void assertNumbers(JsonObject object, String... names) {
    for (String name : names) {
      assertTrue(object.get(name).getAsDouble() > 0, name + " is " + object.get(name));
    }
  }

  @Test
  void aReportSurvivesItsFileAndNamesEveryCompetitor() throws IOException {
    Path json = compare("forward");
    Report report = ReportFile.read(json);
    assertEquals(Files.readString(json), ReportFile.json(report));
    String tables = MarkdownReport.text(report);
    for (Report.Participant participant : report.competitors()) {
      assertTrue(tables.contains(participant.name()), participant.name());
    }
    assertTrue(tables.contains("| first |"), tables);
  }

  @Test
  void aPeerThatIsNotThereSaysWhatToDo() throws IOException {
    Path json = folder.resolve("absent.json");
    int status =
        Main.run(
            "compare",
            "--layers",
            layers().toString(),
            "--peers",
            "nd4j",
            "--seconds",
            "0.02",
            "--json",
            json.toString());
    assertEquals(0, status);
    Report report = ReportFile.read(json);
    Report.Participant peer = report.competitors().get(report.competitors().size() - 1);
    Report.Result result = report.rows().get(0).result("nd4j").orElseThrow();
    if (peer.error() == null) {
      assertNotNull(result.bestMs()); // the peers have been built
      return;
    }
    assertTrue(peer.error().contains("-Ppeers"), peer.error());
    assertEquals("failed", result.status());
    assertEquals(peer.error(), result.reason());
    assertNull(result.bestMs());
  }

  @Test
  void whatCannotBeComparedIsRefused() {
    assertEquals(2, Main.run("compare", "--networks", "alexnet"));
    assertEquals(2, Main.run("compare", "--peers", "cudnn", "--networks", "lenet"));
    assertEquals(2, Main.run("compare"));
    assertEquals(2, Main.run("compare", "--layers", folder.resolve("none.csv").toString()));
  }

  @Test
  void jmhGetsItsArgumentsInTheirOrder() {
    PrintStream out = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      assertEquals(0, Main.run("jmh", "-e", "conv2d", "Overhead", "-l"));
    } finally {
      System.setOut(out);
    }
    String list = printed.toString(StandardCharsets.UTF_8);
    assertTrue(list.contains("OverheadBenchmark.emptyPlan"), list);
    assertFalse(list.contains("ThreadsBenchmark"), list);
  }

  private Path layers() throws IOException {
    return Files.writeString(
        folder.resolve("tiny.csv"), HEADER + "first," + FIRST + "\nsecond," + SECOND + "\n");
  }

  private Path compare(String direction) throws IOException {
    Path json = folder.resolve(direction + ".json");
    int status =
        Main.run(
            "compare",
            "--layers",
            layers().toString(),
            "--peers",
            "openblas",
            "--direction",
            direction,
            "--seconds",
            "0.02",
            "--json",
            json.toString());
    assertEquals(0, status);
    return json;
  }
}
