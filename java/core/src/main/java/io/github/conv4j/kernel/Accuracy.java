package io.github.conv4j.kernel;

/** How far an algorithm may depart from the direct sum. */
public enum Accuracy {
  /**
   * Algorithms that save multiplications may be chosen; their worst error is at most 3e-5 of the
   * largest output (or gradient of the weights) on unit-scale data, and a NaN or infinite pixel may
   * spread over its tile, or over the kernel's gradient.
   */
  DEFAULT,
  /** Only sums of products of one weight and one pixel, in some order. */
  STRICT
}
