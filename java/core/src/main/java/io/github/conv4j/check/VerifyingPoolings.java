package io.github.conv4j.check;

import io.github.conv4j.LongTensor;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.AdaptiveMaxPool2dForward;
import io.github.conv4j.kernel.AdaptivePool2dGeometry;
import io.github.conv4j.kernel.AvgPool2dBackward;
import io.github.conv4j.kernel.AvgPool2dForward;
import io.github.conv4j.kernel.Candidate;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.MaxPool2dBackward;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.MaxPoolOffsets;
import io.github.conv4j.kernel.Plan;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.PoolWindows;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Plans of poolings that compare each run with the reference. */
final class VerifyingPoolings {
  private VerifyingPoolings() {}

  private abstract static class Base<P extends Plan> implements Plan {
    final P tested;
    final P reference;
    final KernelCase shape;
    private final Verifier verifier;

    Base(P tested, P reference, KernelCase shape, Verifier verifier) {
      this.tested = tested;
      this.reference = reference;
      this.shape = shape;
      this.verifier = verifier;
    }

    @Override
    public final String algorithm() {
      return tested.algorithm();
    }

    @Override
    public final String isa() {
      return tested.isa();
    }

    @Override
    public final List<Candidate> candidates() {
      return tested.candidates();
    }

    @Override
    public final long workspaceBytes(int threads) {
      return tested.workspaceBytes(threads);
    }

    @Override
    public final long preparedBytes() {
      return tested.preparedBytes();
    }

    final VerifiedCall call(Direction direction) {
      return verifier.call(Calls.of(shape, direction, tested));
    }
  }

  /** What both sides chose, and how the images lay. */
  private record Offsets(MaxPoolOffsets tested, MaxPoolOffsets reference, MemoryFormat format)
      implements MaxPoolOffsets {
    @Override
    public Pool2dGeometry geometry() {
      return tested.geometry();
    }

    @Override
    public void toIndices(LongTensor indices) {
      tested.toIndices(indices);
    }

    long[] indices(MaxPoolOffsets offsets) {
      try (LongTensor indices = LongTensor.zeros(offsets.geometry().dstShape(), format)) {
        offsets.toIndices(indices);
        return indices.toArray();
      }
    }

    @Override
    public void close() {
      tested.close();
      reference.close();
    }
  }

  static final class ExtremeForward extends Base<MaxPool2dForward> implements MaxPool2dForward {
    private final MemoryFormat format;

    ExtremeForward(
        MaxPool2dForward tested,
        MaxPool2dForward reference,
        KernelCase shape,
        MemoryFormat format,
        Verifier verifier) {
      super(tested, reference, shape, verifier);
      this.format = format;
    }

    @Override
    public Pool2dGeometry geometry() {
      return tested.geometry();
    }

    @Override
    public MaxPoolOffsets newOffsets() {
      return new Offsets(tested.newOffsets(), reference.newOffsets(), format);
    }

    @Override
    public void run(Tensor src, Tensor dst, MaxPoolOffsets offsets) {
      Offsets own = offsets == null ? null : own(offsets);
      VerifiedCall call =
          call(Direction.FORWARD).source("src", src).result("dst", dst, Bound.EQUAL);
      if (own != null) {
        call.chosen(
            "indices",
            geometry().dstShape(),
            () -> own.indices(own.tested),
            () -> own.indices(own.reference));
      }
      call.run(
          () -> tested.run(src, dst, own == null ? null : own.tested),
          r -> reference.run(r.tensor("src"), r.tensor("dst"), own == null ? null : own.reference));
    }
  }

  private static Offsets own(MaxPoolOffsets offsets) {
    if (offsets instanceof Offsets own) {
      return own;
    }
    throw new IllegalArgumentException("the offsets come from another backend");
  }

  static final class ExtremeBackward extends Base<MaxPool2dBackward> implements MaxPool2dBackward {
    ExtremeBackward(MaxPool2dBackward tested, MaxPool2dBackward reference, Verifier verifier) {
      super(tested, reference, new MaxPool2dCase("call", tested.geometry()), verifier);
    }

    @Override
    public Pool2dGeometry geometry() {
      return tested.geometry();
    }

