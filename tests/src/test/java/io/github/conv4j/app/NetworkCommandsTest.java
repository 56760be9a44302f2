package io.github.conv4j.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.Tensor;
import io.github.conv4j.data.Dataset;
import io.github.conv4j.data.SyntheticDigits;
import io.github.conv4j.io.Picture;
import io.github.conv4j.io.SafeTensors;
import io.github.conv4j.models.LeNet5;
import io.github.conv4j.nn.Sequential;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands classify, features and vgg19. */
class NetworkCommandsTest {
  @TempDir private static Path folder;
  private static String weights;

  @BeforeAll
  static void train() throws IOException {
    CommandRun.of(
            "train",
            "--model",
            "lenet5",
            "--samples",
            "2000,50",
            "--epochs",
            "4",
            "--lr",
            "0.003",
            "--out",
            folder.toString())
        .succeeded();
    weights = folder.resolve("checkpoint.safetensors").toString();
  }

  /** Digits that the network was not trained on, as files. */
  private static List<String> digits(int count) throws IOException {
    Dataset digits = SyntheticDigits.of(count, 77);
    List<String> files = new ArrayList<>();
    float[] values = new float[784];
    for (int i = 0; i < count; i++) {
      digits.read(i, 0, values);
      for (int pixel = 0; pixel < values.length; pixel++) {
        values[pixel] *= 255;
      }
      Path file = folder.resolve("digit" + i + ".png");
      try (Tensor image = Tensor.of(values, 1, 28, 28)) {
        Picture.of(image).write(file);
      }
      files.add(file.toString());
    }
    return files;
  }

  @Test
  void digitsAreClassified() throws IOException {
    List<String> files = digits(20);
    List<String> arguments = new ArrayList<>(List.of("classify", "--weights", weights));
    arguments.addAll(files);
    CommandRun run = CommandRun.of(arguments.toArray(String[]::new)).succeeded();
    List<String> lines = run.out().lines().toList();
    assertEquals(20, lines.size());
    int right = 0;
    for (int i = 0; i < 20; i++) {
      assertTrue(lines.get(i).startsWith(files.get(i) + ": "), lines.get(i));
      right += lines.get(i).startsWith(files.get(i) + ": " + i % 10 + " (") ? 1 : 0;
      assertTrue(percentages(lines.get(i)) <= 100.01, lines.get(i));
    }
    assertTrue(right >= 16, right + " of 20 right:\n" + run.out());
  }

  /** The sum of the percentages on a line. */
  private static double percentages(String line) {
    return Pattern.compile("\\(([0-9.]+) %\\)")
        .matcher(line)
        .results()
        .mapToDouble(found -> Double.parseDouble(found.group(1)))
        .sum();
  }

  @Test
  void allClassesTogetherAreCertain() throws IOException {
    String file = digits(1).get(0);
    CommandRun run = CommandRun.of("classify", "--weights", weights, "--top", "10", file);
    assertEquals(100, percentages(run.succeeded().out()), 0.1);
    CommandRun inverted = CommandRun.of("classify", "--weights", weights, "--invert", file);
    assertTrue(!inverted.succeeded().out().equals(run.out()));
  }

  @Test
  void weightsFromElsewhereNeedTheModel() throws IOException {
    Path plain = folder.resolve("plain.safetensors");
    try (Sequential net = LeNet5.create(5)) {
      SafeTensors.save(plain, net.stateDict());
    }
    String file = digits(1).get(0);
    CommandRun.of("classify", "--weights", plain.toString(), file).refused("give --model");
    CommandRun run =
        CommandRun.of("classify", "--model", "lenet5", "--weights", plain.toString(), file);
    assertTrue(run.succeeded().out().contains("class "), run.out());
    CommandRun.of("classify", "--model", "mlp", "--weights", plain.toString(), file)
        .refused("plain.safetensors does not suit the model", "fc3.weight");
  }

