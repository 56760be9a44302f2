package io.github.conv4j.kernel;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import java.util.Objects;

/**
 * What the operators around convolution and pooling ask of their tensors, the same for all
 * backends. A check that passes allocates nothing.
 */
final class LayerChecks {
  private LayerChecks() {}

  /** The shape of an operand that may have any shape and format. */
  static Shape shape(String name, Tensor t) {
    Shape shape = Objects.requireNonNull(t, name).shape();
    TensorChecks.requireLike(name, t, name, t);
    return shape;
  }

  /**
   * Refuses a result of another shape or format, or that shares memory with its source without
   * being it.
   */
  static void inPlace(String fromName, Tensor from, String toName, Tensor to) {
    TensorChecks.requireLike(toName, to, fromName, from);
    if (to != from) {
      TensorChecks.requireDisjoint(toName, to, fromName, from);
    }
  }

  /** Refuses a result of another shape or format than its source, or that shares memory with it. */
  static void apart(String fromName, Tensor from, String toName, Tensor to) {
    TensorChecks.requireLike(toName, to, fromName, from);
    TensorChecks.requireDisjoint(toName, to, fromName, from);
  }

  static void probability(double p) {
    if (!(p >= 0 && p <= 1)) {
      throw new IllegalArgumentException("p is " + p + "; it must be 0 to 1");
    }
  }

  // ------------------------------------------------------------------------------- linear

  /** Refuses weights that are not [OUT, IN] with both at least 1, and gives their shape. */
  static Shape matrix(String name, Tensor weights) {
    Shape shape = shape(name, weights);
    if (shape.rank() != 2 || shape.dim(0) < 1 || shape.dim(1) < 1) {
      throw new IllegalArgumentException(
          name + " has shape " + shape + "; it must be [OUT, IN], both at least 1");
    }
    return shape;
  }

  /** Refuses rows that do not end in the given extent, and gives their number. */
  static long rows(String name, Tensor t, long last) {
    Shape shape = shape(name, t);
    if (shape.rank() < 1 || shape.dim(shape.rank() - 1) != last) {
      throw new IllegalArgumentException(
          name + " has shape " + shape + "; its last extent must be " + last);
    }
    TensorChecks.requireContiguous(name, t.memoryFormat());
    return shape.elements() / last;
  }

  /** Refuses rows whose leading extents differ from those of src. */
  static void sameRows(String name, Tensor t, long last, String srcName, Tensor src) {
    rows(name, t, last);
    Shape a = t.shape();
    Shape b = src.shape();
    boolean same = a.rank() == b.rank();
    for (int axis = 0; same && axis < a.rank() - 1; axis++) {
      same = a.dim(axis) == b.dim(axis);
    }
    if (!same) {
      throw new IllegalArgumentException(
          name
              + " has shape "
              + a
              + "; all but its last extent must be those of "
              + srcName
              + " "
              + b);
    }
  }

  /** Refuses a vector of another length; null will do. */
  static void vector(String name, Tensor t, long length) {
    if (t != null) {
      Shape shape = shape(name, t);
      if (shape.rank() != 1 || shape.dim(0) != length) {
        throw new IllegalArgumentException(
            name + " has shape " + shape + "; it must be [" + length + "]");
      }
    }
  }

  /** Refuses a destination that shares memory with a source; nulls will do. */
  static void disjoint(String toName, Tensor to, String fromName, Tensor from) {
    if (to != null && from != null) {
      TensorChecks.requireDisjoint(toName, to, fromName, from);
    }
  }

  // ------------------------------------------------------------------------------ channels

  /** The channel axis of an image or of a row of features: 0 without a batch axis, else 1. */
  static int channelAxis(String name, Shape shape) {
    if (shape.rank() < 1 || shape.rank() > 4) {
      throw new IllegalArgumentException(
          name + " has shape " + shape + "; it must be [N, C], [N, C, H, W], [C] or [C, H, W]");
    }
    return requireChannel(name, shape, 1 - shape.rank() % 2);
  }

  /** The channel axis of an image: 0 for [C, H, W], 1 for [N, C, H, W]. */
  static int imageChannelAxis(String name, Shape shape) {
    if (shape.rank() != 3 && shape.rank() != 4) {
      throw new IllegalArgumentException(
          name + " has shape " + shape + "; it must be [N, C, H, W] or [C, H, W]");
    }
    return requireChannel(name, shape, shape.rank() - 3);
  }

