package io.github.conv4j.kernel;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Tensor;

/**
 * The forward adaptive max pooling of one geometry. The way back is {@link
 * Kernels#adaptiveMaxPool2dBackward}.
 */
public interface AdaptiveMaxPool2dForward extends Plan {
  /** The extents of every tensor and the windows. */
  AdaptivePool2dGeometry geometry();

  /**
   * Computes dst[n,c,oh,ow], the largest pixel of the window. The first of equal values in
   * row-major order wins (-0 and +0 are equal); NaN wins over everything, and the last NaN gives
   * the index. A window of nothing but -infinity gives -infinity and its first pixel.
   *
   * @param src [N, C, IH, IW], not modified
   * @param dst [N, C, OH, OW], overwritten
   * @param indices [N, C, OH, OW], overwritten with h*IW + w of each chosen pixel within its own
   *     (n, c) plane; null when they are not needed
   */
  void run(Tensor src, Tensor dst, LongTensor indices);
}
