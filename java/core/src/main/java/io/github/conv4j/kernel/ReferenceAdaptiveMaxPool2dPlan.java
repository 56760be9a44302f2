package io.github.conv4j.kernel;

import io.github.conv4j.LongTensor;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Tensor;
import java.util.Objects;

/** The reference's plan of adaptive max pooling. */
final class ReferenceAdaptiveMaxPool2dPlan implements AdaptiveMaxPool2dForward {
  private final AdaptivePool2dGeometry geometry;
  private final MemoryFormat format;

  ReferenceAdaptiveMaxPool2dPlan(AdaptivePool2dGeometry geometry, MemoryFormat format) {
    this.format = format;
    this.geometry = Objects.requireNonNull(geometry, "geometry");
  }

  @Override
  public AdaptivePool2dGeometry geometry() {
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

  @Override
  public void run(Tensor src, Tensor dst, LongTensor indices) {
    AdaptivePool2dGeometry g = geometry;
    TensorChecks.requireShape("src", src, g.srcShape(), format);
    TensorChecks.requireShape("dst", dst, g.dstShape(), format);
    if (indices != null) {
      TensorChecks.requireShape("indices", indices, g.dstShape(), format);
    }
    TensorChecks.requireDisjoint("dst", dst, "src", src);
    Values x = Values.of(src);
    long[] chosen = indices(g, x);
    dst.set(Elements.rounded(values(g, x, chosen)));
    if (indices != null) {
      indices.set(chosen);
    }
  }

  /** The pixel that wins each window: the first of the largest, or the last NaN. */
  static long[] indices(AdaptivePool2dGeometry g, Values src) {
    long[] indices = new long[Math.toIntExact(g.n() * g.c() * g.oh() * g.ow())];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = index(g, src, i / g.ow() / g.oh(), i / g.ow() % g.oh(), i % g.ow());
    }
    return indices;
  }

  /** dst. */
  static double[] values(AdaptivePool2dGeometry g, Values src, long[] indices) {
    return ReferenceIndexed.gather(indices, g.oh() * g.ow(), g.ih() * g.iw(), src);
  }

  private static long index(AdaptivePool2dGeometry g, Values src, long plane, long oh, long ow) {
    long chosen = -1;
    double best = Double.NaN;
    for (long ih = g.rowBegin(oh); ih < g.rowEnd(oh); ih++) {
      for (long iw = g.columnBegin(ow); iw < g.columnEnd(ow); iw++) {
        double pixel = src.at((plane * g.ih() + ih) * g.iw() + iw);
        if (chosen < 0 || pixel > best || Double.isNaN(pixel)) {
          chosen = ih * g.iw() + iw;
          best = pixel;
        }
      }
    }
    return chosen;
  }
}
