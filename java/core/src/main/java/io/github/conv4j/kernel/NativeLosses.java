package io.github.conv4j.kernel;

import static io.github.conv4j.kernel.NativePlan.threads;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.internal.Status;

/** Losses on native kernels. A run that succeeds allocates nothing. */
final class NativeLosses extends NativeOperator implements LossKernels {
  NativeLosses(PlanOptions options) {
    super(options);
    requireSimd(options);
  }

  @Override
  public double crossEntropy(
      CrossEntropySettings settings, Tensor logits, LongTensor classes, Tensor diffLogits) {
    LayerChecks.crossEntropy(settings, logits, diffLogits);
    LayerChecks.classes(classes, logits.shape());
    return run(settings, logits, classes, null, diffLogits);
  }

  @Override
  public double crossEntropy(
      CrossEntropySettings settings, Tensor logits, Tensor probabilities, Tensor diffLogits) {
    LayerChecks.crossEntropy(settings, logits, diffLogits);
    TensorChecks.requireLike("probabilities", probabilities, "logits", logits);
    LayerChecks.disjoint("diff_logits", diffLogits, "probabilities", probabilities);
    return run(settings, logits, null, probabilities, diffLogits);
  }

  private double run(
      CrossEntropySettings settings,
      Tensor logits,
      LongTensor classes,
      Tensor probabilities,
      Tensor diffLogits) {
    Shape shape = logits.shape();
    try (HeldTensors held = HeldTensors.begin()) {
      Status.check(
          NativeApi.conv4j_cross_entropy(
              isaIndex,
              shape.dim(0),
              shape.dim(1),
              LayerChecks.inner(shape, 1),
              held.planes(logits),
              held.address(classes),
              held.planes(probabilities),
              held.address(settings.weights()),
              settings.ignoreIndex(),
              settings.labelSmoothing(),
              settings.mean() ? 1 : 0,
              held.room(diffLogits),
              held.result(),
              threads()));
      held.deliver();
      return held.result()[0];
    }
  }

  @Override
  public double squaredError(boolean mean, Tensor src, Tensor target, Tensor diffSrc) {
    LayerChecks.squaredError(src, target, diffSrc);
    try (HeldTensors held = HeldTensors.begin()) {
      Status.check(
          NativeApi.conv4j_squared_error(
              isaIndex,
              held.planes(src),
              held.planes(target),
              src.elements(),
              mean ? 1 : 0,
              held.room(diffSrc),
              held.result(),
              threads()));
      held.deliver();
      return held.result()[0];
    }
  }
}
