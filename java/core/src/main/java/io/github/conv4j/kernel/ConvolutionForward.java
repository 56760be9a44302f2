package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/** The forward direction of a convolution or a transposed convolution. */
public interface ConvolutionForward extends Plan {
  /**
   * Packs weights into memory of its own.
   *
   * @param weights in the shape of the operation, not modified, not kept
   */
  PreparedWeights prepare(Tensor weights);

  /**
   * Packs weights into memory that an earlier {@link #prepare(Tensor)} of this plan gave, so that a
   * training loop allocates nothing. No run may use {@code prepared} meanwhile.
   *
   * @param weights in the shape of the operation, not modified, not kept
   * @param prepared overwritten
   * @throws IllegalArgumentException if {@code prepared} comes from another plan
   */
  void prepare(Tensor weights, PreparedWeights prepared);

  /**
   * Computes dst.
   *
   * @param src not modified
   * @param weights from a prepare of this plan, not modified
   * @param bias [OC], not modified; null for none
   * @param dst overwritten
   */
  void run(Tensor src, PreparedWeights weights, Tensor bias, Tensor dst);
}
