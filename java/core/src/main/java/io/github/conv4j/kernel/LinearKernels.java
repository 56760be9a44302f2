package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/**
 * The fully connected layer. Tensors are [..., IN] and [..., OUT] with the same leading extents,
 * whose product is N; weights are [OUT, IN]. A NaN or infinite element reaches exactly the results
 * that it is a summand of.
 *
 * <p>Algorithms: {@code openblas}, where it could be opened, and {@code simd}; without a wish the
 * choice depends on the extents.
 */
public interface LinearKernels extends Plan {
  /** The algorithm that runs for N rows of IN elements and OUT results. */
  String algorithm(long n, long in, long out);

  /**
   * Computes dst[n, out] = bias[out] + sum over in of weights[out, in] * src[n, in].
   *
   * @param src [..., IN], not modified
   * @param weights [OUT, IN], not modified
   * @param bias [OUT], not modified; null for none
   * @param dst [..., OUT], overwritten
   */
  void forward(Tensor src, Tensor weights, Tensor bias, Tensor dst);

  /**
   * Computes diff_src[n, in] = sum over out of diff_dst[n, out] * weights[out, in].
   *
   * @param diffDst [..., OUT], not modified
   * @param weights [OUT, IN], not modified
   * @param diffSrc [..., IN], overwritten
   */
  void backwardData(Tensor diffDst, Tensor weights, Tensor diffSrc);

  /**
   * Computes diff_weights[out, in] = sum over n of diff_dst[n, out] * src[n, in], and diff_bias,
   * the sum of diff_dst over n.
   *
   * @param src [..., IN], not modified
   * @param diffDst [..., OUT], not modified
   * @param diffWeights [OUT, IN], overwritten
   * @param diffBias [OUT], overwritten; null where it is not needed
   */
  void backwardWeights(Tensor src, Tensor diffDst, Tensor diffWeights, Tensor diffBias);
}
