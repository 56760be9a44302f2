package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/** The forward convolution of one geometry. */
public interface Conv2dForward extends Plan {
  /** The extents of every tensor. */
  Conv2dGeometry geometry();

  /**
   * Packs weights into memory of its own.
   *
   * @param weights [OC, IC/G, KH, KW], not modified, not kept
   */
  PreparedWeights prepare(Tensor weights);

  /**
   * Packs weights into memory that an earlier {@link #prepare(Tensor)} of this plan gave, so that a
   * training loop allocates nothing. No run may use {@code prepared} meanwhile.
   *
   * @param weights [OC, IC/G, KH, KW], not modified, not kept
   * @param prepared overwritten
   * @throws IllegalArgumentException if {@code prepared} comes from another plan
   */
  void prepare(Tensor weights, PreparedWeights prepared);

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
  void run(Tensor src, PreparedWeights weights, Tensor bias, Tensor dst);
}
