package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.ChildJvm.Outcome;
import io.github.conv4j.check.ShapeFile;
import io.github.conv4j.kernel.Accuracy;
import io.github.conv4j.kernel.Candidate;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.ConvTranspose2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.TuneFile;
import io.github.conv4j.kernel.Tuner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Measured choices: the file, what plans make of it, and the measurement. */
class TuneTest {
  private static final String EXTENTS = "1,16,20,21,24,3,3,1,1,1,1,1,1,1,1,1";
  private static final Conv2dGeometry GEOMETRY =
      Conv2dGeometry.of(1, 16, 20, 21, 24, 3, 3).withPadding(1, 1, 1, 1);

  @TempDir private Path folder;

  private Path file(String... lines) throws IOException {
    return Files.write(folder.resolve("some.tune"), List.of(lines));
  }

  private static String algorithm(Outcome outcome) {
    assertEquals(0, outcome.status(), outcome::toString);
    return (String) JsonReader.readObject(outcome.out()).get("algorithm");
  }

  private static String planned(Map<String, String> properties, String... more) {
    ChildJvm jvm = new ChildJvm();
    properties.forEach(jvm::property);
    String[] command = {"info", "--json", "--plan", EXTENTS};
    String[] all =
        Stream.concat(Arrays.stream(command), Arrays.stream(more)).toArray(String[]::new);
    return algorithm(jvm.conv4j(all));
  }

  @Test
  void aPlanTakesWhatTheFileSaysAboutItsVeryGeometry() throws Exception {
    String isa = Conv4j.isa();
    Path file =
        file(
            "# a comment",
            "",
            "conv2d forward " + isa + " default " + EXTENTS + " rows # beaten by all",
            "conv2d backward_data " + isa + " strict " + EXTENTS + " rows");
    Map<String, String> tuned = Map.of("conv4j.tune", file.toString());
    String forward = planned(Map.of());
    assertTrue(!forward.equals("rows"), "rows is chosen by cost, too");
    assertEquals("rows", planned(tuned));
    assertEquals(forward, planned(Map.of(), "--accuracy", "default"));
    assertEquals(planned(Map.of(), "--accuracy", "strict"), planned(tuned, "--accuracy", "strict"));
    String[] backward = {"--direction", "backward_data"};
    assertEquals(planned(Map.of(), backward), planned(tuned, backward));
    assertEquals("rows", planned(tuned, "--direction", "backward_data", "--accuracy", "strict"));
    assertEquals(
        "direct", planned(Map.of("conv4j.tune", file.toString(), "conv4j.algorithm", "direct")));
  }

