package io.github.conv4j.kernel;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Tensor;

/**
 * Losses: the value, summed in double, and if wanted the gradient.
 *
 * <p>Logits are [N, C] or [N, C, ...]; a row is the C values of one image and position.
 */
public interface LossKernels extends Plan {
  /**
   * The cross entropy against classes: per row -sum(q * log_softmax) with q[c] = w[c] * ((1-e) * [c
   * == class] + e/C). The mean divides by the sum of w[class] over the rows that are kept: NaN when
   * there is none. A row of the ignored class counts 0 and has gradient 0, whatever it holds.
   *
   * @param logits [N, C] or [N, C, ...], not modified
   * @param classes [N] or [N, ...], each 0 to C-1 or the ignored index, not modified
   * @param diffLogits the shape of logits, overwritten; null where the gradient is not wanted
   * @throws IllegalArgumentException if a class is out of range; nothing is written
   */
  double crossEntropy(
      CrossEntropySettings settings, Tensor logits, LongTensor classes, Tensor diffLogits);

  /**
   * The cross entropy against probabilities: q[c] = w[c] * (p[c] * (1-e) + e/C). The mean divides
   * by the number of rows. No row is ignored.
   *
   * @param logits [N, C] or [N, C, ...], not modified
   * @param probabilities the shape of logits, not modified
   * @param diffLogits the shape of logits, overwritten; null where the gradient is not wanted
   */
  double crossEntropy(
      CrossEntropySettings settings, Tensor logits, Tensor probabilities, Tensor diffLogits);

  /**
   * The squared error: the sum of (src - target)^2, or its mean over all elements; NaN for the mean
   * of none.
   *
   * @param src any shape, not modified
   * @param target the shape of src, not modified
   * @param diffSrc the shape of src, overwritten; null where the gradient is not wanted
   */
  double squaredError(boolean mean, Tensor src, Tensor target, Tensor diffSrc);
}