  /** The channel axis of logits, which is 1. */
  static int logitsChannelAxis(Shape shape) {
    if (shape.rank() < 2) {
      throw new IllegalArgumentException(
          "logits has shape " + shape + "; it must be [N, C] or [N, C, ...]");
    }
    return requireChannel("logits", shape, 1);
  }

  private static int requireChannel(String name, Shape shape, int axis) {
    if (shape.dim(axis) < 1) {
      throw new IllegalArgumentException(
          name + " has shape " + shape + "; it must have at least one channel");
    }
    return axis;
  }

  /** Extents before the channel axis, multiplied. */
  static long outer(Shape shape, int axis) {
    return axis == 0 ? 1 : shape.dim(0);
  }

  /** Extents after the channel axis, multiplied. */
  static long inner(Shape shape, int axis) {
    long product = 1;
    for (int i = axis + 1; i < shape.rank(); i++) {
      product *= shape.dim(i);
    }
    return product;
  }

  /** Refuses statistics that are not three (or, without a remainder, two) vectors of C. */
  static void statistics(BatchStatistics statistics, long channels, boolean remainder) {
    vector("mean", statistics.mean(), channels);
    vector("variance", statistics.variance(), channels);
    vector("remainder", statistics.remainder(), channels);
    if (remainder) {
      Objects.requireNonNull(statistics.remainder(), "remainder");
    }
  }

  static void eps(double eps) {
    if (!(eps >= 0)) {
      throw new IllegalArgumentException("eps is " + eps + "; it must be at least 0");
    }
  }

  /** Refuses a running average's settings; see {@link NormalizationKernels#batchNormRunning}. */
  static void running(BatchStatistics batch, long count, double momentum, BatchStatistics running) {
    Shape shape = shape("mean", batch.mean());
    long channels = shape.elements();
    statistics(batch, channels, true);
    vector("running_mean", running.mean(), channels);
    vector("running_variance", running.variance(), channels);
    if (running.remainder() != null) {
      throw new IllegalArgumentException("the running statistics have a remainder; none is kept");
    }
    if (count < 2) {
      throw new IllegalArgumentException("count is " + count + "; it must be at least 2");
    }
    if (!(momentum >= 0 && momentum <= 1)) {
      throw new IllegalArgumentException("momentum is " + momentum + "; it must be 0 to 1");
    }
    disjoint("running_mean", running.mean(), "mean", batch.mean());
    disjoint("running_mean", running.mean(), "remainder", batch.remainder());
    disjoint("running_mean", running.mean(), "variance", batch.variance());
    disjoint("running_variance", running.variance(), "mean", batch.mean());
    disjoint("running_variance", running.variance(), "remainder", batch.remainder());
    disjoint("running_variance", running.variance(), "variance", batch.variance());
    disjoint("running_variance", running.variance(), "running_mean", running.mean());
  }

  /** Refuses operands of a batch normalisation's forward pass, and gives the channel axis. */
  static int batchNorm(
      Tensor src, BatchStatistics statistics, Tensor gamma, Tensor beta, double eps, Tensor dst) {
    int axis = imageChannelAxis("src", shape("src", src));
    long channels = src.shape().dim(axis);
    statistics(statistics, channels, false);
    vector("gamma", gamma, channels);
    vector("beta", beta, channels);
    eps(eps);
    if (dst != null) {
      apart("src", src, "dst", dst);
      disjoint("dst", dst, "mean", statistics.mean());
      disjoint("dst", dst, "remainder", statistics.remainder());
      disjoint("dst", dst, "variance", statistics.variance());
      disjoint("dst", dst, "gamma", gamma);
      disjoint("dst", dst, "beta", beta);
    }
    return axis;
  }

  /** Refuses a gradient of a batch normalisation that shares memory with an operand. */
  static void gradient(
      String name, Tensor to, Tensor src, BatchStatistics statistics, Tensor gamma, Tensor diff) {
    disjoint(name, to, "src", src);
    disjoint(name, to, "diff_dst", diff);
    disjoint(name, to, "mean", statistics.mean());
    disjoint(name, to, "remainder", statistics.remainder());
    disjoint(name, to, "variance", statistics.variance());
    disjoint(name, to, "gamma", gamma);
  }

