package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/** Functions of single elements in double precision, rounded once; dropout bit for bit. */
final class ReferenceElementwise extends ReferenceOperator implements ElementwiseKernels {
  /** Elements that share a key of dropout. */
  private static final int DROPOUT_BLOCK = 1 << 15;

  /** f(x) in double precision. */
  static double value(UnaryFunction function, double x) {
    switch (function) {
      case RELU:
        return x < 0 ? 0 : x;
      case TANH:
        return Math.tanh(x);
      default:
        double t = Math.exp(-Math.abs(x));
        return (x < 0 ? t : 1) / (1 + t);
    }
  }

  /** The gradient of x where f(x) = y and the gradient of y is diff. */
  static double gradient(UnaryFunction function, double y, double diff) {
    switch (function) {
      case RELU:
        return y <= 0 ? 0 : diff;
      case TANH:
        return diff * ((1 - y) * (1 + y));
      default:
        return diff * ((1 - y) * y);
    }
  }

  /** f of every element. */
  static double[] forward(UnaryFunction function, Values src) {
    double[] dst = new double[src.length()];
    for (int i = 0; i < dst.length; i++) {
      dst[i] = value(function, src.at(i));
    }
    return dst;
  }

  /** The gradient of every element. */
  static double[] backward(UnaryFunction function, Values dst, Values diffDst) {
    double[] diffSrc = new double[dst.length()];
    for (int i = 0; i < diffSrc.length; i++) {
      diffSrc[i] = gradient(function, dst.at(i), diffDst.at(i));
    }
    return diffSrc;
  }

  /**
   * 24 random bits of an element: MurmurHash3's finalizer (A. Appleby) of its number within its
   * block, once with each half of the block's key, which SplitMix64 makes of seed and block.
   */
  static int randomBits(long seed, long element) {
    long key = splitMix(seed ^ splitMix(element / DROPOUT_BLOCK * DROPOUT_BLOCK));
    int hash = mixed((int) (element % DROPOUT_BLOCK) ^ (int) key);
    return mixed(hash ^ (int) (key >>> 32)) >>> 8;
  }

  private static int mixed(int h) {
    h = (h ^ h >>> 16) * 0x85EBCA6B;
    h = (h ^ h >>> 13) * 0xC2B2AE35;
    return h ^ h >>> 16;
  }

  private static long splitMix(long state) {
    long z = state + 0x9E3779B97F4A7C15L;
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }

  @Override
  public void forward(UnaryFunction function, Tensor src, Tensor dst) {
    LayerChecks.shape("src", src);
    LayerChecks.inPlace("src", src, "dst", dst);
    dst.set(Elements.rounded(forward(function, Values.of(src))));
  }

  @Override
  public void backward(UnaryFunction function, Tensor dst, Tensor diffDst, Tensor diffSrc) {
    LayerChecks.shape("dst", dst);
    TensorChecks.requireLike("diff_dst", diffDst, "dst", dst);
    LayerChecks.apart("dst", dst, "diff_src", diffSrc);
    LayerChecks.inPlace("diff_dst", diffDst, "diff_src", diffSrc);
    diffSrc.set(Elements.rounded(backward(function, Values.of(dst), Values.of(diffDst))));
  }

  @Override
  public void dropout(long seed, double p, Tensor src, Tensor dst) {
    LayerChecks.probability(p);
    LayerChecks.shape("src", src);
    LayerChecks.inPlace("src", src, "dst", dst);
    long threshold = Math.round(p * (1 << 24));
    float scale = p < 1 ? (float) (1 / (1 - p)) : 0;
    float[] values = src.toArray();
    for (int i = 0; i < values.length; i++) {
      values[i] *= randomBits(seed, i) < threshold ? 0 : scale;
    }
    dst.set(values);
  }
}
