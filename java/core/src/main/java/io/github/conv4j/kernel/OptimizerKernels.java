package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/**
 * Steps of optimizers by PyTorch's formulas, and what clips gradients; on one tensor, in place. The
 * tensors of one call have the same shape and format and memory of their own. Results do not depend
 * on the number of threads.
 */
public interface OptimizerKernels extends Plan {
  /**
   * A step of stochastic gradient descent, with g = gradient + weightDecay * parameter:
   *
   * <pre>
   *   buffer = first ? g : momentum * buffer + (1 - dampening) * g
   *   parameter -= learningRate * (nesterov ? g + momentum * buffer : buffer)
   * </pre>
   *
   * <p>Without a buffer parameter -= learningRate * g.
   *
   * @param learningRate finite and at least 0
   * @param first whether the buffer holds nothing yet; it is not read then
   * @param gradient any shape, not modified
   * @param parameter modified
   * @param momentumBuffer modified; null exactly where there is no momentum
   */
  void sgd(
      SgdSettings settings,
      double learningRate,
      boolean first,
      Tensor gradient,
      Tensor parameter,
      Tensor momentumBuffer);

  /**
   * A step of Adam (Kingma and Ba, 2015) or AdamW (Loshchilov and Hutter, 2019):
   *
   * <pre>
   *   Adam:  g = gradient + weightDecay * parameter
   *   AdamW: g = gradient, parameter *= 1 - learningRate * weightDecay
   *   mean = beta1 * mean + (1 - beta1) * g
   *   square = beta2 * square + (1 - beta2) * g^2
   *   parameter -= learningRate / (1 - beta1^step) * mean
   *                / (sqrt(square / (1 - beta2^step)) + eps)
   * </pre>
   *
   * @param learningRate finite and at least 0
   * @param step 1 for the first step, before which mean and square are 0
   * @param gradient any shape, not modified
   * @param parameter modified
   * @param mean of the gradients, modified
   * @param square the mean of their squares, modified
   */
  void adam(
      AdamSettings settings,
      double learningRate,
      long step,
      Tensor gradient,
      Tensor parameter,
      Tensor mean,
      Tensor square);

  /**
   * Computes x[i] = a * x[i].
   *
   * @param x any shape, modified
   */
  void scale(float a, Tensor x);

  /**
   * Computes x[i] = min(max(x[i], low), high); NaN stays NaN.
   *
   * @param x any shape, modified
   * @throws IllegalArgumentException unless low is at most high
   */
  void clamp(float low, float high, Tensor x);

  /**
   * The sum of x[i]^2, added up in double over blocks. Infinite where a square is beyond the range
   * of a float.
   *
   * @param x any shape, not modified
   */
  double sumOfSquares(Tensor x);
}
