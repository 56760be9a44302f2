package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/** The gradient of a max pooling's input. */
public interface MaxPool2dBackward extends Plan {
  /** The extents of the forward pooling. */
  Pool2dGeometry geometry();

  /**
   * Computes diff_src = 0, then diff_src[chosen pixel] += diff_dst for every window; a window with
   * no tap inside the image contributes nothing.
   *
   * @param diffDst [N, C, OH, OW], not modified
   * @param offsets of the forward run, from the same backend; not modified
   * @param diffSrc [N, C, IH, IW], overwritten
   * @throws IllegalStateException if no forward run has filled the offsets yet
   */
  void run(Tensor diffDst, MaxPoolOffsets offsets, Tensor diffSrc);
}
