package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/** The gradients of a convolution's weights and bias. */
public interface Conv2dBackwardWeights extends ConvolutionBackwardWeights {
  /** The extents of the forward convolution. */
  Conv2dGeometry geometry();

  /**
   * Computes diff_weights[oc,ic,kh,kw], the sum of
   * src[n,group*IC/G+ic,oh*SH-PT+kh*DH,ow*SW-PL+kw*DW] * diff_dst[n,oc,oh,ow] over n, oh, ow, and
   * diff_bias[oc], the sum of diff_dst over n, oh, ow. A tap in the padding contributes nothing,
   * even where diff_dst is NaN or infinite.
   *
   * @param src [N, IC, IH, IW], not modified
   * @param diffDst [N, OC, OH, OW], not modified
   * @param diffWeights [OC, IC/G, KH, KW], overwritten
   * @param diffBias [OC], overwritten; null for none
   */
  @Override
  void run(Tensor src, Tensor diffDst, Tensor diffWeights, Tensor diffBias);
}
