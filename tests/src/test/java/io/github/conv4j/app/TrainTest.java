package io.github.conv4j.app;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.Tensor;
import io.github.conv4j.io.Checkpoint;
import io.github.conv4j.optim.Schedule;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command train. */
class TrainTest {
  @TempDir private Path folder;

  private CommandRun train(String out, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("train", "--out", folder.resolve(out).toString()));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  /** The lines of the epochs, without their times. */
  private static List<String> epochs(CommandRun run) {
    return run.succeeded()
        .out()
        .lines()
        .filter(line -> line.startsWith("epoch"))
        .map(line -> line.replaceFirst(" of \\d+", "").replaceFirst(", [0-9.]+ s$", ""))
        .toList();
  }

  private static double testAccuracy(String epoch) {
    return Double.parseDouble(epoch.replaceFirst(".*accuracy ([0-9.]+) %$", "$1"));
  }

  @Test
  void digitsAreLearned() throws IOException {
    CommandRun run =
        train("a", "--model", "lenet5", "--samples", "2000,300", "--epochs", "4", "--lr", "0.003");
    List<String> epochs = epochs(run);
    assertEquals(4, epochs.size());
    assertTrue(testAccuracy(epochs.get(3)) > 85, run.out());
    assertTrue(run.out().contains("synthetic digits: 2,000 samples to train, 300 to test"));
    for (String picture : List.of("curves.png", "confusion.png", "kernels.png")) {
      BufferedImage image = ImageIO.read(folder.resolve("a").resolve(picture).toFile());
      assertTrue(image.getWidth() > 500 && image.getHeight() > 300, picture);
    }
  }

  @Test
  void aResumedTrainingHasTheLossesOfOneWithoutABreak() throws IOException {
    String[] settings = {"--model", "mlp", "--samples", "640,100", "--batch", "32", "--augment"};
    List<String> whole = epochs(train("whole", with(settings, "--epochs", "4")));
    List<String> first = epochs(train("parts", with(settings, "--epochs", "2")));
    CommandRun resumed = train("parts", with(settings, "--epochs", "4", "--resume"));
    assertTrue(resumed.out().contains("resumed after epoch 2"), resumed.out());
    List<String> parts = new ArrayList<>(first);
    parts.addAll(epochs(resumed));
    assertEquals(whole, parts);
    assertEquals(history("whole"), history("parts"));
    List<String> other = epochs(train("other", with(settings, "--epochs", "4", "--seed", "2")));
    assertNotEquals(whole, other);
  }

  @Test
  void aScheduleGoesOnWhereTheTrainingWasStopped() throws IOException {
    String[] settings = {"--model", "mlp", "--samples", "640,100", "--batch", "32"};
    String[] falling = with(settings, "--lr-schedule", "step:2", "--lr-warmup", "1");
    train("whole", with(falling, "--epochs", "4")).succeeded();
    train("parts", with(falling, "--epochs", "2")).succeeded();
    train("parts", with(falling, "--epochs", "4", "--resume")).succeeded();
    assertEquals(history("whole"), history("parts"));
    train("constant", with(settings, "--epochs", "4")).succeeded();
    assertNotEquals(history("whole"), history("constant"));
    String[] cosine = with(settings, "--lr-schedule", "cosine");
    train("cosine", with(cosine, "--epochs", "2")).succeeded();
    train("cosine", with(cosine, "--epochs", "3", "--resume"))
        .refused("--epochs 2, this is 3", "to go on");
  }

  @Test
  void theRateRisesAndFalls() {
    double[] rates = rates(new LearningRate(2, "step:1", 2, 4));
    assertArrayEquals(new double[] {0.02, 0.515, 1.01, 1.505, 2, 2, 0.2, 0.2}, rates, 1e-12);
    double half = 1 + Math.sqrt(0.5);
    rates = rates(new LearningRate(2, "cosine", 1, 3));
    assertArrayEquals(new double[] {0.02, 1.01, 2, half, 1, 2 - half, 0, 0}, rates, 1e-12);
    rates = rates(new LearningRate(2, "constant", 0, 4));
    assertArrayEquals(new double[] {2, 2, 2, 2, 2, 2, 2, 2}, rates);
  }

