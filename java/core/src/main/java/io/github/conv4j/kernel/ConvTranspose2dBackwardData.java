package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/** The gradient of a transposed convolution's input: the plain convolution of diff_dst. */
public interface ConvTranspose2dBackwardData extends ConvolutionBackwardData {
  /** The extents of the forward transposed convolution. */
  ConvTranspose2dGeometry geometry();

  /**
   * Computes diff_src[n,ic,ih,iw], the sum of weights[ic,oc,kh,kw] *
   * diff_dst[n,oc,ih*SH-PT+kh*DH,iw*SW-PL+kw*DW] over the oc of the group and all kh, kw whose
   * place lies in dst.
   *
   * @param diffDst [N, OC, OH, OW], not modified
   * @param weights from a prepare of this plan, not modified
   * @param diffSrc [N, IC, IH, IW], overwritten
   */
  @Override
  void run(Tensor diffDst, PreparedWeights weights, Tensor diffSrc);
}
