package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/**
 * What a step of an optimizer asks of its settings and tensors, the same for all backends. A check
 * that passes allocates nothing.
 */
final class OptimizerChecks {
  private OptimizerChecks() {}

  static void notNegative(String name, double value) {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          name + " is " + value + "; it must be finite and at least 0");
    }
  }

  static void decayRate(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(
          name + " is " + value + "; it must be at least 0 and below 1");
    }
  }

  static void sgd(
      SgdSettings settings,
      double learningRate,
      Tensor gradient,
      Tensor parameter,
      Tensor momentumBuffer) {
    step(learningRate, gradient, parameter);
    if (settings.hasMomentum() == (momentumBuffer == null)) {
      throw new IllegalArgumentException(
          "momentum is "
              + settings.momentum()
              + " and momentum_buffer is "
              + (momentumBuffer == null ? "null" : "given")
              + "; there is one exactly where there is momentum");
    }
    if (momentumBuffer != null) {
      LayerChecks.apart("gradient", gradient, "momentum_buffer", momentumBuffer);
      TensorChecks.requireDisjoint("momentum_buffer", momentumBuffer, "parameter", parameter);
    }
  }

  static void adam(
      double learningRate,
      long step,
      Tensor gradient,
      Tensor parameter,
      Tensor mean,
      Tensor square) {
    step(learningRate, gradient, parameter);
    if (step < 1) {
      throw new IllegalArgumentException("step is " + step + "; it must be at least 1");
    }
    LayerChecks.apart("gradient", gradient, "mean", mean);
    LayerChecks.apart("gradient", gradient, "square", square);
    TensorChecks.requireDisjoint("mean", mean, "parameter", parameter);
    TensorChecks.requireDisjoint("square", square, "parameter", parameter);
    TensorChecks.requireDisjoint("square", square, "mean", mean);
  }

  private static void step(double learningRate, Tensor gradient, Tensor parameter) {
    notNegative("learningRate", learningRate);
    LayerChecks.shape("gradient", gradient);
    LayerChecks.apart("gradient", gradient, "parameter", parameter);
  }

  static void clamp(float low, float high) {
    if (!(low <= high)) {
      throw new IllegalArgumentException(
          "low is " + low + " and high is " + high + "; low must be at most high");
    }
  }
}
