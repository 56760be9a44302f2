package io.github.conv4j.kernel;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;

/** Softmax and batch normalisation as they are defined, in double precision. */
final class ReferenceNormalization extends ReferenceOperator implements NormalizationKernels {
  /** The elements of a tensor by their place before, on and after the channel axis. */
  record Layout(int n, int c, int s) {
    static Layout of(Shape shape, int axis) {
      return new Layout(
          Math.toIntExact(LayerChecks.outer(shape, axis)),
          Math.toIntExact(shape.dim(axis)),
          Math.toIntExact(LayerChecks.inner(shape, axis)));
    }

    int at(int image, int channel, int position) {
      return (image * c + channel) * s + position;
    }

    /** Values of a channel. */
    double count() {
      return (double) n * s;
    }
  }

  /** Mean and biased variance of every channel. */
  record Moments(double[] mean, double[] variance) {}

  @Override
  public void softmax(boolean log, Tensor src, Tensor dst) {
    Shape shape = LayerChecks.shape("src", src);
    Layout layout = Layout.of(shape, LayerChecks.channelAxis("src", shape));
    LayerChecks.apart("src", src, "dst", dst);
    dst.set(Elements.rounded(softmax(log, layout, Values.of(src))));
  }

  @Override
  public void softmaxBackward(boolean log, Tensor dst, Tensor diffDst, Tensor diffSrc) {
    Shape shape = LayerChecks.shape("dst", dst);
    Layout layout = Layout.of(shape, LayerChecks.channelAxis("dst", shape));
    TensorChecks.requireLike("diff_dst", diffDst, "dst", dst);
    LayerChecks.apart("dst", dst, "diff_src", diffSrc);
    LayerChecks.apart("diff_dst", diffDst, "diff_src", diffSrc);
    double[] dx = softmaxBackward(log, layout, Values.of(dst), Values.of(diffDst));
    diffSrc.set(Elements.rounded(dx));
  }

  @Override
  public void batchNormStatistics(Tensor src, BatchStatistics statistics) {
    int axis = LayerChecks.statisticsOf(src, statistics);
    Moments moments = moments(Layout.of(src.shape(), axis), Values.of(src));
    float[] mean = Elements.rounded(moments.mean());
    float[] remainder = new float[mean.length];
    for (int c = 0; c < mean.length; c++) {
      remainder[c] = (float) (moments.mean()[c] - mean[c]);
    }
    statistics.mean().set(mean);
    statistics.remainder().set(remainder);
    statistics.variance().set(Elements.rounded(moments.variance()));
  }

  @Override
  public void batchNormRunning(
      BatchStatistics batch, long count, double momentum, BatchStatistics running) {
    LayerChecks.running(batch, count, momentum, running);
    Moments exact = moments(batch);
    float[] mean = running.mean().toArray();
    float[] variance = running.variance().toArray();
    double unbiased = count / (double) (count - 1);
    for (int c = 0; c < mean.length; c++) {
      mean[c] = (float) ((1 - momentum) * mean[c] + momentum * exact.mean()[c]);
      variance[c] =
          (float) ((1 - momentum) * variance[c] + momentum * exact.variance()[c] * unbiased);
    }
    running.mean().set(mean);
    running.variance().set(variance);
  }

  @Override
  public void batchNorm(
      Tensor src, BatchStatistics statistics, Tensor gamma, Tensor beta, double eps, Tensor dst) {
    int axis = LayerChecks.batchNorm(src, statistics, gamma, beta, eps, dst);
    Layout layout = Layout.of(src.shape(), axis);
    Values x = Values.of(src);
    Moments moments = moments(statistics);
    dst.set(
        Elements.rounded(batchNorm(layout, x, moments, Values.of(gamma), Values.of(beta), eps)));
  }

  @Override
  public void batchNormBackward(
      boolean training,
      Tensor src,
      BatchStatistics statistics,
      Tensor gamma,
      double eps,
      Tensor diffDst,
      Tensor diffSrc,
      Tensor diffGamma,
      Tensor diffBeta) {
    int axis =
        LayerChecks.batchNormBackward(
            src, statistics, gamma, eps, diffDst, diffSrc, diffGamma, diffBeta);
    Layout layout = Layout.of(src.shape(), axis);
    Moments moments = moments(statistics);
    DoubleLayers.BatchNormGradients gradients =
        batchNormBackward(
            training, layout, Values.of(src), moments, Values.of(gamma), eps, Values.of(diffDst));
    if (diffSrc != null) {
      diffSrc.set(Elements.rounded(gradients.diffSrc()));
    }
    if (diffGamma != null) {
      diffGamma.set(Elements.rounded(gradients.diffGamma()));
    }
    if (diffBeta != null) {
      diffBeta.set(Elements.rounded(gradients.diffBeta()));
    }
  }

