package io.github.conv4j.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.Conv4j;
import io.github.conv4j.JsonReader;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands info, validate and demo, help and wrong usage. */
class CliTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "info",
        "filter",
        "demo",
        "validate",
        "learn-kernel",
        "signal",
        "summary",
        "train",
        "classify",
        "features",
        "vgg19"
      })
  void everyCommandHasHelp(String command) {
    for (String option : List.of("-h", "--help")) {
      CommandRun run = CommandRun.of(command, option).succeeded();
      assertTrue(run.out().contains("Usage: conv4j " + command), run.out());
      assertTrue(run.out().contains("--help"), run.out());
      assertTrue(run.out().lines().allMatch(line -> line.length() <= 100), run.out());
    }
  }

  @Test
  void theHelpNamesEveryCommand() {
    CommandRun run = CommandRun.of("--help").succeeded();
    for (String command :
        List.of(
            "info",
            "filter",
            "demo",
            "validate",
            "learn-kernel",
            "signal",
            "summary",
            "train",
            "classify",
            "features",
            "vgg19")) {
      assertTrue(run.out().contains("\n  " + command + " "), run.out());
    }
  }

  @Test
  void withoutACommandTheUsageIsAnError() {
    CommandRun run = CommandRun.of();
    assertEquals(2, run.status());
    assertEquals("", run.out());
    assertTrue(run.err().startsWith("Usage: conv4j"), run.err());
  }

  @Test
  void theVersionIsPrinted() {
    assertEquals(
        "conv4j " + Conv4j.version(), CommandRun.of("--version").succeeded().out().strip());
  }

  @Test
  void wrongUsageIsOneLine() {
    CommandRun.of("sharpen").refused("sharpen");
    CommandRun.of("info", "--yaml").refused("--yaml", "conv4j info -h");
    CommandRun.of("filter").refused("IN", "conv4j filter -h");
    CommandRun.of("filter", "a.png").refused("OUT");
    CommandRun.of("filter", "a.png", "b.png", "--stride", "two").refused("--stride", "two");
    CommandRun.of("validate", "--random", "x").refused("--random", "x");
  }

  @Test
  void infoSaysWhatItRunsOn() {
    String text = CommandRun.of("info").succeeded().out();
    for (String fact :
        List.of(
            Conv4j.version(),
            Conv4j.cpu(),
            Conv4j.isa(),
            String.join(", ", Conv4j.isas()),
            Conv4j.blas().orElseThrow().version(),
            Conv4j.blas().orElseThrow().core(),
            Conv4j.backend(),
            Conv4j.library().orElseThrow().toString())) {
      assertTrue(text.contains(fact), () -> fact + " is not in " + text);
    }
  }

  @Test
  void infoAsJsonHasExactlyTheseFacts() {
    Map<String, Object> facts =
        JsonReader.readObject(CommandRun.of("info", "--json").succeeded().out());
    assertEquals(
        List.of("version", "java", "cpu", "isa", "isas", "threads", "blas", "backend", "library"),
        List.copyOf(facts.keySet()));
    assertEquals(Conv4j.version(), facts.get("version"));
    assertEquals(Runtime.version().toString(), facts.get("java"));
    assertEquals(Conv4j.cpu(), facts.get("cpu"));
    assertEquals(Conv4j.isa(), facts.get("isa"));
    assertEquals(Conv4j.isas(), facts.get("isas"));
    assertEquals((double) Conv4j.threads(), facts.get("threads"));
    Conv4j.Blas blas = Conv4j.blas().orElseThrow();
    assertEquals(Map.of("version", blas.version(), "core", blas.core()), facts.get("blas"));
    assertEquals("native", facts.get("backend"));
    assertEquals(Conv4j.library().orElseThrow().toString(), facts.get("library"));
  }

  private static final String CONV = "2,3,9,11,4,3,2,2,1,1,0,2,1,1,2,1";
  private static final String POOL = "2,3,9,11,3,2,2,1,1,1,1,1,1,2,1";

  @Test
  void validateRunsOneGeometry() {
    for (String geometry : List.of(CONV, POOL)) {
      CommandRun run =
          CommandRun.of(
                  "validate",
                  "--geometry",
                  geometry,
                  "--isa",
                  "all",
                  "--algorithm",
                  "all",
                  "--seed",
                  "7",
                  "--threads",
                  "1,2")
              .succeeded();
      assertTrue(run.out().startsWith("seed 7, isa scalar"), run.out());
      // A dilated window suits max and min pooling, its extents the two adaptive ones.
      String cases = geometry.equals(CONV) ? "1 case, " : "4 cases, ";
      assertTrue(run.out().contains(cases), run.out());
      assertTrue(run.out().contains(" 0 different"), run.out());
    }
  }

  @Test
  void validateRunsBothFormats() {
    CommandRun run =
        CommandRun.of("validate", "--random", "4", "--format", "all", "--seed", "5").succeeded();
    assertTrue(run.out().contains("format nchw, nhwc"), run.out());
    CommandRun one =
        CommandRun.of("validate", "--random", "4", "--format", "nhwc", "--seed", "5").succeeded();
    assertTrue(one.out().contains("format nhwc"), one.out());
    // A module of signals or of rows has no images to lie otherwise.
    assertEquals(
        2 * (count("runs", one) + count("not applicable", one)),
        count("runs", run) + count("not applicable", run));
    assertTrue(count("runs", run) > count("runs", one), run.out());
  }

  private static int count(String what, CommandRun run) {
    Matcher found = Pattern.compile("(\\d+) " + what).matcher(run.out());
    assertTrue(found.find(), run.out());
    return Integer.parseInt(found.group(1));
  }

  @Test
  void validateRunsOneOperation() {
    CommandRun run =
        CommandRun.of("validate", "--random", "6", "--op", "convtranspose2d", "--seed", "3")
            .succeeded();
    assertTrue(run.out().contains("random: 6 cases, "), run.out());
    run =
        CommandRun.of(
                "validate", "--geometry", "1,2,5,6,3,3,2,1,1,2,1,2,0,1,1,1,reflect", "--seed", "3")
            .succeeded();
    assertTrue(run.out().contains("1 case, "), run.out());
    CommandRun.of("validate", "--random", "1", "--op", "conv9d")
        .refused("--op is conv9d; it must be one of", "convtranspose2d");
  }

  @Test
  void validateRunsModules() throws IOException {
    Path picture = folder.resolve("error.png");
    CommandRun run =
        CommandRun.of(
                "validate",
                "--module",
                "Sequential( (0): Linear(20, 5, bias=true) (1): Tanh() )",
                "--input",
                "8,20",
                "--isa",
                "all",
                "--algorithm",
                "all",
                "--threads",
                "1,2",
                "--seed",
                "7",
                "--heat-map",
                picture.toString())
            .succeeded();
    assertTrue(run.out().contains("--module: 1 case, "), run.out());
    assertTrue(run.out().contains(" 0 different"), run.out());
    assertTrue(Files.size(picture) > 1000);
    run = CommandRun.of("validate", "--random", "4", "--op", "batchnorm2d", "--seed", "3");
    assertTrue(run.succeeded().out().contains("random: 4 cases, "), run.out());
    run = CommandRun.of("validate", "--module", "ReLU()", "--input", "3,4", "--eval");
    assertTrue(run.succeeded().out().contains("1 case, 2 runs"), run.out());
    String flat =
        "Sequential( (0): Conv2d(3, 4, kernelSize=3x3, stride=1x1, padding=1,1,1,1,"
            + " dilation=1x1, groups=1, bias=true, relu=false) (1): Flatten() )";
    run = CommandRun.of("validate", "--module", flat, "--input", "2,3,5,6", "--format", "all");
    assertTrue(run.succeeded().out().contains("1 case, 12 runs"), run.out());
    run =
        CommandRun.of(
            "validate", "--module", "Linear(6, 3, bias=true)", "--input", "2,6", "--format", "all");
    assertTrue(run.succeeded().out().contains("1 case, 6 runs"), run.out());
    run = CommandRun.of("validate", "--module", "ReLU()", "--input", "3,4", "--format", "nhwc");
    assertEquals(2, run.status());
    assertTrue(run.err().startsWith("conv4j: nothing ran: "), run.err());
    CommandRun.of("validate", "--module", "ReLU()").refused("--module needs --input");
    CommandRun.of("validate", "--input", "3").refused("--module needs --input");
    CommandRun.of("validate", "--module", "ReLUU()", "--input", "3").refused("'ReLUU'");
    CommandRun.of("validate", "--module", "Linear(4, 3, bias=true)", "--input", "2,3")
        .refused("[2, 3]", "4");
  }

  @Test
  void validateRunsFilesAndRandomGeometries() throws IOException {
    Path shapes = folder.resolve("shapes.csv");
    Files.writeString(
        shapes,
        "name,n,ic,ih,iw,oc,kh,kw,sh,sw,pt,pl,pb,pr,dh,dw,g\none," + CONV + "\ntwo," + CONV);
    Path json = folder.resolve("report.json");
    CommandRun run =
        CommandRun.of(
                "validate",
                "--shapes",
                shapes.toString(),
                "--random",
                "5",
                "--json",
                json.toString())
            .succeeded();
    assertTrue(run.out().contains(shapes + ": 2 cases, "), run.out());
    // A convolution, a transposed one and a module each, and 4 or 7 poolings.
    assertTrue(run.out().contains("random: "), run.out());
    int random = Integer.parseInt(run.out().replaceAll("(?s).*random: (\\d+) cases, .*", "$1"));
    assertTrue(random >= 35 && random <= 50, run.out());
    Map<String, Object> report = JsonReader.readObject(Files.readString(json));
    assertEquals(Conv4j.version(), report.get("version"));
    assertNull(report.get("algorithm"));
    List<?> sets = (List<?>) report.get("sets");
    assertEquals(2, sets.size());
    for (Object set : sets) {
      Map<?, ?> facts = (Map<?, ?>) set;
      assertEquals(0.0, facts.get("different"));
      assertEquals(List.of(), facts.get("failures"));
      assertTrue((double) facts.get("runs") > 0);
    }
  }

  @Test
  void aSampleIsEnoughForALargeLayer() {
    CommandRun.of(
            "validate",
            "--geometry",
            "1,64,56,56,64,3,3,1,1,1,1,1,1,1,1,1",
            "--sample",
            "200",
            "--data",
            "exact")
        .succeeded();
  }

  @Test
  void validateRefusesWhatMakesNoSense() throws IOException {
    CommandRun.of("validate").refused("nothing to validate", "--shapes");
    CommandRun.of("validate", "--geometry", "1,2,3").refused("3 extents", "16");
    CommandRun.of("validate", "--geometry", CONV.replace("11", "x")).refused("iw", "'x'");
    CommandRun.of("validate", "--geometry", "1,1,2,2,1,3,3,1,1,0,0,0,0,1,1,1")
        .refused("kernel height 3", "larger");
    CommandRun.of("validate", "--random", "-1").refused("--random");
    CommandRun.of("validate", "--geometry", CONV, "--sample", "-1").refused("--sample");
    CommandRun.of("validate", "--geometry", CONV, "--op", "conv3d").refused("conv3d", "conv2d");
    CommandRun.of("validate", "--geometry", CONV, "--op", "maxpool2d").refused("maxpool2d");
    CommandRun.of("validate", "--geometry", CONV, "--direction", "up").refused("up", "forward");
    CommandRun.of("validate", "--geometry", CONV, "--isa", "mmx").refused("mmx", "scalar");
    CommandRun.of("validate", "--geometry", CONV, "--algorithm", "fft").refused("fft", "direct");
    CommandRun.of("validate", "--geometry", CONV, "--threads", "0").refused("--threads", "0");
    CommandRun.of("validate", "--geometry", CONV, "--data", "odd").refused("odd", "exact");
    CommandRun.of("validate", "--geometry", CONV, "--format", "chwn").refused("chwn", "nhwc");
    CommandRun.of("validate", "--shapes", folder.resolve("none.csv").toString())
        .refused("none.csv", "no such file");
    Path wrong = Files.writeString(folder.resolve("wrong.csv"), "a,b,c\n1,2,3\n");
    CommandRun.of("validate", "--shapes", wrong.toString()).refused("wrong.csv:1", "header");
    CommandRun.of("validate", "--geometry", POOL, "--direction", "backward_weights")
        .refused("backward_weights");
    Path json = folder.resolve("no/folder/report.json");
    CommandRun.of("validate", "--geometry", CONV, "--json", json.toString())
        .refused("report.json", "cannot be written");
    assertFalse(Files.exists(json));
  }

  @Test
  void theThreadsAreAsBeforeAfterAValidation() {
    int before = Conv4j.threads();
    CommandRun.of("validate", "--geometry", CONV, "--threads", "5").succeeded();
    assertEquals(before, Conv4j.threads());
  }

  @Test
  void demoDrawsASheet() throws IOException {
    Path small = folder.resolve("small.png");
    BufferedImage image = new BufferedImage(31, 17, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 31 * 17; i++) {
      image.setRGB(i % 31, i / 31, i * 7919);
    }
    ImageIO.write(image, "png", small.toFile());
    Path sheet = folder.resolve("sheet.png");
    CommandRun run = CommandRun.of("demo", small.toString(), "--out", sheet.toString()).succeeded();
    for (String line : List.of("31 x 17", "identity", "gaussian", "max pooling 2x2", "sheet.png")) {
      assertTrue(run.out().contains(line), () -> line + " is not in " + run.out());
    }
    BufferedImage drawn = ImageIO.read(sheet.toFile());
    assertTrue(drawn.getWidth() > 300 && drawn.getHeight() > 300);
  }

  @Test
  void demoHasAnImageOfItsOwn() throws IOException {
    Path sheet = folder.resolve("card.png");
    CommandRun.of("demo", "--out", sheet.toString()).succeeded();
    assertTrue(ImageIO.read(sheet.toFile()).getWidth() > 300);
    assertEquals(List.of(sheet), list());
  }

  @Test
  void demoRefusesWhatItCannotReadOrWrite() throws IOException {
    CommandRun.of("demo", folder.resolve("none.png").toString(), "--out", folder + "/o.png")
        .refused("none.png", "no such file");
    CommandRun.of("demo", "--out", folder.resolve("sheet.gif").toString())
        .refused("sheet.gif", "PNG");
    CommandRun.of("demo", "--out", folder.resolve("no/sheet.png").toString())
        .refused("sheet.png", "no folder");
    assertEquals(List.of(), list());
  }

  private List<Path> list() throws IOException {
    try (var files = Files.list(folder)) {
      return files.toList();
    }
  }
}
