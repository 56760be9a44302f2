package io.github.conv4j.check;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.BatchStatistics;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.NormalizationKernels;
import io.github.conv4j.kernel.PlanOptions;

/** Softmax and batch normalisation, compared with the reference. */
final class VerifyingNormalization implements NormalizationKernels {
  private final NormalizationKernels tested;
  private final NormalizationKernels reference =
      VerifyingKernels.reference().normalization(PlanOptions.DEFAULT);
  private final Verifier verifier;

  VerifyingNormalization(NormalizationKernels tested, Verifier verifier) {
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

  private VerifiedCall softmax(boolean log, Direction direction, Shape shape) {
    String selection = Replay.module(log ? "LogSoftmax()" : "Softmax()", shape);
    return verifier.call(Calls.of(log ? "logsoftmax" : "softmax", direction, tested, selection));
  }

  @Override
  public void softmax(boolean log, Tensor src, Tensor dst) {
    softmax(log, Direction.FORWARD, src.shape())
        .source("src", src)
        .result("dst", dst, LayerBounds.softmax(log))
        .run(
            () -> tested.softmax(log, src, dst),
            r -> reference.softmax(log, r.tensor("src"), r.tensor("dst")));
  }

  @Override
  public void softmaxBackward(boolean log, Tensor dst, Tensor diffDst, Tensor diffSrc) {
    softmax(log, Direction.BACKWARD_DATA, dst.shape())
        .source("dst", dst)
        .source("diff_dst", diffDst)
        .result("diff_src", diffSrc, LayerBounds.softmaxBackward(log))
        .run(
            () -> tested.softmaxBackward(log, dst, diffDst, diffSrc),
            r ->
                reference.softmaxBackward(
                    log, r.tensor("dst"), r.tensor("diff_dst"), r.tensor("diff_src")));
  }

  private VerifiedCall batchNorm(Direction direction, Shape src, double eps, boolean affine) {
    long channels = src.rank() < 3 ? src.elements() : src.dim(src.rank() - 3);
    String text =
        "BatchNorm2d(" + channels + ", eps=" + eps + ", momentum=0.1, affine=" + affine + ")";
    return verifier.call(Calls.of("batchnorm2d", direction, tested, Replay.module(text, src)));
  }

  @Override
  public void batchNormStatistics(Tensor src, BatchStatistics statistics) {
    batchNorm(Direction.FORWARD, src.shape(), 1e-5, true)
        .source("src", src)
        .result("mean", statistics.mean(), LayerBounds.mean())
        .result("remainder", statistics.remainder(), LayerBounds.remainder())
        .result("variance", statistics.variance(), LayerBounds.variance())
        .run(
            () -> tested.batchNormStatistics(src, statistics),
            r -> reference.batchNormStatistics(r.tensor("src"), statistics(r)));
  }

  private static BatchStatistics statistics(VerifiedCall.Operands r) {
    return new BatchStatistics(r.tensor("mean"), r.tensor("remainder"), r.tensor("variance"));
  }

  @Override
  public void batchNormRunning(
      BatchStatistics batch, long count, double momentum, BatchStatistics running) {
    long channels = batch.mean().elements();
    batchNorm(Direction.FORWARD, Shape.of(1, channels, 1, count), 1e-5, true)
        .source("mean", batch.mean())
        .source("remainder", batch.remainder())
        .source("variance", batch.variance())
        .modified("running_mean", running.mean(), Bound.roundedSum(4))
        .modified("running_variance", running.variance(), Bound.roundedSum(4))
        .run(
            () -> tested.batchNormRunning(batch, count, momentum, running),
            r ->
                reference.batchNormRunning(
                    statistics(r),
                    count,
                    momentum,
                    new BatchStatistics(
                        r.tensor("running_mean"), null, r.tensor("running_variance"))));
  }

  private static VerifiedCall withStatistics(VerifiedCall call, BatchStatistics statistics) {
    return call.source("mean", statistics.mean())
        .source("remainder", statistics.remainder())
        .source("variance", statistics.variance());
  }

  @Override
  public void batchNorm(
      Tensor src, BatchStatistics statistics, Tensor gamma, Tensor beta, double eps, Tensor dst) {
    withStatistics(batchNorm(Direction.FORWARD, src.shape(), eps, gamma != null), statistics)
        .source("src", src)
        .source("gamma", gamma)
        .source("beta", beta)
        .result("dst", dst, LayerBounds.batchNorm(eps))
        .run(
            () -> tested.batchNorm(src, statistics, gamma, beta, eps, dst),
            r ->
                reference.batchNorm(
                    r.tensor("src"),
                    statistics(r),
                    r.tensor("gamma"),
                    r.tensor("beta"),
                    eps,
                    r.tensor("dst")));
  }

  @Override
  public void batchNormBackward(
      boolean training,
      Tensor src,
      BatchStatistics statistics,
      Tensor gamma,
      double eps,
      Tensor diffDst,
      Tensor diffSrc,
      Tensor diffGamma,
      Tensor diffBeta) {
    Bound bound = LayerBounds.batchNormBackward(training, eps);
    withStatistics(batchNorm(Direction.BACKWARD_DATA, src.shape(), eps, gamma != null), statistics)
        .source("src", src)
        .source("gamma", gamma)
        .source("diff_dst", diffDst)
        .result("diff_src", diffSrc, bound)
        .result("diff_gamma", diffGamma, bound)
        .result("diff_beta", diffBeta, bound)
        .run(
            () ->
                tested.batchNormBackward(
                    training, src, statistics, gamma, eps, diffDst, diffSrc, diffGamma, diffBeta),
            r ->
                reference.batchNormBackward(
                    training,
                    r.tensor("src"),
                    statistics(r),
                    r.tensor("gamma"),
                    eps,
                    r.tensor("diff_dst"),
                    r.tensor("diff_src"),
                    r.tensor("diff_gamma"),
                    r.tensor("diff_beta")));
  }
}
