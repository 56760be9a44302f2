package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/** The forward average pooling of one geometry, at a fixed stride or adaptive. */
public interface AvgPool2dForward extends Plan {
  /** The extents of every tensor, the windows and their divisors. */
  PoolWindows geometry();

  /**
   * Computes dst[n,c,oh,ow], the sum of the window's pixels inside the image divided by the
   * window's divisor. Padding adds nothing; NaN and infinities propagate as in the sum, to the
   * windows that hold them and no others. A sum of zeros is +0.
   *
   * @param src [N, C, IH, IW], not modified
   * @param dst [N, C, OH, OW], overwritten
   */
  void run(Tensor src, Tensor dst);
}