  /** Of eight steps, two in an epoch. */
  private static double[] rates(LearningRate rate) {
    Schedule schedule = rate.create(2);
    return LongStream.range(0, 8).mapToDouble(step -> schedule.rate(rate.base(), step)).toArray();
  }

  /** All digits of the losses, which the lines round. */
  private String history(String out) throws IOException {
    Path file = folder.resolve(out).resolve("checkpoint.safetensors");
    try (Checkpoint checkpoint = Checkpoint.load(file)) {
      return checkpoint.metadata().get("history");
    }
  }

  private static String[] with(String[] settings, String... more) {
    String[] all = Arrays.copyOf(settings, settings.length + more.length);
    System.arraycopy(more, 0, all, settings.length, more.length);
    return all;
  }

  @Test
  void weightsAreTransferredAndFrozen() throws IOException {
    train("a", "--model", "mlp", "--samples", "200,50", "--epochs", "1").succeeded();
    Path weights = folder.resolve("a/checkpoint.safetensors");
    CommandRun run =
        train(
            "b",
            "--model",
            "mlp",
            "--samples",
            "200,50",
            "--epochs",
            "1",
            "--seed",
            "2",
            "--from",
            weights.toString(),
            "--freeze",
            "fc1,fc2");
    run.succeeded();
    assertFalse(run.out().contains("begins anew"), run.out());
    try (Checkpoint a = Checkpoint.load(weights);
        Checkpoint b = Checkpoint.load(folder.resolve("b/checkpoint.safetensors"))) {
      assertTrue(same(a, b, "fc1.weight") && same(a, b, "fc2.bias"));
      assertFalse(same(a, b, "fc3.weight"));
    }
    run =
        train(
            "c",
            "--model",
            "logistic",
            "--samples",
            "50,9",
            "--epochs",
            "1",
            "--from",
            weights.toString());
    assertEquals(2, run.status());
    assertTrue(run.err().contains("no tensor that suits the model"), run.err());
  }

  @Test
  void aTransferIsResumedToo() throws IOException {
    train("a", "--model", "mlp", "--samples", "200,50", "--epochs", "1").succeeded();
    String weights = folder.resolve("a/checkpoint.safetensors").toString();
    String[] settings = {"--model", "mlp", "--samples", "90,20", "--seed", "3"};
    train("whole", with(settings, "--epochs", "2", "--from", weights)).succeeded();
    train("parts", with(settings, "--epochs", "1", "--from", weights)).succeeded();
    train("parts", with(settings, "--epochs", "2", "--resume")).succeeded();
    assertEquals(history("whole"), history("parts"));
    CommandRun.of("train", "--model", "mlp", "--resume", "--from", weights).refused("exclude");
  }

  private static boolean same(Checkpoint a, Checkpoint b, String name) {
    try (Tensor left = a.tensors().get(name);
        Tensor right = b.tensors().get(name)) {
      return Arrays.equals(left.toArray(), right.toArray());
    }
  }

  @Test
  void eachOptimizerLearns() throws IOException {
    for (String optimizer : List.of("sgd", "adam", "adamw")) {
      List<String> epochs =
          epochs(
              train(
                  optimizer,
                  "--model",
                  "logistic",
                  "--samples",
                  "1000,200",
                  "--epochs",
                  "4",
                  "--optimizer",
                  optimizer));
      assertTrue(testAccuracy(epochs.get(3)) > 40, optimizer + ": " + epochs);
    }
  }

  @Test
  void idxFilesAreTrainedOn() throws IOException {
    Path data = Files.createDirectories(folder.resolve("mnist"));
    idx(data, "train", 300);
    idx(data, "t10k", 60);
    CommandRun run =
        train("a", "--model", "lenet5", "--data", "idx:" + data, "--epochs", "6", "--batch", "16");
    List<String> epochs = epochs(run);
    assertTrue(run.out().contains("300 samples to train, 60 to test"), run.out());
    assertTrue(testAccuracy(epochs.get(5)) > 90, run.out());
  }

