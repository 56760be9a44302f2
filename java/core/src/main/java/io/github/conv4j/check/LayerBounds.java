package io.github.conv4j.check;

import io.github.conv4j.Shape;

/**
 * How far the operators around convolution may be from the reference, with u = 2^-24, half the
 * distance of two floats around 1. Every rounding of an operand, a product or a sum counts u of its
 * size; a sum of many terms counts as in {@link ErrorBound#ofSum}; exp is within 2 ulp, so 4u.
 */
final class LayerBounds {
  private static final double U = ErrorBound.UNIT;

  private LayerBounds() {}

  /** tanh: 2 ulp, and half of one for rounding the reference. */
  static Bound tanh() {
    return Bound.ulps(2.5);
  }

  /** The sigmoid: 2.5 ulp, and half of one for rounding the reference. */
  static Bound sigmoid() {
    return Bound.ulps(3);
  }

  /** diff * (1 - y^2), or diff * (1 - y) * y: 4u of the sizes that are subtracted. */
  static Bound gradient() {
    return (call, result) -> {
      float[] y = call.values("dst");
      float[] diff = call.values("diff_dst");
      double[] sizes = new double[y.length];
      for (int i = 0; i < sizes.length; i++) {
        sizes[i] = Math.abs(diff[i] * (1 + (double) y[i] * y[i]));
      }
      return Bound.scaled(4 * U, sizes);
    };
  }

  /** The channels of a tensor, column by column. */
  private record Columns(int outer, int channels, int inner) {
    static Columns of(Shape shape, int axis) {
      long inner = 1;
      for (int i = axis + 1; i < shape.rank(); i++) {
        inner *= shape.dim(i);
      }
      return new Columns(
          axis == 0 ? 1 : Math.toIntExact(shape.dim(0)),
          Math.toIntExact(shape.dim(axis)),
          Math.toIntExact(inner));
    }

    static Columns ofRows(Shape shape) {
      return of(shape, 1 - shape.rank() % 2);
    }

    static Columns ofImages(Shape shape) {
      return of(shape, shape.rank() - 3);
    }

    int count() {
      return outer * inner;
    }

    int at(int column, int channel) {
      return (column / inner * channels + channel) * inner + column % inner;
    }
  }

  /** What a column of logits looks like. */
  private record Spread(double largest, double reach, double logSum) {
    static Spread of(Columns columns, float[] x, int column) {
      double largest = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < columns.channels; c++) {
        largest = Math.max(largest, x[columns.at(column, c)]);
      }
      double reach = 0;
      double sum = 0;
      for (int c = 0; c < columns.channels; c++) {
        double below = largest - x[columns.at(column, c)];
        reach = below < Double.POSITIVE_INFINITY ? Math.max(reach, below) : reach;
        sum += Math.exp(-below);
      }
      return new Spread(largest, reach, Math.log(sum));
    }

