package io.github.conv4j.kernel;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.internal.Memory;
import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.internal.Status;
import io.github.conv4j.internal.TensorAccess;
import java.lang.ref.Reference;
import java.util.Objects;

/** The plans of max and min pooling on native kernels. A run that succeeds allocates nothing. */
final class NativeMaxPool2dPlans {
  private NativeMaxPool2dPlans() {}

  /** What both directions have in common. */
  private abstract static class Base extends NativePlan {
    final Pool2dGeometry geometry;
    final Shape srcShape;
    final Shape dstShape;

    Base(Creation creation, Pool2dGeometry geometry, Direction direction, PlanOptions options) {
      super(createPooling(creation, geometry.toArray(), direction, options), options);
      this.geometry = geometry;
      this.srcShape = geometry.srcShape();
      this.dstShape = geometry.dstShape();
    }

    public Pool2dGeometry geometry() {
      return geometry;
    }

    /** The offsets' own class, of this plan's geometry. */
    final Offsets own(MaxPoolOffsets offsets) {
      Objects.requireNonNull(offsets, "offsets");
      if (!(offsets instanceof Offsets own)) {
        throw new IllegalArgumentException(
            "the offsets come from another backend than the native kernels");
      }
      if (!own.plan.geometry.equals(geometry)) {
        throw new IllegalArgumentException(
            "the offsets are of " + own.plan.geometry + "; the plan is of " + geometry);
      }
      return own;
    }
  }

  /** Window offsets as conv4j.h has them, 1, 2 or 4 bytes each. */
  private static final class Offsets implements MaxPoolOffsets {
    private final Forward plan;
    private final Memory memory;
    private volatile boolean filled;

    Offsets(Forward plan) {
      this.plan = plan;
      this.memory =
          Memory.allocate(
              Math.multiplyExact(
                  plan.dstShape.elements(), NativeApi.conv4j_plan_offset_size(plan.handle)),
              "max pooling offsets");
    }

    @Override
    public Pool2dGeometry geometry() {
      return plan.geometry;
    }

    void requireFilled() {
      if (!filled) {
        throw new IllegalStateException("no forward run has filled the offsets yet");
      }
    }

    @Override
    public void toIndices(LongTensor indices) {
      TensorChecks.requireShape("indices", indices, plan.dstShape, plan.format);
      requireFilled();
      Memory to = TensorAccess.memory(indices);
      long from = memory.acquire();
      try {
        long address = to.acquire();
        try {
          Status.check(NativeApi.conv4j_max_pool2d_indices(plan.handle, from, address));
        } finally {
          to.release();
          Reference.reachabilityFence(plan);
        }
      } finally {
        memory.release();
      }
    }

    @Override
    public void close() {
      memory.close();
    }
  }

  static final class Forward extends Base implements MaxPool2dForward {
    Forward(Pool2dGeometry geometry, boolean least, PlanOptions options) {
      super(
          least ? NativeApi::conv4j_min_pool2d_create : NativeApi::conv4j_max_pool2d_create,
          geometry,
          Direction.FORWARD,
          options);
    }

    @Override
    public MaxPoolOffsets newOffsets() {
      return new Offsets(this);
    }

    @Override
    public void run(Tensor src, Tensor dst, MaxPoolOffsets offsets) {
      TensorChecks.requireShape("src", src, srcShape, format);
      TensorChecks.requireShape("dst", dst, dstShape, format);
      TensorChecks.requireDisjoint("dst", dst, "src", src);
      Offsets taps = offsets == null ? null : own(offsets);
      Memory tapsMemory = taps == null ? null : taps.memory;
      Memory srcMemory = TensorAccess.memory(src);
      Memory dstMemory = TensorAccess.memory(dst);
      int threads = threads();
      Memory workspace = leaseWorkspace(threads);
      int held = 0;
      try {
        long from = srcMemory.acquire();
        held = 1;
        long to = dstMemory.acquire();
        held = 2;
        long toTaps = tapsMemory == null ? 0 : tapsMemory.acquire();
        held = 3;
        Status.check(
            NativeApi.conv4j_max_pool2d_forward(
                handle, from, to, toTaps, address(workspace), threads));
        if (taps != null) {
          taps.filled = true;
        }
      } finally {
        release(srcMemory, held > 0);
        release(dstMemory, held > 1);
        release(tapsMemory, held > 2);
        giveBack(workspace);
        Reference.reachabilityFence(this);
      }
    }
  }

  static final class Backward extends Base implements MaxPool2dBackward {
    Backward(Pool2dGeometry geometry, PlanOptions options) {
      super(NativeApi::conv4j_max_pool2d_create, geometry, Direction.BACKWARD_DATA, options);
    }

    @Override
    public void run(Tensor diffDst, MaxPoolOffsets offsets, Tensor diffSrc) {
      TensorChecks.requireShape("diff_dst", diffDst, dstShape, format);
      TensorChecks.requireShape("diff_src", diffSrc, srcShape, format);
      TensorChecks.requireDisjoint("diff_src", diffSrc, "diff_dst", diffDst);
      Offsets taps = own(offsets);
      taps.requireFilled();
      Memory fromMemory = TensorAccess.memory(diffDst);
      Memory toMemory = TensorAccess.memory(diffSrc);
      int threads = threads();
      Memory workspace = leaseWorkspace(threads);
      int held = 0;
      try {
        long from = fromMemory.acquire();
        held = 1;
        long chosen = taps.memory.acquire();
        held = 2;
        long to = toMemory.acquire();
        held = 3;
        Status.check(
            NativeApi.conv4j_max_pool2d_backward(
                handle, from, chosen, to, address(workspace), threads));
      } finally {
        release(fromMemory, held > 0);
        release(taps.memory, held > 1);
        release(toMemory, held > 2);
        giveBack(workspace);
        Reference.reachabilityFence(this);
      }
    }
  }
}
