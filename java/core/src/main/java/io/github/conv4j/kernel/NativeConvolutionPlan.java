package io.github.conv4j.kernel;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.internal.Memory;
import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.internal.Status;
import io.github.conv4j.internal.TensorAccess;
import java.lang.ref.Reference;
import java.util.Objects;

/**
 * A native plan of a convolution or a transposed convolution, in any direction: both take the same
 * tensors. A run that succeeds allocates nothing.
 */
abstract class NativeConvolutionPlan extends NativePlan {
  private final boolean transposed;
  private final Shape srcShape;
  private final Shape weightsShape;
  private final Shape biasShape;
  private final Shape dstShape;

  NativeConvolutionPlan(Conv2dGeometry geometry, Direction direction, PlanOptions options) {
    super(createConv2d(geometry, direction, options), options);
    this.transposed = false;
    this.srcShape = geometry.srcShape();
    this.weightsShape = geometry.weightsShape();
    this.biasShape = geometry.biasShape();
    this.dstShape = geometry.dstShape();
  }

  NativeConvolutionPlan(
      ConvTranspose2dGeometry geometry, Direction direction, PlanOptions options) {
    super(createConvTranspose2d(geometry, direction, options), options);
    this.transposed = true;
    this.srcShape = geometry.srcShape();
    this.weightsShape = geometry.weightsShape();
    this.biasShape = geometry.biasShape();
    this.dstShape = geometry.dstShape();
  }

  public PreparedWeights prepare(Tensor weights) {
    TensorChecks.requireExactShape("weights", weights, weightsShape);
    Memory memory =
        Memory.allocate(NativeApi.conv4j_plan_prepared_size(handle), "prepared weights");
    try {
      pack(weights, memory);
    } catch (RuntimeException | Error e) {
      memory.close();
      throw e;
    }
    return new Prepared(this, memory);
  }

  public void prepare(Tensor weights, PreparedWeights prepared) {
    TensorChecks.requireExactShape("weights", weights, weightsShape);
    pack(weights, own(prepared));
  }

  private void pack(Tensor weights, Memory packed) {
    Memory given = TensorAccess.memory(weights);
    long to = packed.acquire();
    try {
      long from = given.acquire();
      try {
        Status.check(NativeApi.conv4j_conv2d_prepare(handle, from, to));
      } finally {
        given.release();
        Reference.reachabilityFence(this);
      }
    } finally {
      packed.release();
    }
  }

  /** The memory of weights that this plan prepared. */
  private Memory own(PreparedWeights prepared) {
    Objects.requireNonNull(prepared, "weights");
    if (!(prepared instanceof Prepared own)) {
      throw new IllegalArgumentException(
          "the prepared weights come from another backend than the native kernels");
    }
    if (own.plan != this) {
      throw new IllegalArgumentException(
          "the prepared weights come from another plan, for weights of shape "
              + own.plan.weightsShape
              + "; prepare weights of shape "
              + weightsShape
              + " with the plan that runs");
    }
    return own.memory;
  }

  /** Packed weights and the plan whose layout they have. */
  private record Prepared(NativeConvolutionPlan plan, Memory memory) implements PreparedWeights {
    @Override
    public void close() {
      memory.close();
    }
  }

  final void runForward(Tensor src, PreparedWeights weights, Tensor bias, Tensor dst) {
    TensorChecks.requireShape("src", src, srcShape, format);
    TensorChecks.requireShape("dst", dst, dstShape, format);
    TensorChecks.requireDisjoint("dst", dst, "src", src);
    Memory biasMemory = null;
    if (bias != null) {
      TensorChecks.requireExactShape("bias", bias, biasShape);
      TensorChecks.requireDisjoint("dst", dst, "bias", bias);
      biasMemory = TensorAccess.memory(bias);
    }
    Memory weightsMemory = own(weights);
    Memory srcMemory = TensorAccess.memory(src);
    Memory dstMemory = TensorAccess.memory(dst);
    int threads = threads();
    Memory workspace = leaseWorkspace(threads);
    int held = 0;
    try {
      long from = srcMemory.acquire();
      held = 1;
      long packed = weightsMemory.acquire();
      held = 2;
      long to = dstMemory.acquire();
      held = 3;
      long shift = biasMemory == null ? 0 : biasMemory.acquire();
      held = 4;
      Status.check(
          transposed
              ? NativeApi.conv4j_conv_transpose2d_forward(
                  handle, from, packed, shift, to, address(workspace), threads)
              : NativeApi.conv4j_conv2d_forward(
                  handle, from, packed, shift, to, address(workspace), threads));
    } finally {
      release(srcMemory, held > 0);
      release(weightsMemory, held > 1);
      release(dstMemory, held > 2);
      release(biasMemory, held > 3);
      giveBack(workspace);
      Reference.reachabilityFence(this);
    }
  }

