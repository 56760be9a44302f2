package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/** The forward max pooling of one geometry. */
public interface MaxPool2dForward extends Plan {
  /** The extents of every tensor. */
  Pool2dGeometry geometry();

  /** Memory for the offsets of one run; fit for the backward plans of the same geometry. */
  MaxPoolOffsets newOffsets();

  /**
   * Computes dst[n,c,oh,ow], the largest tap of the window that lies inside the image. The first of
   * equal values in row-major order wins (-0 and +0 are equal); NaN wins over everything, and the
   * last NaN gives the offset. A window of nothing but -infinity gives -infinity and its first tap
   * inside the image; a window with no tap inside gives -infinity and index -1.
   *
   * @param src [N, C, IH, IW], not modified
   * @param dst [N, C, OH, OW], overwritten
   * @param offsets filled; null when the backward pass and the indices are not needed
   */
  void run(Tensor src, Tensor dst, MaxPoolOffsets offsets);
}
