package io.github.conv4j.kernel;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Tensor;
import java.util.Objects;

/** The reference's plans of average pooling: {@link ReferenceAvgPool2d} for every element. */
final class ReferenceAvgPool2dPlans {
  private ReferenceAvgPool2dPlans() {}

  private abstract static class Base implements Plan {
    final PoolWindows geometry;
    final MemoryFormat format;

    Base(PoolWindows geometry, MemoryFormat format) {
      this.format = format;
      this.geometry = Objects.requireNonNull(geometry, "geometry");
    }

    public PoolWindows geometry() {
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
  }

  static final class Forward extends Base implements AvgPool2dForward {
    Forward(PoolWindows geometry, MemoryFormat format) {
      super(geometry, format);
    }

    @Override
    public void run(Tensor src, Tensor dst) {
      TensorChecks.requireShape("src", src, geometry.srcShape(), format);
      TensorChecks.requireShape("dst", dst, geometry.dstShape(), format);
      TensorChecks.requireDisjoint("dst", dst, "src", src);
      float[] x = src.toArray();
      float[] y = new float[Math.toIntExact(dst.elements())];
      int i = 0;
      for (long n = 0; n < geometry.n(); n++) {
        for (long c = 0; c < geometry.c(); c++) {
          for (long oh = 0; oh < geometry.oh(); oh++) {
            for (long ow = 0; ow < geometry.ow(); ow++) {
              y[i++] = (float) ReferenceAvgPool2d.forward(geometry, x, n, c, oh, ow);
            }
          }
        }
      }
      dst.set(y);
    }
  }

  static final class Backward extends Base implements AvgPool2dBackward {
    Backward(PoolWindows geometry, MemoryFormat format) {
      super(geometry, format);
    }

    @Override
    public void run(Tensor diffDst, Tensor diffSrc) {
      TensorChecks.requireShape("diff_dst", diffDst, geometry.dstShape(), format);
      TensorChecks.requireShape("diff_src", diffSrc, geometry.srcShape(), format);
      TensorChecks.requireDisjoint("diff_src", diffSrc, "diff_dst", diffDst);
      float[] dy = diffDst.toArray();
      float[] dx = new float[Math.toIntExact(diffSrc.elements())];
      int i = 0;
      for (long n = 0; n < geometry.n(); n++) {
        for (long c = 0; c < geometry.c(); c++) {
          for (long ih = 0; ih < geometry.ih(); ih++) {
            for (long iw = 0; iw < geometry.iw(); iw++) {
              dx[i++] = (float) ReferenceAvgPool2d.backward(geometry, dy, n, c, ih, iw);
            }
          }
        }
      }
      diffSrc.set(dx);
    }
  }
}
