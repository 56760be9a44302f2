package io.github.conv4j.kernel;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;

/** Softmax and batch normalisation as they are defined, in double precision. */
final class ReferenceNormalization extends ReferenceOperator implements NormalizationKernels {
  /** The elements of a tensor by their place before, on and after the channel axis. */
  private record Layout(int n, int c, int s) {
    static Layout of(Shape shape, int axis) {
      return new Layout(
          Math.toIntExact(LayerChecks.outer(shape, axis)),
          Math.toIntExact(shape.dim(axis)),
          Math.toIntExact(LayerChecks.inner(shape, axis)));
    }

    int at(int image, int channel, int position) {
      return (image * c + channel) * s + position;
    }
  }

  /** log_softmax of the channels x[first], x[first + step], ..., in double precision. */
  static double[] logSoftmax(float[] x, int first, int step, int channels) {
    double max = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < channels; c++) {
      max = Math.max(max, x[first + c * step]); // NaN wins
    }
    double sum = 0;
    for (int c = 0; c < channels; c++) {
      sum += Math.exp(x[first + c * step] - max);
    }
    double[] result = new double[channels];
    for (int c = 0; c < channels; c++) {
      result[c] = x[first + c * step] - max - Math.log(sum);
    }
    return result;
  }

  @Override
  public void softmax(boolean log, Tensor src, Tensor dst) {
    Shape shape = LayerChecks.shape("src", src);
    Layout layout = Layout.of(shape, LayerChecks.channelAxis("src", shape));
    LayerChecks.apart("src", src, "dst", dst);
    float[] x = src.toArray();
    float[] y = new float[x.length];
    for (int n = 0; n < layout.n; n++) {
      for (int s = 0; s < layout.s; s++) {
        double[] logs = logSoftmax(x, layout.at(n, 0, s), layout.s, layout.c);
        for (int c = 0; c < layout.c; c++) {
          y[layout.at(n, c, s)] = (float) (log ? logs[c] : Math.exp(logs[c]));
        }
      }
    }
    dst.set(y);
  }

  @Override
  public void softmaxBackward(boolean log, Tensor dst, Tensor diffDst, Tensor diffSrc) {
    Shape shape = LayerChecks.shape("dst", dst);
    Layout layout = Layout.of(shape, LayerChecks.channelAxis("dst", shape));
    TensorChecks.requireLike("diff_dst", diffDst, "dst", dst);
    LayerChecks.apart("dst", dst, "diff_src", diffSrc);
    LayerChecks.apart("diff_dst", diffDst, "diff_src", diffSrc);
    float[] y = dst.toArray();
    float[] g = diffDst.toArray();
    float[] dx = new float[y.length];
    for (int n = 0; n < layout.n; n++) {
      for (int s = 0; s < layout.s; s++) {
        double sum = 0;
        for (int c = 0; c < layout.c; c++) {
          int i = layout.at(n, c, s);
          sum += log ? g[i] : (double) g[i] * y[i];
        }
        for (int c = 0; c < layout.c; c++) {
          int i = layout.at(n, c, s);
          dx[i] = (float) (log ? g[i] - Math.exp(y[i]) * sum : y[i] * (g[i] - sum));
        }
      }
    }
    diffSrc.set(dx);
  }

  @Override
  public void batchNormStatistics(Tensor src, BatchStatistics statistics) {
    int axis = LayerChecks.statisticsOf(src, statistics);
    Layout layout = Layout.of(src.shape(), axis);
    float[] x = src.toArray();
    float[] mean = new float[layout.c];
    float[] remainder = new float[layout.c];
    float[] variance = new float[layout.c];
    for (int c = 0; c < layout.c; c++) {
      double sum = 0;
      for (int n = 0; n < layout.n; n++) {
        for (int s = 0; s < layout.s; s++) {
          sum += x[layout.at(n, c, s)];
        }
      }
      double exact = sum / ((double) layout.n * layout.s);
      double squares = 0;
      for (int n = 0; n < layout.n; n++) {
        for (int s = 0; s < layout.s; s++) {
          double d = x[layout.at(n, c, s)] - exact;
          squares += d * d;
        }
      }
      mean[c] = (float) exact;
      remainder[c] = (float) (exact - mean[c]);
      variance[c] = (float) (squares / ((double) layout.n * layout.s));
    }
    statistics.mean().set(mean);
    statistics.remainder().set(remainder);
    statistics.variance().set(variance);
  }

  @Override
  public void batchNormRunning(
      BatchStatistics batch, long count, double momentum, BatchStatistics running) {
    LayerChecks.running(batch, count, momentum, running);
    float[] mean = running.mean().toArray();
    float[] variance = running.variance().toArray();
    double unbiased = count / (double) (count - 1);
    for (int c = 0; c < mean.length; c++) {
      double exact = (double) batch.mean().get(c) + batch.remainder().get(c);
      mean[c] = (float) ((1 - momentum) * mean[c] + momentum * exact);
      variance[c] =
          (float) ((1 - momentum) * variance[c] + momentum * batch.variance().get(c) * unbiased);
    }
    running.mean().set(mean);
    running.variance().set(variance);
  }

  @Override
  public void batchNorm(
      Tensor src, BatchStatistics statistics, Tensor gamma, Tensor beta, double eps, Tensor dst) {
    int axis = LayerChecks.batchNorm(src, statistics, gamma, beta, eps, dst);
    Layout layout = Layout.of(src.shape(), axis);
    float[] x = src.toArray();
    float[] y = new float[x.length];
    for (int c = 0; c < layout.c; c++) {
      double scale = value(gamma, c, 1) * inverseDeviation(statistics, c, eps);
      for (int n = 0; n < layout.n; n++) {
        for (int s = 0; s < layout.s; s++) {
          int i = layout.at(n, c, s);
          y[i] = (float) ((x[i] - mean(statistics, c)) * scale + value(beta, c, 0));
        }
      }
    }
    dst.set(y);
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
    float[] x = src.toArray();
    float[] dy = diffDst.toArray();
    float[] dx = new float[x.length];
    float[] ofGamma = new float[layout.c];
    float[] ofBeta = new float[layout.c];
    for (int c = 0; c < layout.c; c++) {
      double inverse = inverseDeviation(statistics, c, eps);
      double mean = mean(statistics, c);
      double sum = 0;
      double withXhat = 0;
      for (int n = 0; n < layout.n; n++) {
        for (int s = 0; s < layout.s; s++) {
          int i = layout.at(n, c, s);
          sum += dy[i];
          withXhat += dy[i] * ((x[i] - mean) * inverse);
        }
      }
      ofGamma[c] = (float) withXhat;
      ofBeta[c] = (float) sum;
      double count = (double) layout.n * layout.s;
      for (int n = 0; n < layout.n; n++) {
        for (int s = 0; s < layout.s; s++) {
          int i = layout.at(n, c, s);
          double through = dy[i];
          if (training) {
            through -= sum / count + (x[i] - mean) * inverse * (withXhat / count);
          }
          dx[i] = (float) (value(gamma, c, 1) * inverse * through);
        }
      }
    }
    if (diffSrc != null) {
      diffSrc.set(dx);
    }
    if (diffGamma != null) {
      diffGamma.set(ofGamma);
    }
    if (diffBeta != null) {
      diffBeta.set(ofBeta);
    }
  }

  private static double mean(BatchStatistics statistics, int c) {
    return statistics.mean().get(c) + value(statistics.remainder(), c, 0);
  }

  private static double inverseDeviation(BatchStatistics statistics, int c, double eps) {
    return 1 / Math.sqrt(statistics.variance().get(c) + eps);
  }

  private static double value(Tensor values, int c, double otherwise) {
    return values == null ? otherwise : values.get(c);
  }
}
