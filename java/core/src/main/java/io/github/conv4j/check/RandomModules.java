package io.github.conv4j.check;

import io.github.conv4j.Shape;
import io.github.conv4j.kernel.AdaptivePool2dGeometry;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.util.SplittableRandom;

/**
 * Seeded modules beside those that {@link RandomShapes} has geometries for: signals, fully
 * connected layers, activations, normalisation, losses, and small wholes of all of them. Extents
 * lie around the lengths of vectors, rows and channels are drawn apart, and some batches are empty.
 */
public final class RandomModules {
  private static final int MOST_ELEMENTS = 6000;

  private final SplittableRandom random;
  private final RandomShapes shapes;

  /**
   * A sequence of modules that the seed decides on.
   *
   * @param seed any number
   * @param maxMultiplyAdds of any convolution, at least 1
   */
  public RandomModules(long seed, long maxMultiplyAdds) {
    this.random = new SplittableRandom(TestData.seed(seed, 7));
    this.shapes = new RandomShapes(seed + 1, maxMultiplyAdds);
  }

  /**
   * The next module of an operation.
   *
   * @param operation one of {@link ModuleCase#OPERATIONS}
   * @param name for people
   */
  public ModuleCase next(String operation, String name) {
    return switch (operation) {
      case "conv1d" -> conv1d(name);
      case "maxpool1d" -> pool1d(name, "MaxPool1d");
      case "avgpool1d" -> pool1d(name, "AvgPool1d");
      case "globalavgpool2d" -> trained(name, "AdaptiveAvgPool2d(outputSize=1x1)", images(0));
      case "globalmaxpool2d" -> trained(name, "AdaptiveMaxPool2d(outputSize=1x1)", images(0));
      case "maxunpool2d" -> unpool(name);
      case "linear" -> linear(name);
      case "relu" -> moded(name, "ReLU()", anything());
      case "tanh" -> moded(name, "Tanh()", anything());
      case "sigmoid" -> moded(name, "Sigmoid()", anything());
      case "softmax" -> moded(name, "Softmax()", anything());
      case "logsoftmax" -> moded(name, "LogSoftmax()", anything());
      case "flatten" -> moded(name, "Flatten()", anything());
      case "dropout" -> moded(name, "Dropout(p=" + below(11) / 10.0 + ")", anything());
      case "batchnorm2d" -> batchNorm(name);
      case "crossentropy" -> crossEntropy(name);
      case "mse" -> trained(name, chance(2) ? "MSELoss(MEAN)" : "MSELoss(SUM)", anything());
      case "sequential" -> whole(name);
      default ->
          throw new IllegalArgumentException(
              "the operation is " + operation + "; it must be one of " + ModuleCase.OPERATIONS);
    };
  }

  private ModuleCase trained(String name, String text, Shape input) {
    return new ModuleCase(name, text, input, true);
  }

  private ModuleCase moded(String name, String text, Shape input) {
    return new ModuleCase(name, text, input, !chance(4));
  }

  private static String window(Pool2dGeometry g) {
    return "kernelSize=1x"
        + g.kw()
        + ", stride=1x"
        + g.sw()
        + ", padding=0,"
        + g.pl()
        + ",0,"
        + g.pr();
  }

  private ModuleCase pool1d(String name, String layer) {
    while (true) {
      Pool2dGeometry g = shapes.nextPool2d();
      boolean average = layer.startsWith("Avg");
      String text =
          layer
              + "("
              + window(g)
              + (average ? "" : ", dilation=1x" + g.dw())
              + ", ceilMode="
              + g.ceilMode()
              + (average ? ", countIncludePad=" + chance(2) : "")
              + (average && chance(4) ? ", divisorOverride=-3" : "")
              + ")";
      try {
        return trained(name, text, Shape.of(g.n(), g.c(), g.iw()));
      } catch (IllegalArgumentException e) {
        continue; // Without its dilation the window leaves nothing: draw again.
      }
    }
  }

  private ModuleCase conv1d(String name) {
    Conv2dGeometry g = shapes.nextConv2d();
    String text =
        "Conv1d("
            + g.ic()
            + ", "
            + g.oc()
            + ", kernelSize=1x"
            + g.kw()
            + ", stride=1x"
            + g.sw()
            + ", padding=0,"
            + g.pl()
            + ",0,"
            + g.pr()
            + ", dilation=1x"
            + g.dw()
            + ", groups="
            + g.g()
            + ", bias="
            + chance(2)
            + ", relu="
            + chance(3)
            + ")";
    return trained(name, text, Shape.of(g.n(), g.ic(), g.iw()));
  }

