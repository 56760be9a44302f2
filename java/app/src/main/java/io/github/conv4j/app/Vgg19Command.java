package io.github.conv4j.app;

import io.github.conv4j.Conv4j;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.models.Vgg;
import io.github.conv4j.nn.Sequential;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs VGG-19 and times its layers. */
@Command(
    name = "vgg19",
    description = {
      "Run VGG-19 and print the time, GFLOP/s and algorithm of each layer, and of the whole.",
      "",
      "Times are medians. A multiply-add is two FLOP, counted as if computed directly. Without "
          + "--weights the weights are random ones, which take as long.",
      ""
    },
    footer = {
      "",
      "Example:",
      "  conv4j vgg19 --weights vgg19.safetensors --repeat 10 cat.jpg",
    })
final class Vgg19Command implements Callable<Integer> {
  private static final int LAYERS = 19;
  private static final int SHORTER = 256;
  private static final int SIDE = 224;
  private static final int LEAST_SIDE = 32;
  private static final long SEED = 1;
  private static final int TOP = 5;

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "IMAGE",
      description = "PNG or JPEG image; random numbers unless given.")
  private Path image;

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description = "A safetensors file with torchvision's names.")
  private Path weights;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "1",
      description = "Images at a time. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--repeat",
      paramLabel = "N",
      defaultValue = "5",
      description = "Passes that are timed. Default: ${DEFAULT-VALUE}.")
  private int repeat;

  @Option(
      names = "--size",
      paramLabel = "PIXELS",
      defaultValue = "224",
      description = "Height and width of the input. Default: ${DEFAULT-VALUE}.")
  private int size;

  @Override
  public Integer call() throws IOException {
    if (batch < 1 || repeat < 1) {
      throw new InputException(
          "--batch is " + batch + " and --repeat " + repeat + "; both must be at least 1");
    }
    if (size < LEAST_SIDE) {
      throw new InputException("--size is " + size + "; it must be at least " + LEAST_SIDE);
    }
    PrintWriter lines = spec.commandLine().getOut();
    try (ModelFile file = weights == null ? null : ModelFile.read(weights);
        Sequential net = create(file);
        Tensor src = input()) {
      lines.println(
          "VGG-19, input %s; %s, %d %s"
              .formatted(
                  src.shape(),
                  Conv4j.backend().equals("native") ? Conv4j.isa() : "plain Java",
                  Conv4j.threads(),
                  Conv4j.threads() == 1 ? "thread" : "threads"));
      if (weights == null) {
        lines.println("random weights of seed " + SEED + ": times are real, classes mean nothing");
      }
      lines.flush();
      net.eval();
      LayerTimes times = LayerTimes.measure(net, src, repeat);
      times.print(lines);
      if (file != null && image != null) {
        try (Tensor scores = net.forward(src)) {
          lines.println(
              image + ": " + Probabilities.of(scores, 0).top(TOP, file.classes(NamedModel.VGG19)));
        }
      }
      lines.flush();
    }
    return 0;
  }

  private static Sequential create(ModelFile file) {
    if (file == null) {
      return Vgg.create(LAYERS, SEED);
    }
    Sequential net = Vgg.create(LAYERS, file.classes(NamedModel.VGG19).size(), SEED);
    try {
      file.load(net);
      return net;
    } catch (RuntimeException | Error e) {
      net.close();
      throw e;
    }
  }

  /** The image, as often as the batch is large, or random numbers. */
  private Tensor input() throws IOException {
    Shape shape = Shape.of(batch, 3, size, size);
    if (image == null) {
      return Tensor.uniform(new SplittableRandom(SEED), -2, 2, batch, 3, size, size);
    }
    int shorter = (int) ((long) SHORTER * size / SIDE);
    try (Tensor one = Tensor.empty(Shape.of(1, 3, size, size))) {
      PictureInput.decoder(3).resize(shorter).centerCrop(size, size).decode(image, one);
      PictureInput.finish(Normalization.IMAGENET, false, one);
      float[] values = one.toArray();
      Tensor src = Tensor.empty(shape);
      for (int n = 0; n < batch; n++) {
        src.set((long) n * values.length, values);
      }
      return src;
    }
  }
}
