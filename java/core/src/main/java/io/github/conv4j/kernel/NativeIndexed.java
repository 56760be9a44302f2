package io.github.conv4j.kernel;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Tensor;
import io.github.conv4j.internal.Memory;
import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.internal.Status;
import io.github.conv4j.internal.TensorAccess;

/** Elements moved by indices on native kernels; these check the indices before they write. */
final class NativeIndexed {
  private NativeIndexed() {}

  private interface Move {
    int run(
        long planes,
        long channels,
        long small,
        long large,
        long from,
        long indices,
        long to,
        long threads);
  }

  static void scatter(Tensor src, LongTensor indices, Tensor dst) {
    IndexedPlanes.requireScatter("src", src, indices, "dst", dst);
    run(NativeApi::conv4j_scatter, src, dst, src, indices, dst);
  }

  static void scatterAdd(Tensor diffDst, LongTensor indices, Tensor diffSrc) {
    IndexedPlanes.requireScatter("diff_dst", diffDst, indices, "diff_src", diffSrc);
    run(NativeApi::conv4j_scatter_add, diffDst, diffSrc, diffDst, indices, diffSrc);
  }

  static void gather(Tensor diffDst, LongTensor indices, Tensor diffSrc) {
    IndexedPlanes.requireGather("diff_dst", diffDst, indices, "diff_src", diffSrc);
    run(NativeApi::conv4j_gather, diffSrc, diffDst, diffDst, indices, diffSrc);
  }

  private static void run(
      Move move, Tensor small, Tensor large, Tensor from, LongTensor indices, Tensor to) {
    Memory fromMemory = TensorAccess.memory(from);
    Memory indexMemory = TensorAccess.memory(indices);
    Memory toMemory = TensorAccess.memory(to);
    int held = 0;
    try {
      long fromAddress = fromMemory.acquire();
      held = 1;
      long indexAddress = indexMemory.acquire();
      held = 2;
      long toAddress = toMemory.acquire();
      held = 3;
      Status.check(
          move.run(
              IndexedPlanes.planes(small),
              IndexedPlanes.channels(small),
              IndexedPlanes.pixels(small),
              IndexedPlanes.pixels(large),
              fromAddress,
              indexAddress,
              toAddress,
              NativePlan.threads()));
    } finally {
      NativePlan.release(fromMemory, held > 0);
      NativePlan.release(indexMemory, held > 1);
      NativePlan.release(toMemory, held > 2);
    }
  }
}
