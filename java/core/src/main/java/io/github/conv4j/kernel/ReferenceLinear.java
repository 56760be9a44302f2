package io.github.conv4j.kernel;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;

/** The fully connected layer: every result one sum in double precision, rounded once. */
final class ReferenceLinear extends ReferenceOperator implements LinearKernels {
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
    dst.set(Elements.rounded(forward(n, in, out, x, Values.of(weights), Values.of(bias))));
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
    diffSrc.set(Elements.rounded(backwardData(n, in, out, dy, Values.of(weights))));
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
    Values dy = Values.of(diffDst);
    diffWeights.set(Elements.rounded(backwardWeights(n, in, out, Values.of(src), dy)));
    if (diffBias != null) {
      diffBias.set(Elements.rounded(diffBias(n, out, dy)));
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
    double[] diffSrc = new double[Math.multiplyExact(n, in)];
    for (int row = 0; row < n; row++) {
      for (int i = 0; i < in; i++) {
        double sum = 0;
        for (int o = 0; o < out; o++) {
          sum += diffDst.at(row * out + o) * weights.at(o * in + i);
        }
        diffSrc[row * in + i] = sum;
      }
    }
    return diffSrc;
  }

  /** diff_weights [out, in]. */
  static double[] backwardWeights(int n, int in, int out, Values src, Values diffDst) {
    double[] diffWeights = new double[Math.multiplyExact(out, in)];
    for (int o = 0; o < out; o++) {
      for (int i = 0; i < in; i++) {
        double sum = 0;
        for (int row = 0; row < n; row++) {
          sum += diffDst.at(row * out + o) * src.at(row * in + i);
        }
        diffWeights[o * in + i] = sum;
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