    /**
     * The relative error of the sum of exp(x - max): of each term u for every unit that x lies
     * below the maximum, which terms of weight have few of, 4u for exp, and that of the sum.
     */
    double sumError(int channels) {
      return U * (Math.min(reach, channels) + 4) + ErrorBound.ofSum(channels);
    }
  }

  /** Softmax, or its logarithm, from the sizes of what is subtracted and the error of the sum. */
  static Bound softmax(boolean log) {
    return (call, result) -> {
      Columns columns = Columns.ofRows(call.shape("src"));
      float[] x = call.values("src");
      float[] expected = call.expected(result);
      double[] allowed = new double[x.length];
      for (int column = 0; column < columns.count(); column++) {
        Spread spread = Spread.of(columns, x, column);
        double sumError = spread.sumError(columns.channels);
        for (int c = 0; c < columns.channels; c++) {
          int i = columns.at(column, c);
          double below = spread.largest - x[i];
          allowed[i] =
              log
                  ? U * (below + spread.logSum + 2 * Math.abs((double) expected[i])) + sumError
                  : expected[i] == 0 ? 0 : expected[i] * (U * (below + 6) + sumError);
        }
      }
      return Bound.scaled(1, allowed);
    };
  }

  /** y * (diff - sum of diff * y), or diff - exp(y) * (sum of diff). */
  static Bound softmaxBackward(boolean log) {
    return (call, result) -> {
      Columns columns = Columns.ofRows(call.shape("dst"));
      float[] y = call.values("dst");
      float[] diff = call.values("diff_dst");
      double[] allowed = new double[y.length];
      for (int column = 0; column < columns.count(); column++) {
        double sum = 0;
        for (int c = 0; c < columns.channels; c++) {
          int i = columns.at(column, c);
          sum += Math.abs(log ? diff[i] : (double) diff[i] * y[i]);
        }
        double sumError = sum * (ErrorBound.ofSum(columns.channels) + 6 * U);
        for (int c = 0; c < columns.channels; c++) {
          int i = columns.at(column, c);
          double factor = log ? Math.exp(y[i]) : Math.abs((double) y[i]);
          double own = Math.abs((double) diff[i]) * (log ? 1 : factor);
          allowed[i] = 4 * U * own + factor * sumError;
        }
      }
      return Bound.scaled(1, allowed);
    };
  }

  /** The mean of each channel: that of the absolute values counts. */
  static Bound mean() {
    return (call, result) -> {
      Columns columns = Columns.ofImages(call.shape("src"));
      float[] x = call.values("src");
      double[] sizes = new double[columns.channels];
      for (int c = 0; c < columns.channels; c++) {
        for (int column = 0; column < columns.count(); column++) {
          sizes[c] += Math.abs((double) x[columns.at(column, c)]) / columns.count();
        }
      }
      return Bound.scaled(ErrorBound.ofSum(columns.count()), sizes);
    };
  }

  /** What rounding took from the mean: it moves by an ulp where the mean is rounded differently. */
  static Bound remainder() {
    return (call, result) -> {
      double[] allowed = mean().allowed(call, result);
      float[] mean = call.expected("mean");
      for (int c = 0; c < allowed.length; c++) {
        allowed[c] += Math.ulp(mean[c]);
      }
      return allowed;
    };
  }

  /** The variance: a sum of squares around a mean that is off by its own error. */
  static Bound variance() {
    return (call, result) -> {
      float[] expected = call.expected(result);
      double[] allowed = mean().allowed(call, result);
      double bound = ErrorBound.ofSum(Math.max(1, call.values("src").length / expected.length));
      for (int c = 0; c < allowed.length; c++) {
        allowed[c] = (bound + 4 * U) * expected[c] + allowed[c] * allowed[c];
      }
      return Bound.scaled(1, allowed);
    };
  }

  /** Mean and 1 / sqrt(variance + eps) of every channel, and its factor. */
  private record Channels(Columns columns, VerifiedCall call, double eps) {
    double mean(int c) {
      float[] remainder = call.values("remainder");
      return call.values("mean")[c] + (remainder == null ? 0 : remainder[c]);
    }

    double inverse(int c) {
      return 1 / Math.sqrt(call.values("variance")[c] + eps);
    }

    double scale(int c) {
      float[] gamma = call.values("gamma");
      return Math.abs(gamma == null ? 1 : gamma[c]) * inverse(c);
    }
  }

  /** gamma * (x - mean) / sqrt(variance + eps) + beta: 6u of both summands. */
  static Bound batchNorm(double eps) {
    return (call, result) -> {
      Columns columns = Columns.ofImages(call.shape("src"));
      Channels channels = new Channels(columns, call, eps);
      float[] x = call.values("src");
      float[] beta = call.values("beta");
      float[] remainder = call.values("remainder");
      double[] sizes = new double[x.length];
      for (int c = 0; c < columns.channels; c++) {
        double rest = remainder == null ? 0 : Math.abs(remainder[c]);
        double added = beta == null ? 0 : Math.abs(beta[c]);
        for (int column = 0; column < columns.count(); column++) {
          int i = columns.at(column, c);
          sizes[i] = channels.scale(c) * (Math.abs(x[i] - channels.mean(c)) + rest) + added;
        }
      }
      return Bound.scaled(6 * U, sizes);
    };
  }

  /** The gradients of a batch normalisation, by the sizes of what their sums add up. */
  static Bound batchNormBackward(boolean training, double eps) {
    return (call, result) -> {
      Columns columns = Columns.ofImages(call.shape("src"));
      Channels channels = new Channels(columns, call, eps);
      float[] x = call.values("src");
      float[] diff = call.values("diff_dst");
      double[] sizes = new double[call.expected(result).length];
      double bound = ErrorBound.ofSum(Math.max(1, columns.count()));
      for (int c = 0; c < columns.channels; c++) {
        double sum = 0;
        double withXhat = 0;
        for (int column = 0; column < columns.count(); column++) {
          int i = columns.at(column, c);
          sum += Math.abs((double) diff[i]);
          withXhat += Math.abs(diff[i] * (x[i] - channels.mean(c)) * channels.inverse(c));
        }
        switch (result) {
          case "diff_gamma" -> sizes[c] = (bound + 6 * U) * withXhat;
          case "diff_beta" -> sizes[c] = bound * sum;
          default -> {
            double mean = training ? (bound + 6 * U) * sum / columns.count() : 0;
            double slope = training ? (bound + 10 * U) * withXhat / columns.count() : 0;
            for (int column = 0; column < columns.count(); column++) {
              int i = columns.at(column, c);
              double xhat = Math.abs(x[i] - channels.mean(c)) * channels.inverse(c);
              sizes[i] =
                  channels.scale(c) * (4 * U * Math.abs((double) diff[i]) + mean + slope * xhat);
            }
          }
        }
      }
      return Bound.scaled(1, sizes);
    };
  }

  /** What one cross entropy is about. */
  record CrossEntropy(boolean mean, long ignoreIndex, double smoothing) {}

  /**
   * The loss, whose terms are as good as their logarithms of softmax, and its gradient, softmax *
   * sum(q) - q.
   */
  static Bound crossEntropy(CrossEntropy settings) {
    return (call, result) -> {
      Columns columns = Columns.of(call.shape("logits"), 1);
      float[] x = call.values("logits");
      float[] p = call.values("probabilities");
      float[] w = call.values("weights");
      long[] classes = call.indices("classes");
      boolean gradient = !result.equals(VerifiedCall.VALUE);
      double[] allowed = new double[gradient ? x.length : 1];
      double kept = 0;
      for (int column = 0; column < columns.count(); column++) {
        if (classes != null && classes[column] == settings.ignoreIndex) {
          continue;
        }
        kept += classes == null ? 1 : w == null ? 1 : w[(int) classes[column]];
        Spread spread = Spread.of(columns, x, column);
        double sumError = spread.sumError(columns.channels);
        double total = 0;
        double[] q = new double[columns.channels];
        for (int c = 0; c < columns.channels; c++) {
          int i = columns.at(column, c);
          double target = classes == null ? p[i] : classes[column] == c ? 1 : 0;
          double e = settings.smoothing;
          q[c] = Math.abs((w == null ? 1 : w[c]) * (target * (1 - e) + e / columns.channels));
          total += q[c];
          double log = Math.abs(x[i] - spread.largest - spread.logSum);
          if (!gradient && q[c] != 0) {
            allowed[0] += q[c] * (sumError + 4 * U * (log + 1));
          }
        }
        for (int c = 0; gradient && c < columns.channels; c++) {
          int i = columns.at(column, c);
          double below = spread.largest - x[i];
          double softmax = Math.exp(-below - spread.logSum);
          double error = softmax == 0 ? 0 : softmax * (U * (below + 8) + sumError);
          allowed[i] = total * error + 4 * U * q[c];
        }
      }
      double divisor = !settings.mean ? 1 : classes == null ? columns.count() : Math.abs(kept);
      return Bound.scaled(1 / divisor, allowed);
    };
  }

  /** The sum of squares counts itself; the gradient has a few roundings. */
  static Bound squaredError() {
    return (call, result) -> {
      float[] expected = call.expected(result);
      double[] sizes = new double[expected.length];
      for (int i = 0; i < sizes.length; i++) {
        sizes[i] = Math.abs((double) expected[i]);
      }
      boolean value = result.equals(VerifiedCall.VALUE);
      double bound = value ? ErrorBound.ofSum(call.values("src").length) + 4 * U : 5 * U;
      return Bound.scaled(bound, sizes);
    };
  }
}
