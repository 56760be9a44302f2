package io.github.conv4j.benchmarks.problem;

import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.util.List;

/**
 * A network: steps in the order in which they run, each reading the result of an earlier one.
 *
 * @param name as the command line calls it
 * @param channels of an input image
 * @param height of an input image in pixels
 * @param width of an input image in pixels
 * @param steps what is computed, the last one's result being the network's
 */
public record Network(String name, long channels, long height, long width, List<Step> steps) {
  /** The input, as a step's {@code from}. */
  public static final int INPUT = -1;

  /** Nothing, as a convolution's {@code plus}. */
  public static final int NONE = -2;

  /** One step on one image; a batch has more of the same. */
  public sealed interface Step {
    /** The number of the step that is read, or {@link Network#INPUT}. */
    int from();

    /** Elements of the result for one image. */
    long elements();
  }

  /** A step with weights and a bias. */
  public sealed interface Weighted extends Step {
    /** Extents of the weights, those of PyTorch. */
    long[] weightExtents();

    /** Elements of the bias. */
    long biasElements();
  }

  /**
   * A convolution with bias.
   *
   * @param geometry the extents for one image
   * @param from what it reads
   * @param plus the step whose result is added, or {@link Network#NONE}
   * @param relu whether it ends in a ReLU, after the addition
   */
  public record Convolution(Conv2dGeometry geometry, int from, int plus, boolean relu)
      implements Weighted {
    @Override
    public long elements() {
      return geometry.dstShape().elements();
    }

    @Override
    public long[] weightExtents() {
      return geometry.weightsShape().toArray();
    }

    @Override
    public long biasElements() {
      return geometry.oc();
    }
  }

  /**
   * A max pooling.
   *
   * @param geometry the extents for one image
   * @param from what it reads
   */
  public record MaxPool(Pool2dGeometry geometry, int from) implements Step {
    @Override
    public long elements() {
      return geometry.dstShape().elements();
    }
  }

  /**
   * A fully connected layer with bias on all features of an image.
   *
   * @param in features read
   * @param out features made
   * @param from what it reads
   * @param relu whether it ends in a ReLU
   */
  public record Linear(long in, long out, int from, boolean relu) implements Weighted {
    @Override
    public long elements() {
      return out;
    }

    @Override
    public long[] weightExtents() {
      return new long[] {out, in};
    }

    @Override
    public long biasElements() {
      return out;
    }
  }

  /**
   * Softmax over the features of an image.
   *
   * @param elements the features
   * @param from what it reads
   */
  public record Softmax(long elements, int from) implements Step {}

  /**
   * The network of that name.
   *
   * @throws IllegalArgumentException if there is none, with the names
   */
  public static Network named(String name) {
    return switch (name) {
      case "vgg19" -> Networks.vgg19();
      case "resnet50" -> Networks.resnet50();
      case "lenet" -> Networks.lenet();
      case "tiny" -> Networks.tiny();
      default ->
          throw new IllegalArgumentException(
              "no network is called " + name + "; there are vgg19, resnet50, lenet and tiny");
    };
  }

  /** Elements of one image. */
  public long inputElements() {
    return channels * height * width;
  }

  /** Elements of one image's result. */
  public long outputElements() {
    return steps.get(steps.size() - 1).elements();
  }

  /** Classes that a training step tells apart: the features before the softmax. */
  public int classes() {
    return (int) outputElements();
  }

  /** Weights of a step, uniform, scaled so that the results of deep networks stay moderate. */
  public float[] weights(int step) {
    long[] extents = ((Weighted) steps.get(step)).weightExtents();
    long fan = 1;
    for (int i = 1; i < extents.length; i++) {
      fan *= extents[i];
    }
    return Numbers.uniform(fan * extents[0], 100 + step, (float) Math.sqrt(6.0 / fan));
  }

  /** The bias of a step. */
  public float[] bias(int step) {
    return Numbers.uniform(((Weighted) steps.get(step)).biasElements(), 1000 + step, 0.1f);
  }

  /** Elements of all weights and biases. */
  public long parameterElements() {
    long sum = 0;
    for (Step step : steps) {
      if (step instanceof Weighted weighted) {
        long product = 1;
        for (long extent : weighted.weightExtents()) {
          product *= extent;
        }
        sum += product + weighted.biasElements();
      }
    }
    return sum;
  }

  /** Floating-point operations of convolutions and fully connected layers for one image. */
  public double flops() {
    double sum = 0;
    for (Step step : steps) {
      if (step instanceof Convolution convolution) {
        sum += 2 * convolution.geometry().multiplyAdds();
      } else if (step instanceof Linear linear) {
        sum += 2.0 * linear.in() * linear.out();
      }
    }
    return sum;
  }

  /** Whether each step reads the one before it, and nothing is added. */
  public boolean isChain() {
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i).from() != i - 1
          || steps.get(i) instanceof Convolution c && c.plus() != NONE) {
        return false;
      }
    }
    return true;
  }
}