  /** log_softmax of the channels x[first], x[first + step], ... */
  static double[] logSoftmax(Values x, int first, int step, int channels) {
    double max = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < channels; c++) {
      max = Math.max(max, x.at(first + c * step)); // NaN wins
    }
    double sum = 0;
    for (int c = 0; c < channels; c++) {
      sum += Math.exp(x.at(first + c * step) - max);
    }
    double[] result = new double[channels];
    for (int c = 0; c < channels; c++) {
      result[c] = x.at(first + c * step) - max - Math.log(sum);
    }
    return result;
  }

  static double[] softmax(boolean log, Layout layout, Values x) {
    double[] y = new double[x.length()];
    for (int n = 0; n < layout.n; n++) {
      for (int s = 0; s < layout.s; s++) {
        double[] logs = logSoftmax(x, layout.at(n, 0, s), layout.s, layout.c);
        for (int c = 0; c < layout.c; c++) {
          y[layout.at(n, c, s)] = log ? logs[c] : Math.exp(logs[c]);
        }
      }
    }
    return y;
  }

  static double[] softmaxBackward(boolean log, Layout layout, Values y, Values g) {
    double[] dx = new double[y.length()];
    for (int n = 0; n < layout.n; n++) {
      for (int s = 0; s < layout.s; s++) {
        double sum = 0;
        for (int c = 0; c < layout.c; c++) {
          int i = layout.at(n, c, s);
          sum += log ? g.at(i) : g.at(i) * y.at(i);
        }
        for (int c = 0; c < layout.c; c++) {
          int i = layout.at(n, c, s);
          dx[i] = log ? g.at(i) - Math.exp(y.at(i)) * sum : y.at(i) * (g.at(i) - sum);
        }
      }
    }
    return dx;
  }

  static Moments moments(Layout layout, Values x) {
    double[] mean = new double[layout.c];
    double[] variance = new double[layout.c];
    for (int c = 0; c < layout.c; c++) {
      double sum = 0;
      for (int n = 0; n < layout.n; n++) {
        for (int s = 0; s < layout.s; s++) {
          sum += x.at(layout.at(n, c, s));
        }
      }
      mean[c] = sum / layout.count();
      double squares = 0;
      for (int n = 0; n < layout.n; n++) {
        for (int s = 0; s < layout.s; s++) {
          double d = x.at(layout.at(n, c, s)) - mean[c];
          squares += d * d;
        }
      }
      variance[c] = squares / layout.count();
    }
    return new Moments(mean, variance);
  }

  private static Moments moments(BatchStatistics statistics) {
    Values mean = Values.of(statistics.mean());
    Values remainder = Values.of(statistics.remainder());
    Values variance = Values.of(statistics.variance());
    double[] exact = new double[mean.length()];
    double[] squares = new double[mean.length()];
    for (int c = 0; c < exact.length; c++) {
      exact[c] = mean.at(c) + (remainder == null ? 0 : remainder.at(c));
      squares[c] = variance.at(c);
    }
    return new Moments(exact, squares);
  }

  static double[] batchNorm(
      Layout layout, Values x, Moments moments, Values gamma, Values beta, double eps) {
    double[] y = new double[x.length()];
    for (int c = 0; c < layout.c; c++) {
      double inverse = 1 / Math.sqrt(moments.variance[c] + eps);
      double scale = (gamma == null ? 1 : gamma.at(c)) * inverse;
      double shift = beta == null ? 0 : beta.at(c);
      for (int n = 0; n < layout.n; n++) {
        for (int s = 0; s < layout.s; s++) {
          int i = layout.at(n, c, s);
          y[i] = (x.at(i) - moments.mean[c]) * scale + shift;
        }
      }
    }
    return y;
  }

  static DoubleLayers.BatchNormGradients batchNormBackward(
      boolean training,
      Layout layout,
      Values x,
      Moments moments,
      Values gamma,
      double eps,
      Values dy) {
    double[] dx = new double[x.length()];
    double[] ofGamma = new double[layout.c];
    double[] ofBeta = new double[layout.c];
    for (int c = 0; c < layout.c; c++) {
      double inverse = 1 / Math.sqrt(moments.variance[c] + eps);
      double mean = moments.mean[c];
      for (int n = 0; n < layout.n; n++) {
        for (int s = 0; s < layout.s; s++) {
          int i = layout.at(n, c, s);
          ofBeta[c] += dy.at(i);
          ofGamma[c] += dy.at(i) * ((x.at(i) - mean) * inverse);
        }
      }
      double count = layout.count();
      double scale = (gamma == null ? 1 : gamma.at(c)) * inverse;
      for (int n = 0; n < layout.n; n++) {
        for (int s = 0; s < layout.s; s++) {
          int i = layout.at(n, c, s);
          double through = dy.at(i);
          if (training) {
            through -= ofBeta[c] / count + (x.at(i) - mean) * inverse * (ofGamma[c] / count);
          }
          dx[i] = scale * through;
        }
      }
    }
    return new DoubleLayers.BatchNormGradients(dx, ofGamma, ofBeta);
  }
}
