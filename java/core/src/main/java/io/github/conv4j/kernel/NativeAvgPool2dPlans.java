package io.github.conv4j.kernel;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.internal.Memory;
import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.internal.Status;
import io.github.conv4j.internal.TensorAccess;
import java.lang.ref.Reference;
import java.util.Objects;

/** The plans of average pooling on native kernels. A run that succeeds allocates nothing. */
final class NativeAvgPool2dPlans {
  private NativeAvgPool2dPlans() {}

  /** One of the functions of conv4j.h that run a plan from one tensor to another. */
  private interface Execution {
    int run(long plan, long from, long to, long workspace, long threads);
  }

  private abstract static class Base extends NativePlan {
    private final PoolWindows geometry;
    final Shape srcShape;
    final Shape dstShape;

    Base(PoolWindows geometry, Direction direction, PlanOptions options) {
      super(create(geometry, direction, options), options);
      this.geometry = geometry;
      this.srcShape = geometry.srcShape();
      this.dstShape = geometry.dstShape();
    }

    private static long create(PoolWindows geometry, Direction direction, PlanOptions options) {
      Objects.requireNonNull(geometry, "geometry");
      if (geometry instanceof AvgPool2dGeometry fixed) {
        return createPooling(
            NativeApi::conv4j_avg_pool2d_create, fixed.toArray(), direction, options);
      }
      long[] extents = ((AdaptivePool2dGeometry) geometry).toArray();
      return createPooling(
          NativeApi::conv4j_adaptive_avg_pool2d_create, extents, direction, options);
    }

    public PoolWindows geometry() {
      return geometry;
    }

    final void run(Execution execution, Tensor from, Tensor to) {
      Memory fromMemory = TensorAccess.memory(from);
      Memory toMemory = TensorAccess.memory(to);
      int threads = threads();
      Memory workspace = leaseWorkspace(threads);
      int held = 0;
      try {
        long fromAddress = fromMemory.acquire();
        held = 1;
        long toAddress = toMemory.acquire();
        held = 2;
        Status.check(execution.run(handle, fromAddress, toAddress, address(workspace), threads));
      } finally {
        release(fromMemory, held > 0);
        release(toMemory, held > 1);
        giveBack(workspace);
        Reference.reachabilityFence(this);
      }
    }
  }

  static final class Forward extends Base implements AvgPool2dForward {
    Forward(PoolWindows geometry, PlanOptions options) {
      super(geometry, Direction.FORWARD, options);
    }

    @Override
    public void run(Tensor src, Tensor dst) {
      TensorChecks.requireShape("src", src, srcShape, format);
      TensorChecks.requireShape("dst", dst, dstShape, format);
      TensorChecks.requireDisjoint("dst", dst, "src", src);
      run(NativeApi::conv4j_avg_pool2d_forward, src, dst);
    }
  }

  static final class Backward extends Base implements AvgPool2dBackward {
    Backward(PoolWindows geometry, PlanOptions options) {
      super(geometry, Direction.BACKWARD_DATA, options);
    }

    @Override
    public void run(Tensor diffDst, Tensor diffSrc) {
      TensorChecks.requireShape("diff_dst", diffDst, dstShape, format);
      TensorChecks.requireShape("diff_src", diffSrc, srcShape, format);
      TensorChecks.requireDisjoint("diff_src", diffSrc, "diff_dst", diffDst);
      run(NativeApi::conv4j_avg_pool2d_backward, diffDst, diffSrc);
    }
  }
}
