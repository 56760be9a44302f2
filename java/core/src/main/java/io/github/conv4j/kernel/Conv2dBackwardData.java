package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/** The gradient of a convolution's input: the transposed convolution of diff_dst. */
public interface Conv2dBackwardData extends Plan {
  /** The extents of the forward convolution. */
  Conv2dGeometry geometry();

  /**
   * Packs weights into memory of its own.
   *
   * @param weights [OC, IC/G, KH, KW], not modified, not kept
   */
  PreparedWeights prepare(Tensor weights);

  /**
   * Packs weights into memory that an earlier {@link #prepare(Tensor)} of this plan gave. No run
   * may use {@code prepared} meanwhile.
   *
   * @param weights [OC, IC/G, KH, KW], not modified, not kept
   * @param prepared overwritten
   * @throws IllegalArgumentException if {@code prepared} comes from another plan
   */
  void prepare(Tensor weights, PreparedWeights prepared);

  /**
   * Computes diff_src[n,ic,ih,iw], the sum of weights[oc,ic,kh,kw] * diff_dst[n,oc,oh,ow] over all
   * oc, kh, kw, oh, ow with oh*SH-PT+kh*DH = ih and ow*SW-PL+kw*DW = iw. Elements that no window
   * touches get 0.
   *
   * @param diffDst [N, OC, OH, OW], not modified
   * @param weights from a prepare of this plan, not modified
   * @param diffSrc [N, IC, IH, IW], overwritten
   */
  void run(Tensor diffDst, PreparedWeights weights, Tensor diffSrc);
}