  final void runBackwardData(Tensor diffDst, PreparedWeights weights, Tensor diffSrc) {
    TensorChecks.requireShape("diff_dst", diffDst, dstShape, format);
    TensorChecks.requireShape("diff_src", diffSrc, srcShape, format);
    TensorChecks.requireDisjoint("diff_src", diffSrc, "diff_dst", diffDst);
    Memory weightsMemory = own(weights);
    Memory fromMemory = TensorAccess.memory(diffDst);
    Memory toMemory = TensorAccess.memory(diffSrc);
    int threads = threads();
    Memory workspace = leaseWorkspace(threads);
    int held = 0;
    try {
      long from = fromMemory.acquire();
      held = 1;
      long packed = weightsMemory.acquire();
      held = 2;
      long to = toMemory.acquire();
      held = 3;
      Status.check(
          transposed
              ? NativeApi.conv4j_conv_transpose2d_backward_data(
                  handle, from, packed, to, address(workspace), threads)
              : NativeApi.conv4j_conv2d_backward_data(
                  handle, from, packed, to, address(workspace), threads));
    } finally {
      release(fromMemory, held > 0);
      release(weightsMemory, held > 1);
      release(toMemory, held > 2);
      giveBack(workspace);
      Reference.reachabilityFence(this);
    }
  }

  final void runBackwardWeights(Tensor src, Tensor diffDst, Tensor diffWeights, Tensor diffBias) {
    TensorChecks.requireShape("src", src, srcShape, format);
    TensorChecks.requireShape("diff_dst", diffDst, dstShape, format);
    TensorChecks.requireExactShape("diff_weights", diffWeights, weightsShape);
    TensorChecks.requireDisjoint("diff_weights", diffWeights, "src", src);
    TensorChecks.requireDisjoint("diff_weights", diffWeights, "diff_dst", diffDst);
    Memory biasMemory = null;
    if (diffBias != null) {
      TensorChecks.requireExactShape("diff_bias", diffBias, biasShape);
      TensorChecks.requireDisjoint("diff_bias", diffBias, "src", src);
      TensorChecks.requireDisjoint("diff_bias", diffBias, "diff_dst", diffDst);
      TensorChecks.requireDisjoint("diff_bias", diffBias, "diff_weights", diffWeights);
      biasMemory = TensorAccess.memory(diffBias);
    }
    Memory srcMemory = TensorAccess.memory(src);
    Memory diffMemory = TensorAccess.memory(diffDst);
    Memory weightsMemory = TensorAccess.memory(diffWeights);
    int threads = threads();
    Memory workspace = leaseWorkspace(threads);
    int held = 0;
    try {
      long from = srcMemory.acquire();
      held = 1;
      long diff = diffMemory.acquire();
      held = 2;
      long to = weightsMemory.acquire();
      held = 3;
      long toBias = biasMemory == null ? 0 : biasMemory.acquire();
      held = 4;
      Status.check(
          transposed
              ? NativeApi.conv4j_conv_transpose2d_backward_weights(
                  handle, from, diff, to, toBias, address(workspace), threads)
              : NativeApi.conv4j_conv2d_backward_weights(
                  handle, from, diff, to, toBias, address(workspace), threads));
    } finally {
      release(srcMemory, held > 0);
      release(diffMemory, held > 1);
      release(weightsMemory, held > 2);
      release(biasMemory, held > 3);
      giveBack(workspace);
      Reference.reachabilityFence(this);
    }
  }
}
