package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/** The gradients of a transposed convolution's weights and bias. */
public interface ConvTranspose2dBackwardWeights extends ConvolutionBackwardWeights {
  /** The extents of the forward transposed convolution. */
  ConvTranspose2dGeometry geometry();

  /**
   * Computes diff_weights[ic,oc,kh,kw], the sum of src[n,ic,ih,iw] *
   * diff_dst[n,oc,ih*SH-PT+kh*DH,iw*SW-PL+kw*DW] over n, ih, iw wherever that lies in dst, and
   * diff_bias[oc], the sum of diff_dst over n, oh, ow.
   *
   * @param src [N, IC, IH, IW], not modified
   * @param diffDst [N, OC, OH, OW], not modified
   * @param diffWeights [IC, OC/G, KH, KW], overwritten
   * @param diffBias [OC], overwritten; null for none
   */
  @Override
  void run(Tensor src, Tensor diffDst, Tensor diffWeights, Tensor diffBias);
}
