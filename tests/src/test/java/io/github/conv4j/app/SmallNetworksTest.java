package io.github.conv4j.app;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands learn-kernel, signal and summary. */
class SmallNetworksTest {
  private static final Pattern LEARNED =
      Pattern.compile("kernel \\[(-?[0-9.]+), (-?[0-9.]+)] learned");
  private static final int SEEDS = 1000;

  @TempDir private Path folder;

  private CommandRun learn(String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("learn-kernel", "--out", folder.resolve("kernel.png").toString()));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new)).succeeded();
  }

  private static double distance(CommandRun run) {
    Matcher learned = LEARNED.matcher(run.out());
    assertTrue(learned.find(), run.out());
    return Math.max(
        Math.abs(Double.parseDouble(learned.group(1)) - 1),
        Math.abs(Double.parseDouble(learned.group(2)) + 1));
  }

  @Test
  void theEdgeKernelIsLearnedFromEverySeed() {
    PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
    try (Tensor result = Tensor.zeros(1, 1, 6, 7)) {
      for (int seed = 0; seed < SEEDS; seed++) {
        float[] kernel = LearnKernelCommand.learn(seed, result, nowhere);
        assertEquals(1, kernel[0], 0.1, "seed " + seed);
        assertEquals(-1, kernel[1], 0.1, "seed " + seed);
        assertEquals(1, result.get(1), 0.1, "seed " + seed);
      }
    }
  }

  @Test
  void theDefaultSeedComesNear() throws IOException {
    CommandRun run = learn();
    assertTrue(distance(run) < 0.02, run.out());
    List<Double> losses =
        run.out()
            .lines()
            .filter(line -> line.startsWith("epoch"))
            .map(line -> Double.parseDouble(line.replaceFirst(".*loss ", "")))
            .toList();
    assertEquals(5, losses.size(), run.out());
    assertTrue(losses.get(4) < losses.get(0) / 100, run.out());
    BufferedImage sheet = ImageIO.read(folder.resolve("kernel.png").toFile());
    assertTrue(sheet.getWidth() > 500 && sheet.getHeight() > 300);
  }

  @Test
  void learnKernelRefusesWhatItCannotWrite() {
    CommandRun.of("learn-kernel", "--out", folder.resolve("no/k.png").toString())
        .refused("k.png", "no folder");
    CommandRun.of("learn-kernel", "--seed", "one").refused("--seed", "one");
  }

  private float[] filtered(String filter, String csv, String... more) throws IOException {
    Path file = Files.writeString(folder.resolve("data.csv"), csv);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "signal",
                file.toString(),
                "--print",
                "--filter",
                filter,
                "--out",
                folder.resolve("signal.png").toString()));
    arguments.addAll(List.of(more));
    CommandRun run = CommandRun.of(arguments.toArray(String[]::new)).succeeded();
    float[] values = new float[(int) run.out().lines().count()];
    int i = 0;
    for (String line : run.out().lines().toList()) {
      values[i++] = Float.parseFloat(line);
    }
    return values;
  }

  @Test
  void signalsAreFilteredByTheirDefinitions() throws IOException {
    String squares = "0\n1\n4\n9\n16\n25\n";
    assertValues(filtered("first-derivative", squares), 0.5f, 2, 4, 6, 8, 4.5f);
    assertValues(filtered("second-derivative", squares), 1, 2, 2, 2, 2, -9);
    assertValues(filtered("sharpen", squares), -1, -1, 2, 7, 14, 34);
    assertValues(filtered("average", squares), 1, 2.8f, 6, 11, 15.8f, 20);
    String impulse = "0\n0\n0\n64\n0\n0\n0\n";
    assertValues(filtered("blur", impulse), 1, 6, 15, 20, 15, 6, 1);
  }

  private static void assertValues(float[] values, float... expected) {
    assertArrayEquals(expected, values, 1e-5f);
  }

  @Test
  void aColumnIsFoundByTitleOrNumber() throws IOException {
    String table = "time, height\n1, 3\n2, 5\n3, 9\n";
    float[] byTitle = filtered("first-derivative", table, "--column", "height");
    assertValues(byTitle, 1, 3, 2);
    assertValues(filtered("first-derivative", table, "--column", "2"), byTitle);
    assertValues(filtered("first-derivative", table), 0.5f, 1, 0.5f);
  }

  @ParameterizedTest
  @ValueSource(strings = {"average", "sharpen", "blur", "first-derivative", "second-derivative"})
  void theBuiltInSignalIsPlotted(String filter) throws IOException {
    Path out = folder.resolve("plot.png");
    CommandRun run = CommandRun.of("signal", "--filter", filter, "--out", out.toString());
    assertTrue(run.succeeded().out().contains("200 samples, " + filter), run.out());
    BufferedImage plot = ImageIO.read(out.toFile());
    assertEquals(900, plot.getWidth());
    assertEquals(760, plot.getHeight());
    BufferedImage before = plot.getSubimage(0, 40, 900, 300);
    BufferedImage after = plot.getSubimage(0, 420, 900, 300);
    assertNotEquals(pixels(before), pixels(after));
  }

  private static List<Integer> pixels(BufferedImage image) {
    int[] rgb = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    return Arrays.stream(rgb).boxed().toList();
  }

  @Test
  void signalSaysWhatIsWrongWithATable() throws IOException {
    CommandRun.of("signal", folder.resolve("none.csv").toString()).refused("none.csv: no such");
    CommandRun.of("signal", "--filter", "median").refused("--filter", "median", "sharpen");
    CommandRun.of("signal", "--column", "2").refused("--column", "CSV");
    Path words = Files.writeString(folder.resolve("words.csv"), "a,b\n1,2\n3,x\n");
    CommandRun.of("signal", words.toString(), "--column", "b")
        .refused("words.csv, row 3, column 2: 'x' is no finite number");
    CommandRun.of("signal", words.toString(), "--column", "c").refused("'c'", "[a, b]");
    Path title = Files.writeString(folder.resolve("title.csv"), "a\n");
    CommandRun.of("signal", title.toString()).refused("no rows");
    Path empty = Files.writeString(folder.resolve("empty.csv"), "\n");
    CommandRun.of("signal", empty.toString()).refused("is empty");
    Path nan = Files.writeString(folder.resolve("nan.csv"), "1\nNaN\n");
    CommandRun.of("signal", nan.toString()).refused("'NaN' is no finite number");
  }

  @ParameterizedTest
  @CsvSource({
    "2-4-4-1, 37",
    "2-4-4-6, 62",
    "784-10, '7,850'",
    "784-100-100-10, '89,610'",
    "logistic, '7,850'",
    "mlp, '89,610'",
    "lenet5, '61,706'",
    "cnn64, '391,466'"
  })
  void theLecturesNetworksHaveTheirParameters(String model, String parameters) {
    CommandRun run = CommandRun.of("summary", model).succeeded();
    String total =
        run.out().lines().filter(line -> line.startsWith("total")).findFirst().orElseThrow();
    assertEquals(parameters, total.split("\\s+")[1], run.out());
  }

  @Test
  void theInputDecidesTheShapes() {
    String text = CommandRun.of("summary", "cnn64", "--input", "5,3,32,48").succeeded().out();
    assertTrue(text.startsWith("input [5, 3, 32, 48]"), text);
    assertTrue(text.contains("[5, 256, 2, 3]"), text);
  }

  @Test
  void summarySaysWhatDoesNotFit() {
    CommandRun.of("summary", "lenet6").refused("lenet6", "lenet5", "vgg19");
    CommandRun.of("summary", "2-0-1").refused("width 0");
    CommandRun.of("summary", "lenet5", "--input", "1,x").refused("--input", "1,x");
    CommandRun.of("summary", "lenet5", "--input", "1,3,28,28").refused("3 channels");
  }
}
