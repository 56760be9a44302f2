package io.github.conv4j.kernel;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.internal.Memory;
import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.internal.Status;
import io.github.conv4j.internal.TensorAccess;
import java.lang.ref.Reference;

/** The plan of adaptive max pooling on native kernels. A run that succeeds allocates nothing. */
final class NativeAdaptiveMaxPool2d extends NativePlan implements AdaptiveMaxPool2dForward {
  private final AdaptivePool2dGeometry geometry;
  private final Shape srcShape;
  private final Shape dstShape;

  NativeAdaptiveMaxPool2d(AdaptivePool2dGeometry geometry, PlanOptions options) {
    super(
        createPooling(
            NativeApi::conv4j_adaptive_max_pool2d_create,
            geometry.toArray(),
            Direction.FORWARD,
            options),
        options);
    this.geometry = geometry;
    this.srcShape = geometry.srcShape();
    this.dstShape = geometry.dstShape();
  }

  @Override
  public AdaptivePool2dGeometry geometry() {
    return geometry;
  }

  @Override
  public void run(Tensor src, Tensor dst, LongTensor indices) {
    TensorChecks.requireShape("src", src, srcShape, format);
    TensorChecks.requireShape("dst", dst, dstShape, format);
    if (indices != null) {
      TensorChecks.requireShape("indices", indices, dstShape, format);
    }
    TensorChecks.requireDisjoint("dst", dst, "src", src);
    Memory srcMemory = TensorAccess.memory(src);
    Memory dstMemory = TensorAccess.memory(dst);
    Memory indexMemory = indices == null ? null : TensorAccess.memory(indices);
    int threads = threads();
    Memory workspace = leaseWorkspace(threads);
    int held = 0;
    try {
      long from = srcMemory.acquire();
      held = 1;
      long to = dstMemory.acquire();
      held = 2;
      long toIndices = indexMemory == null ? 0 : indexMemory.acquire();
      held = 3;
      Status.check(
          NativeApi.conv4j_adaptive_max_pool2d_forward(
              handle, from, to, toIndices, address(workspace), threads));
    } finally {
      release(srcMemory, held > 0);
      release(dstMemory, held > 1);
      release(indexMemory, held > 2);
      giveBack(workspace);
      Reference.reachabilityFence(this);
    }
  }
}
