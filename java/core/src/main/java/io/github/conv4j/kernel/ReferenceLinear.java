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
    float[] x = src.toArray();
    float[] w = weights.toArray();
    float[] b = bias == null ? null : bias.toArray();
    float[] y = new float[Math.toIntExact(dst.elements())];
    for (int row = 0; row < n; row++) {
      for (int o = 0; o < out; o++) {
        double sum = b == null ? 0 : b[o];
        for (int i = 0; i < in; i++) {
          sum += (double) w[o * in + i] * x[row * in + i];
        }
        y[row * out + o] = (float) sum;
      }
    }
    dst.set(y);
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
    float[] dy = diffDst.toArray();
    float[] w = weights.toArray();
    float[] dx = new float[Math.toIntExact(diffSrc.elements())];
    for (int row = 0; row < n; row++) {
      for (int i = 0; i < in; i++) {
        double sum = 0;
        for (int o = 0; o < out; o++) {
          sum += (double) dy[row * out + o] * w[o * in + i];
        }
        dx[row * in + i] = (float) sum;
      }
    }
    diffSrc.set(dx);
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
    float[] x = src.toArray();
    float[] dy = diffDst.toArray();
    float[] dw = new float[Math.toIntExact(diffWeights.elements())];
    float[] db = new float[out];
    for (int o = 0; o < out; o++) {
      double biasSum = 0;
      for (int row = 0; row < n; row++) {
        biasSum += dy[row * out + o];
      }
      db[o] = (float) biasSum;
      for (int i = 0; i < in; i++) {
        double sum = 0;
        for (int row = 0; row < n; row++) {
          sum += (double) dy[row * out + o] * x[row * in + i];
        }
        dw[o * in + i] = (float) sum;
      }
    }
    diffWeights.set(dw);
    if (diffBias != null) {
      diffBias.set(db);
    }
  }
}
