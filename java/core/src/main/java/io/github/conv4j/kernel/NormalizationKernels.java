package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/**
 * Softmax along the channels, and batch normalisation.
 *
 * <p>Channels are axis 1 of [N, C] and [N, C, H, W], axis 0 of [C] and [C, H, W]. Sums are taken
 * over blocks and added in double.
 */
public interface NormalizationKernels extends Plan {
  /**
   * Computes dst = exp(src - max) / sum of exp(src - max), or with {@code log} its logarithm src -
   * max - log(sum). A column of channels with NaN or +infinity, or of nothing but -infinity, is NaN
   * throughout; beside finite values -infinity gives exactly 0, or -infinity.
   *
   * @param src [N, C], [N, C, H, W], [C] or [C, H, W], not modified
   * @param dst the shape of src, overwritten
   */
  void softmax(boolean log, Tensor src, Tensor dst);

  /**
   * Computes diff_src = dst * (diff_dst - sum of diff_dst * dst), or with {@code log} diff_dst -
   * exp(dst) * (sum of diff_dst), the sums along the channels.
   *
   * @param dst the forward pass's result, not modified
   * @param diffDst the shape of dst, not modified
   * @param diffSrc the shape of dst, overwritten
   */
  void softmaxBackward(boolean log, Tensor dst, Tensor diffDst, Tensor diffSrc);

  /**
   * Computes the mean and the biased variance of every channel over N, H and W.
   *
   * @param src [N, C, H, W] or [C, H, W] with a value in every channel, not modified
   * @param statistics with a remainder; all three overwritten
   */
  void batchNormStatistics(Tensor src, BatchStatistics statistics);

  /**
   * Computes running = (1 - momentum) * running + momentum * batch, of the batch the mean and the
   * unbiased variance: variance * count / (count - 1).
   *
   * @param batch of {@code count} values a channel, with a remainder, not modified
   * @param count values of a channel, at least 2
   * @param momentum the weight of the batch, 0 to 1
   * @param running without a remainder, modified
   */
  void batchNormRunning(
      BatchStatistics batch, long count, double momentum, BatchStatistics running);

  /**
   * Computes dst = gamma * (src - mean) / sqrt(variance + eps) + beta.
   *
   * @param src [N, C, H, W] or [C, H, W], not modified
   * @param statistics not modified
   * @param gamma [C], not modified; null for ones
   * @param beta [C], not modified; null for zeros
   * @param eps at least 0
   * @param dst the shape of src, overwritten
   */
  void batchNorm(
      Tensor src, BatchStatistics statistics, Tensor gamma, Tensor beta, double eps, Tensor dst);

  /**
   * Computes the gradients, with xhat = (src - mean) / sqrt(variance + eps): diff_gamma = sum of
   * diff_dst * xhat, diff_beta = sum of diff_dst, and diff_src = gamma / sqrt(variance + eps) *
   * (diff_dst - mean(diff_dst) - xhat * mean(diff_dst * xhat)); where the statistics are not the
   * batch's own, gamma / sqrt(variance + eps) * diff_dst.
   *
   * @param training whether the statistics are the batch's own
   * @param src as in the forward pass, not modified
   * @param statistics as in the forward pass, not modified
   * @param gamma as in the forward pass, not modified
   * @param eps as in the forward pass
   * @param diffDst the shape of src, not modified
   * @param diffSrc the shape of src, overwritten; null where it is not needed
   * @param diffGamma [C], overwritten; null where it is not needed
   * @param diffBeta [C], overwritten; null where it is not needed
   */
  void batchNormBackward(
      boolean training,
      Tensor src,
      BatchStatistics statistics,
      Tensor gamma,
      double eps,
      Tensor diffDst,
      Tensor diffSrc,
      Tensor diffGamma,
      Tensor diffBeta);
}
