package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/** The transposed convolution of one geometry. */
public interface ConvTranspose2dForward extends ConvolutionForward {
  /** The extents of every tensor. */
  ConvTranspose2dGeometry geometry();

  /**
   * Computes dst, see {@link ConvTranspose2dGeometry}. A NaN or infinite pixel reaches the results
   * that its taps fall on; a result that no tap falls on is the bias alone.
   *
   * @param src [N, IC, IH, IW], not modified
   * @param weights from a prepare of this plan, not modified
   * @param bias [OC], not modified; null for none
   * @param dst [N, OC, OH, OW], overwritten
   */
  @Override
  void run(Tensor src, PreparedWeights weights, Tensor bias, Tensor dst);
}
