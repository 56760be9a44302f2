package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/** The gradients of the weights and bias of a convolution or a transposed convolution. */
public interface ConvolutionBackwardWeights extends Plan {
  /**
   * Computes diff_weights and diff_bias.
   *
   * @param src not modified
   * @param diffDst not modified
   * @param diffWeights overwritten
   * @param diffBias [OC], overwritten; null for none
   */
  void run(Tensor src, Tensor diffDst, Tensor diffWeights, Tensor diffBias);
}