  private ModuleCase unpool(String name) {
    long kh = between(1, 3);
    long kw = between(1, 4);
    String text =
        "MaxUnpool2d(kernelSize="
            + kh
            + "x"
            + kw
            + ", stride="
            + between(1, 3)
            + "x"
            + between(1, 3)
            + ", padding=0,0,0,0)";
    return trained(name, text, images(0));
  }

  private ModuleCase linear(String name) {
    long n = chance(25) ? 0 : extent(33);
    long in = extent(70);
    String text = "Linear(" + in + ", " + extent(40) + ", bias=" + !chance(4) + ")";
    return moded(name, text, chance(5) ? Shape.of(in) : Shape.of(n, in));
  }

  private ModuleCase batchNorm(String name) {
    boolean training = !chance(3);
    Shape input = images(training ? 1 : 0);
    String momentum = chance(5) ? "null" : chance(2) ? "0.1" : "0.6";
    String text =
        "BatchNorm2d("
            + input.dim(input.rank() - 3)
            + ", eps="
            + (chance(3) ? "0.001" : "1.0E-5")
            + ", momentum="
            + momentum
            + ", affine="
            + !chance(4)
            + ")";
    return new ModuleCase(name, text, input, training);
  }

  private ModuleCase crossEntropy(String name) {
    Shape input = rows();
    String text =
        "CrossEntropyLoss(mean="
            + chance(2)
            + ", weighted="
            + chance(2)
            + ", ignoreIndex="
            + (chance(2) ? "-100" : "0")
            + ", labelSmoothing="
            + (chance(2) ? "0.0" : "0.3")
            + ")";
    return trained(name, text, input);
  }

  /** A convolution, what may follow it, and a classifier. */
  private ModuleCase whole(String name) {
    long channels = between(1, 4);
    long height = between(5, 12);
    long width = between(5, 18);
    long out = between(1, 9);
    boolean normalised = chance(2);
    StringBuilder text = new StringBuilder("Sequential(");
    text.append(
        " (first): Conv2d("
            + channels
            + ", "
            + out
            + ", kernelSize=3x3, stride=1x1, padding=1,1,1,1, dilation=1x1, groups=1, bias=true,"
            + " relu=false)");
    if (normalised) {
      text.append(" (norm): BatchNorm2d(" + out + ", eps=1.0E-5, momentum=0.1, affine=true)");
    }
    text.append(" (activation): ").append(chance(2) ? "ReLU()" : "Tanh()");
    AdaptivePool2dGeometry pooled =
        new AdaptivePool2dGeometry(1, out, height, width, between(1, 4), between(1, 5));
    text.append(chance(2) ? " (pool): AdaptiveAvgPool2d" : " (pool): AdaptiveMaxPool2d")
        .append("(outputSize=" + pooled.oh() + "x" + pooled.ow() + ")")
        .append(" (flat): Flatten()")
        .append(
            " (classes): Linear("
                + out * pooled.oh() * pooled.ow()
                + ", "
                + between(2, 11)
                + ", bias=true)")
        .append(" (log): LogSoftmax() )");
    return new ModuleCase(
        name, text.toString(), Shape.of(between(1, 3), channels, height, width), chance(2));
  }

  /** [N, C, H, W], some without N; with at least so many images, and then several values. */
  private Shape images(long least) {
    while (true) {
      long n = least == 0 && chance(25) ? 0 : between(1, 3);
      Shape shape = Shape.of(n, between(1, 9), extent(20), extent(65));
      if (shape.elements() <= MOST_ELEMENTS && (least == 0 || shape.elements() > shape.dim(1))) {
        return shape;
      }
    }
  }

  /** [N, C] or [N, C, H, W]. */
  private Shape rows() {
    return chance(2) ? Shape.of(extent(33), extent(70)) : images(1);
  }

  private Shape anything() {
    return switch (below(4)) {
      case 0 -> Shape.of(extent(70));
      case 1 -> rows();
      case 2 -> Shape.of(between(1, 9), extent(20), extent(33));
      default -> images(0);
    };
  }

  private long extent(int most) {
    return switch (below(4)) {
      case 0 -> between(1, 3);
      case 1 -> Math.min(most, between(15, 17));
      default -> between(1, most);
    };
  }

  private boolean chance(int oneIn) {
    return below(oneIn) == 0;
  }

  private long between(long first, long last) {
    return first + below((int) (last - first) + 1);
  }

  private int below(int bound) {
    return (int) (((random.nextLong() >>> 32) * bound) >>> 32);
  }
}
