package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/** The forward convolution of one geometry. */
public interface Conv2dForward extends ConvolutionForward {
  /** The extents of every tensor. */
  Conv2dGeometry geometry();

  /**
   * Computes dst, see {@link Conv2dGeometry}. A tap in the padding contributes nothing, even under
   * a weight that is NaN or infinite; a NaN or infinite pixel reaches the outputs whose window
   * holds it.
   *
   * @param src [N, IC, IH, IW], not modified
   * @param weights from a prepare of this plan, not modified
   * @param bias [OC], not modified; null for none
   * @param dst [N, OC, OH, OW], overwritten
   */
  @Override
  void run(Tensor src, PreparedWeights weights, Tensor bias, Tensor dst);
}
