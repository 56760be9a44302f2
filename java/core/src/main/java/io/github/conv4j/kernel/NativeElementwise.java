package io.github.conv4j.kernel;

import static io.github.conv4j.kernel.NativePlan.threads;

import io.github.conv4j.Tensor;
import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.internal.Status;

/** Functions of single elements on native kernels. A run that succeeds allocates nothing. */
final class NativeElementwise extends NativeOperator implements ElementwiseKernels {
  NativeElementwise(PlanOptions options) {
    super(options);
    requireSimd(options);
  }

  @Override
  public void forward(UnaryFunction function, Tensor src, Tensor dst) {
    LayerChecks.shape("src", src);
    LayerChecks.inPlace("src", src, "dst", dst);
    try (HeldTensors held = HeldTensors.begin()) {
      Status.check(
          NativeApi.conv4j_unary_forward(
              isaIndex,
              function.ordinal(),
              held.address(src),
              held.address(dst),
              src.elements(),
              threads()));
    }
  }

  @Override
  public void backward(UnaryFunction function, Tensor dst, Tensor diffDst, Tensor diffSrc) {
    LayerChecks.shape("dst", dst);
    TensorChecks.requireLike("diff_dst", diffDst, "dst", dst);
    LayerChecks.apart("dst", dst, "diff_src", diffSrc);
    LayerChecks.inPlace("diff_dst", diffDst, "diff_src", diffSrc);
    try (HeldTensors held = HeldTensors.begin()) {
      Status.check(
          NativeApi.conv4j_unary_backward(
              isaIndex,
              function.ordinal(),
              held.address(dst),
              held.address(diffDst),
              held.address(diffSrc),
              dst.elements(),
              threads()));
    }
  }

  @Override
  public void dropout(long seed, double p, Tensor src, Tensor dst) {
    LayerChecks.probability(p);
    LayerChecks.shape("src", src);
    LayerChecks.inPlace("src", src, "dst", dst);
    try (HeldTensors held = HeldTensors.begin()) {
      Status.check(
          NativeApi.conv4j_dropout(
              isaIndex, seed, p, held.planes(src), held.room(dst), src.elements(), threads()));
      held.deliver();
    }
  }
}
