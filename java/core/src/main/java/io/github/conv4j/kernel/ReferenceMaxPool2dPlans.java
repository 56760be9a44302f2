package io.github.conv4j.kernel;

import io.github.conv4j.LongTensor;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Tensor;
import java.util.Objects;

/** The reference's plans of max and min pooling: {@link ReferenceMaxPool2d} for every element. */
final class ReferenceMaxPool2dPlans {
  private ReferenceMaxPool2dPlans() {}

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
      long[] filled = taps();
      long[] values = new long[filled.length];
      long OH = geometry.oh();
      long OW = geometry.ow();
      for (int i = 0; i < values.length; i++) {
        values[i] = ReferenceMaxPool2d.index(geometry, filled[i], i / OW % OH, i % OW);
      }
      indices.set(values);
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
      float[] x = src.toArray();
      float[] y = new float[Math.toIntExact(dst.elements())];
      long[] taps = new long[y.length];
      int i = 0;
      for (long n = 0; n < geometry.n(); n++) {
        for (long c = 0; c < geometry.c(); c++) {
          for (long oh = 0; oh < geometry.oh(); oh++) {
            for (long ow = 0; ow < geometry.ow(); ow++) {
              if (least) {
                taps[i] = ReferenceMaxPool2d.minTap(geometry, x, n, c, oh, ow);
                y[i] = ReferenceMaxPool2d.minValue(geometry, x, taps[i], n, c, oh, ow);
              } else {
                taps[i] = ReferenceMaxPool2d.tap(geometry, x, n, c, oh, ow);
                y[i] = ReferenceMaxPool2d.value(geometry, x, taps[i], n, c, oh, ow);
              }
              i++;
            }
          }
        }
      }
      dst.set(y);
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
      float[] dy = diffDst.toArray();
      float[] dx = new float[Math.toIntExact(diffSrc.elements())];
      int i = 0;
      for (long n = 0; n < geometry.n(); n++) {
        for (long c = 0; c < geometry.c(); c++) {
          for (long ih = 0; ih < geometry.ih(); ih++) {
            for (long iw = 0; iw < geometry.iw(); iw++) {
              dx[i++] = (float) ReferenceMaxPool2d.backward(geometry, dy, taps, n, c, ih, iw);
            }
          }
        }
      }
      diffSrc.set(dx);
    }
  }
}
