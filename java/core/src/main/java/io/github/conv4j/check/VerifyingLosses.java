package io.github.conv4j.check;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.CrossEntropySettings;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.LossKernels;
import io.github.conv4j.kernel.PlanOptions;

/** Losses, compared with the reference. */
final class VerifyingLosses implements LossKernels {
  private final LossKernels tested;
  private final LossKernels reference = VerifyingKernels.reference().losses(PlanOptions.DEFAULT);
  private final Verifier verifier;

  VerifyingLosses(LossKernels tested, Verifier verifier) {
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

  private VerifiedCall call(String name, String text, Tensor src, Tensor gradient) {
    Direction direction = gradient == null ? Direction.FORWARD : Direction.BACKWARD_DATA;
    return verifier.call(Calls.of(name, direction, tested, Replay.module(text, src.shape())));
  }

  private VerifiedCall crossEntropy(
      CrossEntropySettings settings, Tensor logits, Tensor diffLogits) {
    String text =
        "CrossEntropyLoss(mean="
            + settings.mean()
            + ", weighted="
            + (settings.weights() != null)
            + ", ignoreIndex="
            + settings.ignoreIndex()
            + ", labelSmoothing="
            + settings.labelSmoothing()
            + ")";
    Bound bound =
        LayerBounds.crossEntropy(
            new LayerBounds.CrossEntropy(
                settings.mean(), settings.ignoreIndex(), settings.labelSmoothing()));
    return call("crossentropy", text, logits, diffLogits)
        .source("logits", logits)
        .source("weights", settings.weights())
        .value(bound)
        .result("diff_logits", diffLogits, bound);
  }

  /** The settings with the reference's own copy of the weights. */
  private static CrossEntropySettings copied(
      CrossEntropySettings settings, VerifiedCall.Operands r) {
    return new CrossEntropySettings(
        r.tensor("weights"), settings.ignoreIndex(), settings.labelSmoothing(), settings.mean());
  }

  @Override
  public double crossEntropy(
      CrossEntropySettings settings, Tensor logits, LongTensor classes, Tensor diffLogits) {
    return crossEntropy(settings, logits, diffLogits)
        .indices("classes", classes)
        .compute(
            () -> tested.crossEntropy(settings, logits, classes, diffLogits),
            r ->
                reference.crossEntropy(
                    copied(settings, r),
                    r.tensor("logits"),
                    r.indices("classes"),
                    r.tensor("diff_logits")));
  }

  @Override
  public double crossEntropy(
      CrossEntropySettings settings, Tensor logits, Tensor probabilities, Tensor diffLogits) {
    return crossEntropy(settings, logits, diffLogits)
        .source("probabilities", probabilities)
        .compute(
            () -> tested.crossEntropy(settings, logits, probabilities, diffLogits),
            r ->
                reference.crossEntropy(
                    copied(settings, r),
                    r.tensor("logits"),
                    r.tensor("probabilities"),
                    r.tensor("diff_logits")));
  }

  @Override
  public double squaredError(boolean mean, Tensor src, Tensor target, Tensor diffSrc) {
    return call("mse", "MSELoss(" + (mean ? "MEAN" : "SUM") + ")", src, diffSrc)
        .source("src", src)
        .source("target", target)
        .value(LayerBounds.squaredError())
        .result("diff_src", diffSrc, LayerBounds.squaredError())
        .compute(
            () -> tested.squaredError(mean, src, target, diffSrc),
            r ->
                reference.squaredError(
                    mean, r.tensor("src"), r.tensor("target"), r.tensor("diff_src")));
  }
}
