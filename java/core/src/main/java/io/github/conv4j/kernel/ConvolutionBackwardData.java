package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/** The gradient of the input of a convolution or a transposed convolution. */
public interface ConvolutionBackwardData extends Plan {
  /**
   * Packs weights into memory of its own.
   *
   * @param weights in the shape of the operation, not modified, not kept
   */
  PreparedWeights prepare(Tensor weights);

  /**
   * Packs weights into memory that an earlier {@link #prepare(Tensor)} of this plan gave. No run
   * may use {@code prepared} meanwhile.
   *
   * @param weights in the shape of the operation, not modified, not kept
   * @param prepared overwritten
   * @throws IllegalArgumentException if {@code prepared} comes from another plan
   */
  void prepare(Tensor weights, PreparedWeights prepared);

  /**
   * Computes diff_src.
   *
   * @param diffDst not modified
   * @param weights from a prepare of this plan, not modified
   * @param diffSrc overwritten
   */
  void run(Tensor diffDst, PreparedWeights weights, Tensor diffSrc);
}
