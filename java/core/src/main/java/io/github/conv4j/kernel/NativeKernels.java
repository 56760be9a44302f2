package io.github.conv4j.kernel;

import io.github.conv4j.Conv4jException;
import io.github.conv4j.LongTensor;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.internal.Memory;
import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.internal.NativeLibrary;
import io.github.conv4j.internal.Status;
import io.github.conv4j.internal.TensorAccess;
import io.github.conv4j.internal.WorkspacePool;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

/** The C++ kernels. */
public final class NativeKernels implements Kernels {
  private static final NativeKernels INSTANCE = new NativeKernels();

  private NativeKernels() {}

  /**
   * The one instance.
   *
   * @throws Conv4jException if the native library cannot be used, with the reason and the remedy
   */
  public static NativeKernels instance() {
    NativeLibrary.require();
    return INSTANCE;
  }

  /**
   * Names of the convolution's algorithms for a direction, in the order in which they are
   * considered; the last one takes every geometry. For {@link PlanOptions#withAlgorithm}.
   */
  public static List<String> conv2dAlgorithms(Direction direction) {
    NativeLibrary.require();
    return names(index -> NativeApi.conv4j_conv2d_algorithm(direction.ordinal(), index));
  }

  /**
   * Names of the transposed convolution's algorithms, see {@link #conv2dAlgorithms}: those of the
   * convolution in the direction that computes it.
   */
  public static List<String> convTranspose2dAlgorithms(Direction direction) {
    return conv2dAlgorithms(
        switch (direction) {
          case FORWARD -> Direction.BACKWARD_DATA;
          case BACKWARD_DATA -> Direction.FORWARD;
          case BACKWARD_WEIGHTS -> direction;
        });
  }

  /** Names of max pooling's algorithms, see {@link #conv2dAlgorithms}; none for the weights. */
  public static List<String> maxPool2dAlgorithms(Direction direction) {
    NativeLibrary.require();
    return names(index -> NativeApi.conv4j_max_pool2d_algorithm(direction.ordinal(), index));
  }

  /** Names of average pooling's algorithms, fixed and adaptive, see {@link #conv2dAlgorithms}. */
  public static List<String> avgPool2dAlgorithms(Direction direction) {
    NativeLibrary.require();
    return names(index -> NativeApi.conv4j_avg_pool2d_algorithm(direction.ordinal(), index));
  }

  /** Names of forward adaptive max pooling's algorithms, see {@link #conv2dAlgorithms}. */
  public static List<String> adaptiveMaxPool2dAlgorithms() {
    NativeLibrary.require();
    return names(NativeApi::conv4j_adaptive_max_pool2d_algorithm);
  }

  @Override
  public String backend() {
    return "native";
  }

  @Override
  public Conv2dForward conv2dForward(Conv2dGeometry geometry, PlanOptions options) {
    return new NativeConv2dPlans.Forward(geometry, options);
  }

  @Override
  public Conv2dBackwardData conv2dBackwardData(Conv2dGeometry geometry, PlanOptions options) {
    return new NativeConv2dPlans.BackwardData(geometry, options);
  }

  @Override
  public Conv2dBackwardWeights conv2dBackwardWeights(Conv2dGeometry geometry, PlanOptions options) {
    return new NativeConv2dPlans.BackwardWeights(geometry, options);
  }

  @Override
  public ConvTranspose2dForward convTranspose2dForward(
      ConvTranspose2dGeometry geometry, PlanOptions options) {
    return new NativeConvTranspose2dPlans.Forward(geometry, options);
  }

  @Override
  public ConvTranspose2dBackwardData convTranspose2dBackwardData(
      ConvTranspose2dGeometry geometry, PlanOptions options) {
    return new NativeConvTranspose2dPlans.BackwardData(geometry, options);
  }

  @Override
  public ConvTranspose2dBackwardWeights convTranspose2dBackwardWeights(
      ConvTranspose2dGeometry geometry, PlanOptions options) {
    return new NativeConvTranspose2dPlans.BackwardWeights(geometry, options);
  }

  @Override
  public MaxPool2dForward maxPool2dForward(Pool2dGeometry geometry, PlanOptions options) {
    return new NativeMaxPool2dPlans.Forward(geometry, false, options);
  }

  @Override
  public MaxPool2dBackward maxPool2dBackward(Pool2dGeometry geometry, PlanOptions options) {
    return new NativeMaxPool2dPlans.Backward(geometry, options);
  }

  @Override
  public MaxPool2dForward minPool2dForward(Pool2dGeometry geometry, PlanOptions options) {
    return new NativeMaxPool2dPlans.Forward(geometry, true, options);
  }

  @Override
  public AvgPool2dForward avgPool2dForward(PoolWindows geometry, PlanOptions options) {
    return new NativeAvgPool2dPlans.Forward(geometry, options);
  }

  @Override
  public AvgPool2dBackward avgPool2dBackward(PoolWindows geometry, PlanOptions options) {
    return new NativeAvgPool2dPlans.Backward(geometry, options);
  }

  @Override
  public AdaptiveMaxPool2dForward adaptiveMaxPool2dForward(
      AdaptivePool2dGeometry geometry, PlanOptions options) {
    return new NativeAdaptiveMaxPool2d(geometry, options);
  }

