package io.github.conv4j.app;

import io.github.conv4j.Conv4j;
import io.github.conv4j.Tensor;
import io.github.conv4j.io.ImageFile;
import io.github.conv4j.io.Picture;
import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.MSELoss;
import io.github.conv4j.nn.Reduction;
import io.github.conv4j.optim.Optimizer;
import io.github.conv4j.optim.SGD;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Learns the kernel of an edge detector from one image and its edges. */
@Command(
    name = "learn-kernel",
    description = {
      "Learn an edge detector: a 1x2 kernel that turns an image of 6x8 pixels, black in the middle, "
          + "into its vertical edges.",
      "",
      "The loss is the sum of the squared errors, and 10 steps of gradient descent lead to a kernel "
          + "near [1, -1], whatever the seed.",
      ""
    })
final class LearnKernelCommand implements Callable<Integer> {
  private static final int HEIGHT = 6;
  private static final int WIDTH = 8;
  private static final int EPOCHS = 10;
  private static final double LEARNING_RATE = 0.03;

  @Spec private CommandSpec spec;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "42",
      description = "Of the kernel to begin with; ${DEFAULT-VALUE} unless given.")
  private long seed;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      defaultValue = "conv4j-kernel.png",
      description =
          "PNG image of input, target and result, replaced if it is there. Default: "
              + "${DEFAULT-VALUE}.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    ImageFile.requireWritable(out);
    PrintWriter lines = spec.commandLine().getOut();
    try (Tensor image = Tensor.of(image(), 1, 1, HEIGHT, WIDTH);
        Tensor edges = Tensor.of(edges(), 1, 1, HEIGHT, WIDTH - 1);
        Tensor result = Tensor.empty(edges.shape())) {
      float[] kernel = learn(seed, result, lines);
      ContactSheet sheet =
          new ContactSheet(
              "conv4j: a kernel learned from one image",
              EPOCHS + " epochs of gradient descent ended at " + text(kernel),
              WIDTH * 36,
              HEIGHT * 36);
      sheet.add("input", "6 x 8 pixels: 0 is black, 1 is white", picture(image, 0, 1));
      sheet.add("target", "edges: 1 is white, -1 is black", picture(edges, -1, 1));
      sheet.add("result", "the learned kernel on the input", picture(result, -1, 1));
      ImageFile.write(sheet.draw(), out);
      lines.println(out);
      lines.flush();
    }
    return 0;
  }

  /**
   * Learns the kernel.
   *
   * @param seed of the kernel to begin with
   * @param result [1, 1, 6, 7], overwritten by what the learned kernel makes of the image
   * @param lines where every second loss is printed
   * @return the two weights
   */
  static float[] learn(long seed, Tensor result, PrintWriter lines) {
    try (Conv2d layer = Conv2d.builder(1, 1, 1, 2).bias(false).seed(seed).build();
        Tensor image = Tensor.of(image(), 1, 1, HEIGHT, WIDTH);
        Tensor edges = Tensor.of(edges(), 1, 1, HEIGHT, WIDTH - 1)) {
      lines.println("kernel " + text(layer.weight().toArray()) + " to begin with, seed " + seed);
      descend(layer, image, edges, result, lines);
      layer.forward(image, result);
      float[] kernel = layer.weight().toArray();
      lines.println("kernel " + text(kernel) + " learned; the target was made by [1, -1]");
      return kernel;
    }
  }

  private static void descend(
      Conv2d layer, Tensor image, Tensor edges, Tensor result, PrintWriter lines) {
    MSELoss loss = new MSELoss(Reduction.SUM, Conv4j.kernels());
    try (Optimizer optimizer = SGD.builder(layer.parameters()).learningRate(LEARNING_RATE).build();
        Tensor diff = Tensor.empty(edges.shape())) {
      for (int epoch = 1; epoch <= EPOCHS; epoch++) {
        layer.zeroGrad();
        layer.forward(image, result);
        double value = loss.forward(result, edges, diff);
        layer.backward(diff, null);
        optimizer.step();
        if (epoch % 2 == 0) {
          lines.printf(Locale.ROOT, "epoch %2d, loss %.3f%n", epoch, value);
        }
      }
    }
  }

  /** White, with the four columns in the middle black. */
  private static float[] image() {
    float[] image = new float[HEIGHT * WIDTH];
    for (int i = 0; i < image.length; i++) {
      int column = i % WIDTH;
      image[i] = column >= 2 && column < 6 ? 0 : 1;
    }
    return image;
  }

  /** 1 where white turns black, -1 where black turns white. */
  private static float[] edges() {
    float[] edges = new float[HEIGHT * (WIDTH - 1)];
    for (int row = 0; row < HEIGHT; row++) {
      edges[row * (WIDTH - 1) + 1] = 1;
      edges[row * (WIDTH - 1) + 5] = -1;
    }
    return edges;
  }

  private static String text(float[] kernel) {
    return String.format(Locale.ROOT, "[%.3f, %.3f]", kernel[0], kernel[1]);
  }

  /** In grey: low is black, high is white. */
  private static Picture picture(Tensor plane, float low, float high) {
    return FeatureMaps.picture(plane, 0, low, high);
  }
}
