package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/** The gradient of an average pooling's input. */
public interface AvgPool2dBackward extends Plan {
  /** The extents of the forward pooling, its windows and their divisors. */
  PoolWindows geometry();

  /**
   * Computes diff_src = 0, then diff_src[pixel] += diff_dst/divisor for every pixel of every
   * window.
   *
   * @param diffDst [N, C, OH, OW], not modified
   * @param diffSrc [N, C, IH, IW], overwritten
   */
  void run(Tensor diffDst, Tensor diffSrc);
}
