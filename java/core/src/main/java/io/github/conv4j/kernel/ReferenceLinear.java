package io.github.conv4j.kernel;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import java.util.Arrays;

/**
 * The fully connected layer: every result one sum in double precision, rounded once. The weights
 * are taken some rows at a time, so that the 100 million of a VGG do not have to fit the heap.
 */
final class ReferenceLinear extends ReferenceOperator implements LinearKernels {
  /** Weights that are in an array at once. */
  private static final int BLOCK = 1 << 18;

  @Override
  public String algorithm(long n, long in, long out) {
    return algorithm();
  }

  @Override
  public void forward(Tensor src, Tensor weights, Tensor bias, Tensor dst) {
    Shape matrix = LayerChecks.matrix("weights", weights);
    int out = Math.toIntExact(matrix.dim(0));
    int in = Math.toIntExact(matrix.dim(1));
    int n = Math.toIntExact(LayerChecks.rows("src", src, in));
    LayerChecks.vector("bias", bias, out);
    LayerChecks.sameRows("dst", dst, out, "src", src);
    LayerChecks.disjoint("dst", dst, "src", src);
    LayerChecks.disjoint("dst", dst, "weights", weights);
    LayerChecks.disjoint("dst", dst, "bias", bias);
    Values x = Values.of(src);
    byRows(
        in,
        out,
        (first, count) -> {
          Values w = Values.of(weights, (long) first * in, count * in);
          Values b = Values.of(bias, first, count);
          float[] columns = Elements.rounded(forward(n, in, count, x, w, b));
          for (int row = 0; row < n; row++) {
            float[] part = Arrays.copyOfRange(columns, row * count, (row + 1) * count);
            dst.set((long) row * out + first, part);
          }
        });
  }

  @Override
  public void backwardData(Tensor diffDst, Tensor weights, Tensor diffSrc) {
    Shape matrix = LayerChecks.matrix("weights", weights);
    int out = Math.toIntExact(matrix.dim(0));
    int in = Math.toIntExact(matrix.dim(1));
    int n = Math.toIntExact(LayerChecks.rows("diff_dst", diffDst, out));
    LayerChecks.sameRows("diff_src", diffSrc, in, "diff_dst", diffDst);
    LayerChecks.disjoint("diff_src", diffSrc, "diff_dst", diffDst);
    LayerChecks.disjoint("diff_src", diffSrc, "weights", weights);
    Values dy = Values.of(diffDst);
    double[] sums = new double[Math.multiplyExact(n, in)];
    byRows(
        in,
        out,
        (first, count) -> {
          Values w = Values.of(weights, (long) first * in, count * in);
          addBackwardData(n, in, out, first, count, dy, w, sums);
        });
    diffSrc.set(Elements.rounded(sums));
  }

  @Override
  public void backwardWeights(Tensor src, Tensor diffDst, Tensor diffWeights, Tensor diffBias) {
    Shape matrix = LayerChecks.matrix("diff_weights", diffWeights);
    int out = Math.toIntExact(matrix.dim(0));
    int in = Math.toIntExact(matrix.dim(1));
    int n = Math.toIntExact(LayerChecks.rows("src", src, in));
    LayerChecks.sameRows("diff_dst", diffDst, out, "src", src);
    LayerChecks.vector("diff_bias", diffBias, out);
    LayerChecks.disjoint("diff_weights", diffWeights, "src", src);
    LayerChecks.disjoint("diff_weights", diffWeights, "diff_dst", diffDst);
    LayerChecks.disjoint("diff_bias", diffBias, "src", src);
    LayerChecks.disjoint("diff_bias", diffBias, "diff_dst", diffDst);
    LayerChecks.disjoint("diff_bias", diffBias, "diff_weights", diffWeights);
    Values x = Values.of(src);
    Values dy = Values.of(diffDst);
    byRows(
        in,
        out,
        (first, count) -> {
          double[] rows = backwardWeights(n, in, out, first, count, x, dy);
          diffWeights.set((long) first * in, Elements.rounded(rows));
        });
    if (diffBias != null) {
      diffBias.set(Elements.rounded(diffBias(n, out, dy)));
    }
  }

  private interface Rows {
    void take(int first, int count);
  }

  private static void byRows(int in, int out, Rows rows) {
    int most = Math.max(1, BLOCK / Math.max(1, in));
    for (int first = 0; first < out; first += most) {
      rows.take(first, Math.min(most, out - first));
    }
  }

  /** dst [n, out] of src [n, in], weights [out, in] and bias [out] or null. */
  static double[] forward(int n, int in, int out, Values src, Values weights, Values bias) {
    double[] dst = new double[Math.multiplyExact(n, out)];
    for (int row = 0; row < n; row++) {
      for (int o = 0; o < out; o++) {
        double sum = bias == null ? 0 : bias.at(o);
        for (int i = 0; i < in; i++) {
          sum += weights.at(o * in + i) * src.at(row * in + i);
        }
        dst[row * out + o] = sum;
      }
    }
    return dst;
  }

  /** diff_src [n, in]. */
  static double[] backwardData(int n, int in, int out, Values diffDst, Values weights) {
    double[] sums = new double[Math.multiplyExact(n, in)];
    addBackwardData(n, in, out, 0, out, diffDst, weights, sums);
    return sums;
  }

  /** Adds the share that rows first to first + count of the weights have in diff_src. */
  private static void addBackwardData(
      int n, int in, int out, int first, int count, Values diffDst, Values rows, double[] sums) {
    for (int row = 0; row < n; row++) {
      for (int o = 0; o < count; o++) {
        double gradient = diffDst.at(row * out + first + o);
        for (int i = 0; i < in; i++) {
          sums[row * in + i] += gradient * rows.at(o * in + i);
        }
      }
    }
  }

  /** Rows first to first + count of diff_weights [out, in]. */
  static double[] backwardWeights(
      int n, int in, int out, int first, int count, Values src, Values diffDst) {
    double[] diffWeights = new double[Math.multiplyExact(count, in)];
    for (int o = 0; o < count; o++) {
      for (int row = 0; row < n; row++) {
        double gradient = diffDst.at(row * out + first + o);
        for (int i = 0; i < in; i++) {
          diffWeights[o * in + i] += gradient * src.at(row * in + i);
        }
      }
    }
    return diffWeights;
  }

  /** diff_bias [out]. */
  static double[] diffBias(int n, int out, Values diffDst) {
    double[] diffBias = new double[out];
    for (int o = 0; o < out; o++) {
      for (int row = 0; row < n; row++) {
        diffBias[o] += diffDst.at(row * out + o);
      }
    }
    return diffBias;
  }
}
