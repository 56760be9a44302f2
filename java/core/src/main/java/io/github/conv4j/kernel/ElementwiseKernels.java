package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/**
 * Functions of single elements, and dropout. NaN gives NaN. A destination may be the very tensor
 * that it is computed from where it says so; otherwise overlaps are refused as by every {@link
 * Plan}.
 */
public interface ElementwiseKernels extends Plan {
  /**
   * Computes dst[i] = f(src[i]).
   *
   * @param src any shape, not modified
   * @param dst the shape of src, overwritten; may be {@code src}
   */
  void forward(UnaryFunction function, Tensor src, Tensor dst);

  /**
   * Computes diff_src[i] = diff_dst[i] * f'(src[i]) from the forward pass's result.
   *
   * @param dst the forward pass's result, any shape, not modified
   * @param diffDst the shape of dst, not modified
   * @param diffSrc the shape of dst, overwritten; may be {@code diffDst}
   */
  void backward(UnaryFunction function, Tensor dst, Tensor diffDst, Tensor diffSrc);

  /**
   * Computes dst[i] = src[i] * (kept(seed, i) ? 1/(1-p) : 0). Which elements are kept depends on
   * the seed and the element's number alone, so that the same call on diff_dst is the gradient, and
   * every backend, instruction set and number of threads keeps the same ones.
   *
   * @param seed chooses the elements
   * @param p the probability, in steps of 2^-24, that an element is dropped, 0 to 1
   * @param src any shape, not modified
   * @param dst the shape of src, overwritten; may be {@code src}
   */
  void dropout(long seed, double p, Tensor src, Tensor dst);
}