  @Test
  void aFileThatMakesNoSenseIsNamedByEveryPlan() throws Exception {
    Path file = file("conv2d forward avx2 default 1,2,3 direct");
    Outcome outcome =
        new ChildJvm().property("conv4j.tune", file.toString()).conv4j("info", "--plan", EXTENTS);
    assertEquals(2, outcome.status());
    assertEquals(
        "conv4j: the property conv4j.tune: "
            + file
            + ", line 1: there are 3 extents; there must be 16",
        outcome.onlyError());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "conv2d forward avx2 default | it has 4 words; it must have 6: operation, direction,"
            + " instruction set, accuracy, extents, algorithm",
        "pool forward avx2 default 1,2 direct | operation is pool; it must be conv2d or"
            + " conv_transpose2d",
        "conv2d sideways avx2 default 1,2 direct | direction is sideways; it must be forward,"
            + " backward_data or backward_weights",
        "conv2d forward avx2 good 1,1,1,1,1,1,1,1,1,0,0,0,0,1,1,1 direct | accuracy is good; it must"
            + " be default or strict",
        "conv2d forward avx2 default 1,,2 direct | the extents are 1,,2; they must be numbers with"
            + " commas between them",
        "conv_transpose2d forward avx2 default 1,1,1,1,1,1,1,1,1,0,0,0,0,1,1,1 direct | there are 16"
            + " extents; there must be 18",
      })
  void aLineThatMakesNoSenseIsNamed(String line, String message) throws IOException {
    Path file = file("# first", line);
    Conv4jException refused = assertThrows(Conv4jException.class, () -> TuneFile.read(file));
    assertEquals(file + ", line 2: " + message, refused.getMessage());
  }

  @Test
  void unknownAlgorithmsAndRepeatedLinesAreRefused() throws IOException {
    String key = "conv2d forward avx2 default " + EXTENTS;
    Path unknown = file(key + " magic");
    String message = assertThrows(Conv4jException.class, () -> TuneFile.read(unknown)).getMessage();
    String names = String.join(", ", NativeKernels.conv2dAlgorithms(Direction.FORWARD));
    assertEquals(unknown + ", line 1: algorithm is magic; it must be one of " + names, message);
    Path twice = file(key + " direct", key + " rows");
    assertEquals(
        twice + ", line 2: there is an earlier line for " + key,
        assertThrows(Conv4jException.class, () -> TuneFile.read(twice)).getMessage());
    Path missing = folder.resolve("missing.tune");
    assertTrue(
        assertThrows(Conv4jException.class, () -> TuneFile.read(missing))
            .getMessage()
            .startsWith("cannot read the tune file " + missing + ": "));
  }

  @Test
  void whatIsWrittenReadsTheSame() throws IOException {
    TuneFile file = new TuneFile();
    file.put(GEOMETRY, Direction.FORWARD, "avx512", Accuracy.DEFAULT, "direct");
    file.put(GEOMETRY, Direction.FORWARD, "avx512", Accuracy.DEFAULT, "im2col");
    file.put(
        ConvTranspose2dGeometry.of(2, 3, 4, 5, 6, 1, 2),
        Direction.BACKWARD_WEIGHTS,
        "avx2",
        Accuracy.STRICT,
        "product");
    Path path = folder.resolve("written.tune");
    file.write(path, "made\nhere");
    assertEquals(
        List.of(
            "# made here",
            "conv2d forward avx512 default " + EXTENTS + " im2col",
            "conv_transpose2d backward_weights avx2 strict 2,3,4,5,6,1,2,1,1,0,0,0,0,0,0,1,1,1"
                + " product"),
        Files.readAllLines(path));
    TuneFile again = TuneFile.read(path);
    Path second = folder.resolve("again.tune");
    again.write(second, "made here");
    assertEquals(Files.readString(path), Files.readString(second));
  }

  @ParameterizedTest
  @CsvSource({"FORWARD", "BACKWARD_DATA", "BACKWARD_WEIGHTS"})
  void everyCandidateNotHopelessIsTimed(Direction direction) {
    PlanOptions options = PlanOptions.DEFAULT.withAlgorithm("rows");
    List<Candidate> candidates =
        PlanFactory.plan(
                NativeKernels.instance(),
                ShapeFile.parse("given", EXTENTS),
                direction,
                PlanOptions.DEFAULT)
            .candidates();
    double least = candidates.stream().mapToDouble(Candidate::cost).min().orElseThrow();
    Set<String> expected =
        candidates.stream()
            .filter(c -> c.cost() <= 8 * least)
            .map(Candidate::name)
            .collect(Collectors.toCollection(TreeSet::new));
    List<Tuner.Timing> timings = Tuner.time(GEOMETRY, direction, options, 0.01);
    assertEquals(
        expected,
        timings.stream()
            .map(Tuner.Timing::algorithm)
            .collect(Collectors.toCollection(TreeSet::new)));
    for (int i = 0; i < timings.size(); i++) {
      assertTrue(timings.get(i).millis() > 0, timings::toString);
      assertTrue(
          i == 0 || timings.get(i - 1).millis() <= timings.get(i).millis(), timings::toString);
    }
  }

  @Test
  void theCommandKeepsLinesOfOtherGeometries() throws Exception {
    String other = "conv2d forward scalar strict " + EXTENTS + " rows";
    Path file = file(other);
    Outcome outcome =
        new ChildJvm()
            .conv4j(
                "tune",
                "--geometry",
                EXTENTS,
                "--geometry",
                "1,4,7,6,6,3,3,1,1,1,1,1,1,0,0,1,1,1",
                "--direction",
                "all",
                "--seconds",
                "0.02",
                "--out",
                file.toString());
    assertEquals(0, outcome.status(), outcome::toString);
    List<String> rows = outcome.out().lines().filter(line -> line.contains(" ms ")).toList();
    assertEquals(6, rows.size(), outcome::toString);
    long stars = rows.stream().filter(line -> line.endsWith(" *")).count();
    assertEquals(stars + 1, TuneFile.read(file).size());
    assertTrue(Files.readAllLines(file).contains(other));
    assertTrue(
        outcome
            .out()
            .endsWith(": " + (stars + 1) + " lines, " + stars + " of them from this run\n"));

    Outcome refused = new ChildJvm().conv4j("tune", "--out", file.toString());
    assertEquals(
        "conv4j: nothing to tune; give --shapes FILE.csv or --geometry EXTENTS",
        refused.onlyError());
  }
}
