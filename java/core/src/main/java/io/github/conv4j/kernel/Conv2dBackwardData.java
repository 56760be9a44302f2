package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/** The gradient of a convolution's input: the transposed convolution of diff_dst. */
public interface Conv2dBackwardData extends ConvolutionBackwardData {
  /** The extents of the forward convolution. */
  Conv2dGeometry geometry();

  /**
   * Computes diff_src[n,ic,ih,iw], the sum of weights[oc,ic,kh,kw] * diff_dst[n,oc,oh,ow] over all
   * oc, kh, kw, oh, ow with oh*SH-PT+kh*DH = ih and ow*SW-PL+kw*DW = iw. Elements that no window
   * touches get 0.
   *
   * @param diffDst [N, OC, OH, OW], not modified
   * @param weights from a prepare of this plan, not modified
   * @param diffSrc [N, IC, IH, IW], overwritten
   */
  @Override
  void run(Tensor diffDst, PreparedWeights weights, Tensor diffSrc);
}
