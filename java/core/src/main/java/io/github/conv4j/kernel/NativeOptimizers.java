package io.github.conv4j.kernel;

import static io.github.conv4j.kernel.NativePlan.threads;

import io.github.conv4j.Tensor;
import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.internal.Status;

/** Steps of optimizers on native kernels. A run that succeeds allocates nothing. */
final class NativeOptimizers extends NativeOperator implements OptimizerKernels {
  NativeOptimizers(PlanOptions options) {
    super(options);
    requireSimd(options);
  }

  @Override
  public void sgd(
      SgdSettings settings,
      double learningRate,
      boolean first,
      Tensor gradient,
      Tensor parameter,
      Tensor momentumBuffer) {
    OptimizerChecks.sgd(settings, learningRate, gradient, parameter, momentumBuffer);
    try (HeldTensors held = HeldTensors.begin()) {
      Status.check(
          NativeApi.conv4j_sgd_step(
              isaIndex,
              learningRate,
              settings.momentum(),
              settings.dampening(),
              settings.weightDecay(),
              settings.nesterov() ? 1 : 0,
              first ? 1 : 0,
              held.address(gradient),
              held.address(parameter),
              held.address(momentumBuffer),
              gradient.elements(),
              threads()));
    }
  }

  @Override
  public void adam(
      AdamSettings settings,
      double learningRate,
      long step,
      Tensor gradient,
      Tensor parameter,
      Tensor mean,
      Tensor square) {
    OptimizerChecks.adam(learningRate, step, gradient, parameter, mean, square);
    try (HeldTensors held = HeldTensors.begin()) {
      Status.check(
          NativeApi.conv4j_adam_step(
              isaIndex,
              learningRate,
              settings.beta1(),
              settings.beta2(),
              settings.eps(),
              settings.weightDecay(),
              settings.decoupled() ? 1 : 0,
              step,
              held.address(gradient),
              held.address(parameter),
              held.address(mean),
              held.address(square),
              gradient.elements(),
              threads()));
    }
  }

  @Override
  public void scale(float a, Tensor x) {
    LayerChecks.shape("x", x);
    try (HeldTensors held = HeldTensors.begin()) {
      Status.check(NativeApi.conv4j_scale(isaIndex, a, held.address(x), x.elements(), threads()));
    }
  }

  @Override
  public void clamp(float low, float high, Tensor x) {
    OptimizerChecks.clamp(low, high);
    LayerChecks.shape("x", x);
    try (HeldTensors held = HeldTensors.begin()) {
      Status.check(
          NativeApi.conv4j_clamp(isaIndex, low, high, held.address(x), x.elements(), threads()));
    }
  }

  @Override
  public double sumOfSquares(Tensor x) {
    LayerChecks.shape("x", x);
    try (HeldTensors held = HeldTensors.begin()) {
      Status.check(
          NativeApi.conv4j_sum_of_squares(
              isaIndex, held.address(x), x.elements(), held.result(), threads()));
      return held.result()[0];
    }
  }
}