  @Override
  public void adaptiveMaxPool2dBackward(Tensor diffDst, LongTensor indices, Tensor diffSrc) {
    NativeIndexed.scatterAdd(diffDst, indices, diffSrc);
  }

  @Override
  public void maxUnpool2d(Tensor src, LongTensor indices, Tensor dst) {
    NativeIndexed.scatter(src, indices, dst);
  }

  @Override
  public void maxUnpool2dBackward(Tensor diffDst, LongTensor indices, Tensor diffSrc) {
    NativeIndexed.gather(diffDst, indices, diffSrc);
  }

  @Override
  public ElementwiseKernels elementwise(PlanOptions options) {
    return new NativeElementwise(options);
  }

  @Override
  public LinearKernels linear(PlanOptions options) {
    return new NativeLinear(options);
  }

  @Override
  public NormalizationKernels normalization(PlanOptions options) {
    return new NativeNormalization(options);
  }

  @Override
  public LossKernels losses(PlanOptions options) {
    return new NativeLosses(options);
  }

  @Override
  public OptimizerKernels optimizers(PlanOptions options) {
    return new NativeOptimizers(options);
  }

  @Override
  public void reluBackward(Tensor dst, Tensor diffDst, Tensor out) {
    Shape shape = LayerChecks.shape("dst", dst);
    TensorChecks.requireSameImages("diff_dst", diffDst, shape, dst.memoryFormat());
    TensorChecks.requireSameImages("out", out, shape, dst.memoryFormat());
    TensorChecks.requireDisjoint("out", out, "dst", dst);
    if (out != diffDst) {
      TensorChecks.requireDisjoint("out", out, "diff_dst", diffDst);
    }
    Memory mask = TensorAccess.memory(dst);
    Memory diff = TensorAccess.memory(diffDst);
    Memory to = TensorAccess.memory(out);
    int held = 0;
    try {
      long maskAddress = mask.acquire();
      held = 1;
      long diffAddress = diff.acquire();
      held = 2;
      long toAddress = to.acquire();
      held = 3;
      Status.check(
          NativeApi.conv4j_relu_backward(
              maskAddress, diffAddress, toAddress, shape.elements(), NativePlan.threads()));
    } finally {
      NativePlan.release(mask, held > 0);
      NativePlan.release(diff, held > 1);
      NativePlan.release(to, held > 2);
    }
  }

  @Override
  public void axpy(float a, Tensor x, Tensor y) {
    Shape shape = LayerChecks.shape("x", x);
    TensorChecks.requireLike("y", y, "x", x);
    TensorChecks.requireDisjoint("y", y, "x", x);
    Memory from = TensorAccess.memory(x);
    Memory to = TensorAccess.memory(y);
    int held = 0;
    try {
      long fromAddress = from.acquire();
      held = 1;
      long toAddress = to.acquire();
      held = 2;
      Status.check(
          NativeApi.conv4j_axpy(a, fromAddress, toAddress, shape.elements(), NativePlan.threads()));
    } finally {
      NativePlan.release(from, held > 0);
      NativePlan.release(to, held > 1);
    }
  }

  /**
   * Computes c = a * b with OpenBLAS as it is, on the calling thread alone: what a convolution by
   * im2col would cost without the im2col, for comparison.
   *
   * @param a [M, K], not modified
   * @param b [K, N], not modified
   * @param c [M, N], overwritten
   * @throws Conv4jException if OpenBLAS could not be opened
   */
  public static void openblasProduct(Tensor a, Tensor b, Tensor c) {
    NativeLibrary.require();
    if (a.shape().rank() != 2 || b.shape().rank() != 2) {
      throw new IllegalArgumentException(
          "a has shape " + a.shape() + " and b " + b.shape() + "; they must be [M, K] and [K, N]");
    }
    long m = a.shape().dim(0);
    long k = a.shape().dim(1);
    long n = b.shape().dim(1);
    TensorChecks.requireExactShape("a", a, a.shape());
    TensorChecks.requireExactShape("b", b, Shape.of(k, n));
    TensorChecks.requireExactShape("c", c, Shape.of(m, n));
    TensorChecks.requireDisjoint("c", c, "a", a);
    TensorChecks.requireDisjoint("c", c, "b", b);
    Memory left = TensorAccess.memory(a);
    Memory right = TensorAccess.memory(b);
    Memory to = TensorAccess.memory(c);
    int held = 0;
    try {
      long leftAddress = left.acquire();
      held = 1;
      long rightAddress = right.acquire();
      held = 2;
      long toAddress = to.acquire();
      held = 3;
      Status.check(NativeApi.conv4j_blas_product(m, n, k, leftAddress, rightAddress, toAddress));
    } finally {
      NativePlan.release(left, held > 0);
      NativePlan.release(right, held > 1);
      NativePlan.release(to, held > 2);
    }
  }

  /**
   * Frees the scratch memory that is kept for later calls; running calls keep theirs. For a process
   * that has done with convolutions for a while.
   */
  public static void releaseWorkspaces() {
    WorkspacePool.trim();
  }

  private static List<String> names(LongFunction<String> name) {
    List<String> names = new ArrayList<>();
    for (String next = name.apply(0); next != null; next = name.apply(names.size())) {
      names.add(next);
    }
    return List.copyOf(names);
  }
}
