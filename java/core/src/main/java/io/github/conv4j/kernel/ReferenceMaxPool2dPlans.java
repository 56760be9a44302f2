package io.github.conv4j.kernel;

import io.github.conv4j.LongTensor;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Tensor;
import java.util.Objects;

/** The reference's plans of max and min pooling: {@link ReferenceMaxPool2d} for every element. */
final class ReferenceMaxPool2dPlans {
  private ReferenceMaxPool2dPlans() {}

  /** The tap that every window chooses. */
  static long[] taps(Pool2dGeometry g, Values src, boolean least) {
    long OH = g.oh();
    long OW = g.ow();
    long[] taps = new long[Math.toIntExact(g.n() * g.c() * OH * OW)];
    for (int i = 0; i < taps.length; i++) {
      long plane = i / OW / OH;
      taps[i] =
          ReferenceMaxPool2d.tap(g, src, plane / g.c(), plane % g.c(), i / OW % OH, i % OW, least);
    }
    return taps;
  }

  /** dst. */
  static double[] values(Pool2dGeometry g, Values src, long[] taps, boolean least) {
    long OH = g.oh();
    long OW = g.ow();
    return Elements.all(
        g.n(),
        g.c(),
        OH,
        OW,
        (n, c, oh, ow) -> {
          long tap = taps[(int) (((n * g.c() + c) * OH + oh) * OW + ow)];
          return ReferenceMaxPool2d.value(g, src, tap, n, c, oh, ow, least);
        });
  }

  /** diff_src. */
  static double[] gradients(Pool2dGeometry g, Values diffDst, long[] taps) {
    return Elements.all(
        g.n(),
        g.c(),
        g.ih(),
        g.iw(),
        (n, c, ih, iw) -> ReferenceMaxPool2d.backward(g, diffDst, taps, n, c, ih, iw, false));
  }

  /** The place of every tap within its plane, -1 for none. */
  static long[] indices(Pool2dGeometry g, long[] taps) {
    long OH = g.oh();
    long OW = g.ow();
    long[] indices = new long[taps.length];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = ReferenceMaxPool2d.index(g, taps[i], i / OW % OH, i % OW);
    }
    return indices;
  }

  private abstract static class Base implements Plan {
    final Pool2dGeometry geometry;
    final MemoryFormat format;

    Base(Pool2dGeometry geometry, MemoryFormat format) {
      this.format = format;
      this.geometry = Objects.requireNonNull(geometry, "geometry");
    }

    public Pool2dGeometry geometry() {
      return geometry;
    }

    @Override
    public String algorithm() {
      return ReferenceKernels.NAME;
    }

    @Override
    public String isa() {
      return ReferenceKernels.ISA;
    }

    final Offsets own(MaxPoolOffsets offsets) {
      if (!(offsets instanceof Offsets own)) {
        throw new IllegalArgumentException(
            "the offsets come from another backend than the reference");
      }
      if (!own.geometry.equals(geometry)) {
        throw new IllegalArgumentException(
            "the offsets belong to " + own.geometry + "; the plan is for " + geometry);
      }
      own.requireOpen();
      return own;
    }
  }

  /** The tap of every window, kh*KW + kw or -1. */
  private static final class Offsets implements MaxPoolOffsets {
    final Pool2dGeometry geometry;
    private final MemoryFormat format;
    private volatile boolean closed;
    private volatile long[] taps;

    Offsets(Pool2dGeometry geometry, MemoryFormat format) {
      this.format = format;
      this.geometry = geometry;
    }

    @Override
    public Pool2dGeometry geometry() {
      return geometry;
    }

    @Override
    public void toIndices(LongTensor indices) {
      TensorChecks.requireShape("indices", indices, geometry.dstShape(), format);
      indices.set(ReferenceMaxPool2dPlans.indices(geometry, taps()));
    }

    long[] taps() {
      requireOpen();
      long[] filled = taps;
      if (filled == null) {
        throw new IllegalStateException("no forward run has filled the offsets yet");
      }
      return filled;
    }

    void fill(long[] newTaps) {
      taps = newTaps;
    }

    void requireOpen() {
      if (closed) {
        throw new IllegalStateException("the offsets are closed");
      }
    }

    @Override
    public void close() {
      closed = true;
      taps = null;
    }
  }

  static final class Forward extends Base implements MaxPool2dForward {
    private final boolean least;

    Forward(Pool2dGeometry geometry, boolean least, MemoryFormat format) {
      super(geometry, format);
      this.least = least;
    }

    @Override
    public MaxPoolOffsets newOffsets() {
      return new Offsets(geometry, format);
    }

    @Override
    public void run(Tensor src, Tensor dst, MaxPoolOffsets offsets) {
      TensorChecks.requireShape("src", src, geometry.srcShape(), format);
      TensorChecks.requireShape("dst", dst, geometry.dstShape(), format);
      TensorChecks.requireDisjoint("dst", dst, "src", src);
      Offsets filled = offsets == null ? null : own(offsets);
      Values x = Values.of(src);
      long[] taps = taps(geometry, x, least);
      dst.set(Elements.rounded(values(geometry, x, taps, least)));
      if (filled != null) {
        filled.fill(taps);
      }
    }
  }

  static final class Backward extends Base implements MaxPool2dBackward {
    Backward(Pool2dGeometry geometry, MemoryFormat format) {
      super(geometry, format);
    }

    @Override
    public void run(Tensor diffDst, MaxPoolOffsets offsets, Tensor diffSrc) {
      TensorChecks.requireShape("diff_dst", diffDst, geometry.dstShape(), format);
      TensorChecks.requireShape("diff_src", diffSrc, geometry.srcShape(), format);
      TensorChecks.requireDisjoint("diff_src", diffSrc, "diff_dst", diffDst);
      long[] taps = own(Objects.requireNonNull(offsets, "offsets")).taps();
      diffSrc.set(Elements.rounded(gradients(geometry, Values.of(diffDst), taps)));
    }
  }
}