  /** Refuses a source or statistics that cannot be taken, and gives the channel axis. */
  static int statisticsOf(Tensor src, BatchStatistics statistics) {
    int axis = imageChannelAxis("src", shape("src", src));
    statistics(statistics, src.shape().dim(axis), true);
    if (src.elements() == 0) {
      throw new IllegalArgumentException(
          "src has shape " + src.shape() + "; statistics need a value in every channel");
    }
    disjoint("mean", statistics.mean(), "src", src);
    disjoint("remainder", statistics.remainder(), "src", src);
    disjoint("variance", statistics.variance(), "src", src);
    disjoint("remainder", statistics.remainder(), "mean", statistics.mean());
    disjoint("variance", statistics.variance(), "mean", statistics.mean());
    disjoint("variance", statistics.variance(), "remainder", statistics.remainder());
    return axis;
  }

  /** Refuses operands of a batch normalisation's backward pass, and gives the channel axis. */
  static int batchNormBackward(
      Tensor src,
      BatchStatistics statistics,
      Tensor gamma,
      double eps,
      Tensor diffDst,
      Tensor diffSrc,
      Tensor diffGamma,
      Tensor diffBeta) {
    int axis = batchNorm(src, statistics, gamma, null, eps, null);
    long channels = src.shape().dim(axis);
    TensorChecks.requireLike("diff_dst", diffDst, "src", src);
    if (diffSrc != null) {
      TensorChecks.requireLike("diff_src", diffSrc, "src", src);
    }
    vector("diff_gamma", diffGamma, channels);
    vector("diff_beta", diffBeta, channels);
    gradient("diff_src", diffSrc, src, statistics, gamma, diffDst);
    gradient("diff_gamma", diffGamma, src, statistics, gamma, diffDst);
    gradient("diff_beta", diffBeta, src, statistics, gamma, diffDst);
    disjoint("diff_gamma", diffGamma, "diff_src", diffSrc);
    disjoint("diff_beta", diffBeta, "diff_src", diffSrc);
    disjoint("diff_beta", diffBeta, "diff_gamma", diffGamma);
    return axis;
  }

  // -------------------------------------------------------------------------------- losses

  /** Refuses logits, weights or a gradient of a cross entropy. */
  static void crossEntropy(CrossEntropySettings settings, Tensor logits, Tensor diffLogits) {
    Shape shape = shape("logits", logits);
    vector("weights", settings.weights(), shape.dim(logitsChannelAxis(shape)));
    if (diffLogits != null) {
      apart("logits", logits, "diff_logits", diffLogits);
      disjoint("diff_logits", diffLogits, "weights", settings.weights());
    }
  }

  static void squaredError(Tensor src, Tensor target, Tensor diffSrc) {
    shape("src", src);
    TensorChecks.requireLike("target", target, "src", src);
    if (diffSrc != null) {
      apart("src", src, "diff_src", diffSrc);
      disjoint("diff_src", diffSrc, "target", target);
    }
  }

  /** Refuses classes that are not [N, ...] for logits [N, C, ...]. */
  static void classes(LongTensor classes, Shape logits) {
    Objects.requireNonNull(classes, "classes");
    if (classes.isClosed()) {
      throw new IllegalStateException("classes is closed");
    }
    Shape found = classes.shape();
    boolean same = found.rank() == logits.rank() - 1 && found.dim(0) == logits.dim(0);
    for (int axis = 1; same && axis < found.rank(); axis++) {
      same = found.dim(axis) == logits.dim(axis + 1);
    }
    if (!same) {
      throw new IllegalArgumentException(
          "classes has shape "
              + found
              + "; it must be that of logits "
              + logits
              + " without axis 1");
    }
    TensorChecks.requireContiguous("classes", classes.memoryFormat());
  }

  /** Refuses a class outside 0 to C-1 that is not the ignored one. */
  static IllegalArgumentException badClass(long index, long found, long classes, long ignored) {
    return new IllegalArgumentException(
        "classes["
            + index
            + "] is "
            + found
            + "; it must be 0 to "
            + (classes - 1)
            + ", or the ignored "
            + ignored);
  }
}