  /** Digits of MNIST's format whose class is the row in which a bar stands, with some noise. */
  private static void idx(Path data, String part, int count) throws IOException {
    ByteBuffer images = ByteBuffer.allocate(16 + count * 784);
    ByteBuffer labels = ByteBuffer.allocate(8 + count);
    images.putInt(0x803).putInt(count).putInt(28).putInt(28);
    labels.putInt(0x801).putInt(count);
    Random random = new Random(count);
    for (int i = 0; i < count; i++) {
      byte[] image = new byte[784];
      random.nextBytes(image);
      for (int pixel = 0; pixel < 784; pixel++) {
        boolean bar = pixel / 28 / 2 == i % 10 + 1;
        image[pixel] = (byte) (bar ? 200 : (image[pixel] & 0x3f));
      }
      images.put(image);
      labels.put((byte) (i % 10));
    }
    Files.write(data.resolve(part + "-images-idx3-ubyte"), images.array());
    Files.write(data.resolve(part + "-labels-idx1-ubyte"), labels.array());
  }

  private Path pictures(String name, int height, int width, int count) throws IOException {
    Path data = folder.resolve(name);
    for (int c = 0; c < 2; c++) {
      Path place = Files.createDirectories(data.resolve(c == 0 ? "dark" : "light"));
      for (int i = 0; i < count; i++) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int p = 0; p < width * height; p++) {
          image.setRGB(p % width, p / width, c * 0xa0a0a0 + (p * 31 + i * 17) % 64 * 0x010101);
        }
        ImageIO.write(image, "png", place.resolve(i + ".png").toFile());
      }
    }
    return data;
  }

  @Test
  void picturesInFoldersAreTrainedOn() throws IOException {
    Path data = pictures("pictures", 20, 24, 15);
    CommandRun run =
        train(
            "a",
            "--model",
            "cnn64",
            "--data",
            data.toString(),
            "--epochs",
            "3",
            "--batch",
            "8",
            "--augment");
    List<String> epochs = epochs(run);
    assertTrue(run.out().contains("24 samples to train, 6 to test, 2 classes"), run.out());
    assertEquals(3, epochs.size());
    CommandRun fixed = train("b", "--model", "lenet5", "--data", data.toString());
    fixed.refused("lenet5 takes images of [1, 28, 28]", "[1, 20, 24]", "--resize 28x28");
    train("b", "--model", "lenet5", "--data", data.toString(), "--resize", "28x28")
        .refused("lenet5 tells 10 classes apart, not 2");
  }

  @Test
  void whatIsWrongWithTheDataIsSaid() throws IOException {
    train("a", "--model", "cnn64", "--data", folder.resolve("none").toString())
        .refused("none does not exist", "a folder");
    train("a", "--model", "lenet5", "--data", "idx:" + folder).refused("train-images");
    Path mixed = pictures("mixed", 20, 24, 3);
    pictures("more", 20, 25, 4);
    Files.copy(folder.resolve("more/dark/3.png"), mixed.resolve("dark/3.png"));
    train("a", "--model", "cnn64", "--data", mixed.toString())
        .refused("differ in size", "3.png", "--resize HxW");
    train("a", "--model", "cnn64", "--data", mixed.toString(), "--resize", "20x", "--epochs", "1")
        .refused("--resize", "64x64");
    train("a", "--model", "cnn64", "--data", mixed.toString(), "--resize", "20x20", "--epochs", "1")
        .succeeded();
    Files.createDirectory(mixed.resolve("empty"));
    train("a", "--model", "cnn64", "--data", mixed.toString())
        .refused("class folder", "empty", "holds no PNG or JPEG");
  }

  @Test
  void aLossThatIsNoNumberStopsTheTraining() {
    CommandRun run =
        train(
            "a",
            "--model",
            "mlp",
            "--samples",
            "400,50",
            "--optimizer",
            "sgd",
            "--lr",
            "1e30",
            "--epochs",
            "3");
    assertEquals(2, run.status());
    assertTrue(run.err().contains("the loss is "), run.err());
    assertTrue(run.err().contains("give a smaller --lr than 1.0E30"), run.err());
  }

  @Test
  void wrongSettingsAreRefused() throws IOException {
    train("a").refused("--model");
    train("a", "--model", "lenet6").refused("lenet6", "lenet5");
    train("a", "--model", "mlp", "--epochs", "0").refused("--epochs is 0");
    train("a", "--model", "mlp", "--batch", "0").refused("--batch is 0");
    train("a", "--model", "mlp", "--lr", "-1").refused("--lr is -1.0");
    train("a", "--model", "mlp", "--lr-schedule", "step").refused("'step'", "step:30");
    train("a", "--model", "mlp", "--lr-warmup", "-1").refused("--lr-warmup is -1");
    train("a", "--model", "mlp", "--lr-warmup", "8", "--lr-schedule", "cosine")
        .refused("--lr-warmup is 8 of 8", "cosine");
    train("a", "--model", "mlp", "--optimizer", "lion").refused("'lion'", "sgd, adam or adamw");
    train("a", "--model", "mlp", "--samples", "0").refused("--samples");
    train("a", "--model", "mlp", "--resume").refused("checkpoint.safetensors: no such file");
    train("a", "--model", "mlp", "--from", folder.resolve("n.safetensors").toString())
        .refused("n.safetensors: no such file");
    train("a", "--model", "mlp", "--checkpoint", folder.resolve("no/c.safetensors").toString())
        .refused("there is no folder");
    Path file = Files.createFile(folder.resolve("file"));
    CommandRun.of("train", "--model", "mlp", "--out", file.toString()).refused("a file; give");
  }

  @Test
  void aCheckpointOfOtherSettingsIsRefused() {
    String[] settings = {"--model", "logistic", "--samples", "50,9", "--epochs", "2"};
    train("a", settings).succeeded();
    CommandRun run = train("a", with(settings, "--resume", "--batch", "7"));
    assertEquals(2, run.status());
    assertTrue(run.err().contains("--batch 64, this is 7"), run.err());
    run = train("b", with(settings, "--freeze", "conv"));
    assertTrue(run.err().contains("no parameter begins so, they are fc1.weight"), run.err());
    run = train("b", with(settings, "--freeze", "fc"));
    assertTrue(run.err().contains("nothing to learn"), run.err());
  }

  /**
   * Stopped in the middle of a training, which then goes on as if it had not been. By SIGTERM,
   * which takes the same way as Ctrl-C's SIGINT: that one is ignored by what a script runs in
   * background.
   */
  @Test
  void anInterruptedTrainingIsSavedAndResumed() throws Exception {
    String[] settings = {
      "--model", "lenet5", "--samples", "1000,50", "--batch", "10", "--seed", "5"
    };
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                "io.github.conv4j.app.Main",
                "train",
                "--out",
                folder.resolve("stopped").toString(),
                "--epochs",
                "100000"));
    command.addAll(List.of(settings));
    Process process =
        new ProcessBuilder(command).redirectError(folder.resolve("errors").toFile()).start();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      String line = lines.readLine();
      while (line != null && !line.startsWith("epoch 1 ")) {
        line = lines.readLine();
      }
      new ProcessBuilder("kill", "-TERM", Long.toString(process.pid())).start().waitFor();
      while (line != null) {
        line = lines.readLine();
      }
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    } finally {
      process.destroyForcibly();
    }
    assertEquals(143, process.exitValue()); // 128 + SIGTERM
    String errors = Files.readString(folder.resolve("errors"));
    assertTrue(errors.contains("conv4j: stopped in epoch "), errors);
    assertTrue(errors.contains("checkpoint.safetensors"), errors);
    int epochs = history("stopped").split(";").length + 1;
    train("stopped", with(settings, "--resume", "--epochs", Integer.toString(epochs))).succeeded();
    train("whole", with(settings, "--epochs", Integer.toString(epochs))).succeeded();
    assertEquals(history("whole"), history("stopped"));
  }
}
