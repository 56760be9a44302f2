package io.github.conv4j.kernel;

import static io.github.conv4j.kernel.NativePlan.threads;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.internal.Status;

/** Softmax and batch normalisation on native kernels. A run that succeeds allocates nothing. */
final class NativeNormalization extends NativeOperator implements NormalizationKernels {
  NativeNormalization(PlanOptions options) {
    super(options);
    requireSimd(options);
  }

  @Override
  public void softmax(boolean log, Tensor src, Tensor dst) {
    Shape shape = LayerChecks.shape("src", src);
    int axis = LayerChecks.channelAxis("src", shape);
    LayerChecks.apart("src", src, "dst", dst);
    try (HeldTensors held = HeldTensors.begin()) {
      Status.check(
          NativeApi.conv4j_softmax_forward(
              isaIndex,
              log ? 1 : 0,
              LayerChecks.outer(shape, axis),
              shape.dim(axis),
              LayerChecks.inner(shape, axis),
              held.planes(src),
              held.room(dst),
              threads()));
      held.deliver();
    }
  }

  @Override
  public void softmaxBackward(boolean log, Tensor dst, Tensor diffDst, Tensor diffSrc) {
    Shape shape = LayerChecks.shape("dst", dst);
    int axis = LayerChecks.channelAxis("dst", shape);
    TensorChecks.requireLike("diff_dst", diffDst, "dst", dst);
    LayerChecks.apart("dst", dst, "diff_src", diffSrc);
    LayerChecks.apart("diff_dst", diffDst, "diff_src", diffSrc);
    try (HeldTensors held = HeldTensors.begin()) {
      Status.check(
          NativeApi.conv4j_softmax_backward(
              isaIndex,
              log ? 1 : 0,
              LayerChecks.outer(shape, axis),
              shape.dim(axis),
              LayerChecks.inner(shape, axis),
              held.planes(dst),
              held.planes(diffDst),
              held.room(diffSrc),
              threads()));
      held.deliver();
    }
  }

  @Override
  public void batchNormStatistics(Tensor src, BatchStatistics statistics) {
    int axis = LayerChecks.statisticsOf(src, statistics);
    Shape shape = src.shape();
    try (HeldTensors held = HeldTensors.begin()) {
      Status.check(
          NativeApi.conv4j_batch_norm_statistics(
              isaIndex,
              LayerChecks.outer(shape, axis),
              shape.dim(axis),
              LayerChecks.inner(shape, axis),
              held.planes(src),
              held.address(statistics.mean()),
              held.address(statistics.remainder()),
              held.address(statistics.variance()),
              threads()));
    }
  }

  @Override
  public void batchNormRunning(
      BatchStatistics batch, long count, double momentum, BatchStatistics running) {
    LayerChecks.running(batch, count, momentum, running);
    try (HeldTensors held = HeldTensors.begin()) {
      Status.check(
          NativeApi.conv4j_batch_norm_running(
              batch.mean().elements(),
              count,
              momentum,
              held.address(batch.mean()),
              held.address(batch.remainder()),
              held.address(batch.variance()),
              held.address(running.mean()),
              held.address(running.variance())));
    }
  }

  @Override
  public void batchNorm(
      Tensor src, BatchStatistics statistics, Tensor gamma, Tensor beta, double eps, Tensor dst) {
    int axis = LayerChecks.batchNorm(src, statistics, gamma, beta, eps, dst);
    Shape shape = src.shape();
    try (HeldTensors held = HeldTensors.begin()) {
      Status.check(
          NativeApi.conv4j_batch_norm_forward(
              isaIndex,
              LayerChecks.outer(shape, axis),
              shape.dim(axis),
              LayerChecks.inner(shape, axis),
              eps,
              held.planes(src),
              held.address(statistics.mean()),
              held.address(statistics.remainder()),
              held.address(statistics.variance()),
              held.address(gamma),
              held.address(beta),
              held.room(dst),
              threads()));
      held.deliver();
    }
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
    int axis =
        LayerChecks.batchNormBackward(
            src, statistics, gamma, eps, diffDst, diffSrc, diffGamma, diffBeta);
    Shape shape = src.shape();
    try (HeldTensors held = HeldTensors.begin()) {
      Status.check(
          NativeApi.conv4j_batch_norm_backward(
              isaIndex,
              training ? 1 : 0,
              LayerChecks.outer(shape, axis),
              shape.dim(axis),
              LayerChecks.inner(shape, axis),
              eps,
              held.planes(src),
              held.address(statistics.mean()),
              held.address(statistics.remainder()),
              held.address(statistics.variance()),
              held.address(gamma),
              held.planes(diffDst),
              held.room(diffSrc),
              held.address(diffGamma),
              held.address(diffBeta),
              threads()));
      held.deliver();
    }
  }
}
