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
    float[] x = src.toArray();
    float[] y = new float[Math.toIntExact(dst.elements())];
    long[] chosen = new long[y.length];
    for (int i = 0; i < y.length; i++) {
      long plane = i / g.ow() / g.oh();
      chosen[i] = index(x, plane, i / g.ow() % g.oh(), i % g.ow());
      y[i] = x[(int) (plane * g.ih() * g.iw() + chosen[i])];
    }
    dst.set(y);
    if (indices != null) {
      indices.set(chosen);
    }
  }

  /** The pixel that wins a window: the first of the largest, or the last NaN. */
  private long index(float[] x, long plane, long oh, long ow) {
    AdaptivePool2dGeometry g = geometry;
    long chosen = -1;
    float best = Float.NaN;
    for (long ih = g.rowBegin(oh); ih < g.rowEnd(oh); ih++) {
      for (long iw = g.columnBegin(ow); iw < g.columnEnd(ow); iw++) {
        float pixel = x[(int) ((plane * g.ih() + ih) * g.iw() + iw)];
        if (chosen < 0 || pixel > best || Float.isNaN(pixel)) {
          chosen = ih * g.iw() + iw;
          best = pixel;
        }
      }
    }
    return chosen;
  }
}
