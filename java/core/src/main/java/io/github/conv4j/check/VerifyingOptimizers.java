package io.github.conv4j.check;

import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.AdamSettings;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.OptimizerKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.SgdSettings;

/** Steps of optimizers, compared with the reference. */
final class VerifyingOptimizers implements OptimizerKernels {
  private final OptimizerKernels tested;
  private final OptimizerKernels reference =
      VerifyingKernels.reference().optimizers(PlanOptions.DEFAULT);
  private final Verifier verifier;

  VerifyingOptimizers(OptimizerKernels tested, Verifier verifier) {
    this.tested = tested;
    this.verifier = verifier;
  }

  @Override
  public String algorithm() {
    return tested.algorithm();
  }

  @Override
  public String isa() {
    return tested.isa();
  }

  /** The settings are part of the name: calls that differ in them have other results. */
  private VerifiedCall call(String name, Tensor x) {
    return verifier.call(Calls.of(name, Direction.BACKWARD_WEIGHTS, tested, Calls.added(x)));
  }

  @Override
  public void sgd(
      SgdSettings settings,
      double learningRate,
      boolean first,
      Tensor gradient,
      Tensor parameter,
      Tensor momentumBuffer) {
    Bound bound = OptimizerBounds.sgd(settings, learningRate, first);
    VerifiedCall call =
        call("sgd(" + learningRate + ", " + settings + ")", parameter)
            .source("gradient", gradient)
            .modified("parameter", parameter, bound);
    if (momentumBuffer != null && first) {
      call.result("momentum_buffer", momentumBuffer, bound);
    } else if (momentumBuffer != null) {
      call.modified("momentum_buffer", momentumBuffer, bound);
    }
    call.run(
        () -> tested.sgd(settings, learningRate, first, gradient, parameter, momentumBuffer),
        r ->
            reference.sgd(
                settings,
                learningRate,
                first,
                r.tensor("gradient"),
                r.tensor("parameter"),
                r.tensor("momentum_buffer")));
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
    Bound bound = OptimizerBounds.adam(settings, learningRate, step);
    call("adam(" + learningRate + ", step=" + step + ", " + settings + ")", parameter)
        .source("gradient", gradient)
        .modified("parameter", parameter, bound)
        .modified("mean", mean, bound)
        .modified("square", square, bound)
        .run(
            () -> tested.adam(settings, learningRate, step, gradient, parameter, mean, square),
            r ->
                reference.adam(
                    settings,
                    learningRate,
                    step,
                    r.tensor("gradient"),
                    r.tensor("parameter"),
                    r.tensor("mean"),
                    r.tensor("square")));
  }

  @Override
  public void scale(float a, Tensor x) {
    call("scale(" + a + ")", x)
        .modified("x", x, Bound.EQUAL)
        .run(() -> tested.scale(a, x), r -> reference.scale(a, r.tensor("x")));
  }

  @Override
  public void clamp(float low, float high, Tensor x) {
    call("clamp(" + low + ", " + high + ")", x)
        .modified("x", x, Bound.EQUAL)
        .run(() -> tested.clamp(low, high, x), r -> reference.clamp(low, high, r.tensor("x")));
  }

  @Override
  public double sumOfSquares(Tensor x) {
    return call("sumofsquares", x)
        .source("x", x)
        .value(OptimizerBounds.sumOfSquares(x.elements()))
        .compute(() -> tested.sumOfSquares(x), r -> reference.sumOfSquares(r.tensor("x")));
  }
}