    @Override
    public void run(Tensor diffDst, MaxPoolOffsets offsets, Tensor diffSrc) {
      Offsets own = own(Objects.requireNonNull(offsets, "offsets"));
      // What was chosen is an operand, too: the same for both sides, or the forward run objected.
      call(Direction.BACKWARD_DATA)
          .source("diff_dst", diffDst)
          .result("diff_src", diffSrc, Bound.sum(geometry().kh() * geometry().kw()))
          .chosen(
              "indices",
              geometry().dstShape(),
              () -> own.indices(own.tested),
              () -> own.indices(own.reference))
          .run(
              () -> tested.run(diffDst, own.tested, diffSrc),
              r -> reference.run(r.tensor("diff_dst"), own.reference, r.tensor("diff_src")));
    }
  }

  static final class AverageForward extends Base<AvgPool2dForward> implements AvgPool2dForward {
    AverageForward(AvgPool2dForward tested, AvgPool2dForward reference, Verifier verifier) {
      super(tested, reference, new AvgPool2dCase("call", tested.geometry()), verifier);
    }

    @Override
    public PoolWindows geometry() {
      return tested.geometry();
    }

    @Override
    public void run(Tensor src, Tensor dst) {
      long pixels = largestWindow(geometry());
      call(Direction.FORWARD)
          .source("src", src)
          .result("dst", dst, Bound.sum(pixels + 1))
          .run(() -> tested.run(src, dst), r -> reference.run(r.tensor("src"), r.tensor("dst")));
    }
  }

  /** Pixels of the largest window. */
  private static long largestWindow(PoolWindows windows) {
    long rows = 1;
    for (long oh = 0; oh < windows.oh(); oh++) {
      rows = Math.max(rows, windows.rowEnd(oh) - windows.rowBegin(oh));
    }
    long columns = 1;
    for (long ow = 0; ow < windows.ow(); ow++) {
      columns = Math.max(columns, windows.columnEnd(ow) - windows.columnBegin(ow));
    }
    return rows * columns;
  }

  static final class AverageBackward extends Base<AvgPool2dBackward> implements AvgPool2dBackward {
    AverageBackward(AvgPool2dBackward tested, AvgPool2dBackward reference, Verifier verifier) {
      super(tested, reference, new AvgPool2dCase("call", tested.geometry()), verifier);
    }

    @Override
    public PoolWindows geometry() {
      return tested.geometry();
    }

    @Override
    public void run(Tensor diffDst, Tensor diffSrc) {
      call(Direction.BACKWARD_DATA)
          .source("diff_dst", diffDst)
          .result("diff_src", diffSrc, Bound.roundedSum(ErrorBound.MOST_SUMMANDS))
          .run(
              () -> tested.run(diffDst, diffSrc),
              r -> reference.run(r.tensor("diff_dst"), r.tensor("diff_src")));
    }
  }

  static final class AdaptiveMaxForward extends Base<AdaptiveMaxPool2dForward>
      implements AdaptiveMaxPool2dForward {
    AdaptiveMaxForward(
        AdaptiveMaxPool2dForward tested, AdaptiveMaxPool2dForward reference, Verifier verifier) {
      super(tested, reference, new AdaptiveMaxPool2dCase("call", tested.geometry()), verifier);
    }

    @Override
    public AdaptivePool2dGeometry geometry() {
      return tested.geometry();
    }

    @Override
    public void run(Tensor src, Tensor dst, LongTensor indices) {
      VerifiedCall call =
          call(Direction.FORWARD).source("src", src).result("dst", dst, Bound.EQUAL);
      Shape shape = geometry().dstShape();
      long[] wanted = indices == null ? null : new long[Math.toIntExact(shape.elements())];
      if (indices != null) {
        Arrays.fill(wanted, -1);
        call.chosen("indices", shape, indices::toArray, () -> wanted);
      }
      call.run(
          () -> tested.run(src, dst, indices),
          r -> {
            try (LongTensor expected =
                indices == null ? null : LongTensor.zeros(shape, indices.memoryFormat())) {
              reference.run(r.tensor("src"), r.tensor("dst"), expected);
              if (expected != null && !r.isAbsolute()) {
                System.arraycopy(expected.toArray(), 0, wanted, 0, wanted.length);
              }
            }
          });
    }
  }
}
