package io.github.conv4j.kernel;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Tensor;
import java.util.Objects;

/** The reference's plans of average pooling: {@link ReferenceAvgPool2d} for every element. */
final class ReferenceAvgPool2dPlans {
  private ReferenceAvgPool2dPlans() {}

  /** dst. */
  static double[] averages(PoolWindows g, Values src) {
    return Elements.all(
        g.n(),
        g.c(),
        g.oh(),
        g.ow(),
        (n, c, oh, ow) -> ReferenceAvgPool2d.forward(g, src, n, c, oh, ow));
  }

  /** diff_src. */
  static double[] gradients(PoolWindows g, Values diffDst) {
    return Elements.all(
        g.n(),
        g.c(),
        g.ih(),
        g.iw(),
        (n, c, ih, iw) -> ReferenceAvgPool2d.backward(g, diffDst, n, c, ih, iw, false));
  }

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
      dst.set(Elements.rounded(averages(geometry, Values.of(src))));
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
      diffSrc.set(Elements.rounded(gradients(geometry, Values.of(diffDst))));
    }
  }
}