  @Test
  void aFileThatDescribesNothingIsRefused() throws IOException {
    String file = digits(1).get(0);
    Path odd = folder.resolve("odd.safetensors");
    for (Map<String, String> text :
        List.of(
            Map.of("model", "lenet5", "sample", "1,x,28"),
            Map.of("model", "lenet5", "normalization", "0.5"))) {
      try (Sequential net = LeNet5.create(5)) {
        SafeTensors.save(odd, net.stateDict(), text);
      }
      CommandRun.of("classify", "--weights", odd.toString(), file)
          .refused("odd.safetensors", "makes no sense");
    }
  }

  @Test
  void classifySaysWhatIsWrong() throws IOException {
    String file = digits(1).get(0);
    CommandRun.of("classify", file).refused("--weights");
    CommandRun.of("classify", "--weights", weights).refused("IMAGE");
    CommandRun.of("classify", "--weights", folder.resolve("no.safetensors").toString(), file)
        .refused("no.safetensors");
    CommandRun.of("classify", "--weights", file, file).refused("digit0.png");
    CommandRun.of("classify", "--weights", weights, "--top", "0", file).refused("--top is 0");
    CommandRun.of("classify", "--weights", weights, folder.resolve("no.png").toString())
        .refused("no.png", "no such file");
    CommandRun.of("classify", "--weights", weights, "--model", "mlp", file)
        .refused("holds lenet5, not mlp");
  }

  @Test
  void featureMapsAreDrawn() throws IOException {
    String file = digits(1).get(0);
    Path out = folder.resolve("maps.png");
    CommandRun run =
        CommandRun.of(
            "features", file, "--weights", weights, "--layer", "pool2", "--out", out.toString());
    String said = run.succeeded().out();
    assertTrue(
        said.startsWith("lenet5, layer pool2: 16 maps of 5 x 5 pixels, weights of checkpoint"),
        said);
    BufferedImage sheet = ImageIO.read(out.toFile());
    assertTrue(sheet.getWidth() > 600 && sheet.getHeight() > 400);
    run = CommandRun.of("features", file, "--out", out.toString());
    said = run.succeeded().out();
    assertTrue(said.startsWith("cnn64, layer features.0: 32 maps of 64 x 64 pixels"), said);
    assertTrue(said.contains("random weights of seed 1"), said);
  }

  @Test
  void featuresSaysWhatIsWrong() throws IOException {
    String file = digits(1).get(0);
    CommandRun.of("features", file, "--weights", weights, "--layer", "conv9")
        .refused("'conv9'", "conv1, relu1, pool1");
    CommandRun.of("features", file, "--weights", weights, "--layer", "fc1")
        .refused("layer fc1 gives [1, 120], no maps", "before flatten");
    CommandRun.of("features", folder.resolve("none.png").toString()).refused("none.png");
    CommandRun.of("features", file, "--out", folder.resolve("maps.gif").toString())
        .refused("maps.gif", "PNG");
  }

  @Test
  void vggIsTimedLayerByLayer() throws IOException {
    String file = digits(1).get(0);
    CommandRun run =
        CommandRun.of("vgg19", "--size", "32", "--repeat", "1", "--batch", "2", file).succeeded();
    String said = run.out();
    assertTrue(said.startsWith("VGG-19, input [2, 3, 32, 32]; "), said);
    assertTrue(said.contains("random weights of seed 1"), said);
    List<String> convolutions =
        said.lines().filter(line -> line.contains("Conv2d + ReLU")).toList();
    assertEquals(16, convolutions.size(), said);
    for (String line : convolutions) {
      assertTrue(line.matches("features\\.\\d+ .*\\] +[0-9.]+ +[0-9.]+  [a-z0-9-]+"), line);
    }
    assertEquals(3, said.lines().filter(line -> line.contains(" Linear ")).count(), said);
    assertTrue(said.lines().anyMatch(line -> line.startsWith("whole network")), said);
  }

  @Test
  void vggSaysWhatIsWrong() throws IOException {
    CommandRun.of("vgg19", "--size", "31").refused("--size is 31", "32");
    CommandRun.of("vgg19", "--batch", "0").refused("--batch is 0");
    CommandRun.of("vgg19", "--weights", folder.resolve("no.safetensors").toString())
        .refused("no.safetensors");
    Path text = Files.writeString(folder.resolve("text.safetensors"), "these are no weights");
    CommandRun.of("vgg19", "--weights", text.toString()).refused("text.safetensors");
  }
}
