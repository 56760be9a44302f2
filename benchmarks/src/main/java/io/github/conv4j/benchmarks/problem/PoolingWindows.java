package io.github.conv4j.benchmarks.problem;

import io.github.conv4j.kernel.Pool2dGeometry;

/** Single elements of a pooling's results, in double. */
final class PoolingWindows {
  private final Pool2dGeometry g;
  private final boolean max;
  private final float[] src;

  /** One window: its largest pixel and where that lies in the plane, its sum and divisor. */
  private record Window(double maximum, long winner, double sum, double divisor) {}

  PoolingWindows(Pool2dGeometry geometry, boolean max, float[] src) {
    this.g = geometry;
    this.max = max;
    this.src = src;
  }

  /** dst at a position of [N, C, OH, OW]. */
  double forward(long position) {
    long outputs = g.oh() * g.ow();
    Window window = window(position / outputs, position % outputs / g.ow(), position % g.ow());
    return max ? window.maximum : window.sum / window.divisor;
  }

  /** diff_src at a position of [N, C, IH, IW]. */
  double backwardData(float[] diffDst, long position) {
    long pixel = position % (g.ih() * g.iw());
    long plane = position / (g.ih() * g.iw());
    double sum = 0;
    for (long kh = 0; kh < g.kh(); kh++) {
      long oh = output(pixel / g.iw() + g.pt() - kh * g.dh(), g.sh(), g.oh());
      for (long kw = 0; kw < g.kw(); kw++) {
        long ow = output(pixel % g.iw() + g.pl() - kw * g.dw(), g.sw(), g.ow());
        if (oh >= 0 && ow >= 0) {
          double gradient = diffDst[(int) ((plane * g.oh() + oh) * g.ow() + ow)];
          Window window = window(plane, oh, ow);
          if (!max) {
            sum += gradient / window.divisor;
          } else if (window.winner == pixel) {
            sum += gradient;
          }
        }
      }
    }
    return sum;
  }

  private Window window(long plane, long oh, long ow) {
    long top = oh * g.sh() - g.pt();
    long left = ow * g.sw() - g.pl();
    double maximum = Double.NEGATIVE_INFINITY;
    double sum = 0;
    long winner = -1;
    for (long ih = top; ih <= top + (g.kh() - 1) * g.dh(); ih += g.dh()) {
      for (long iw = left; iw <= left + (g.kw() - 1) * g.dw(); iw += g.dw()) {
        if (ih >= 0 && ih < g.ih() && iw >= 0 && iw < g.iw()) {
          double value = src[(int) ((plane * g.ih() + ih) * g.iw() + iw)];
          sum += value;
          winner = value > maximum ? ih * g.iw() + iw : winner;
          maximum = Math.max(maximum, value);
        }
      }
    }
    double height = Math.min(top + g.kh(), g.ih() + g.pb()) - top;
    double width = Math.min(left + g.kw(), g.iw() + g.pr()) - left;
    return new Window(maximum, winner, sum, height * width);
  }

  private static long output(long distance, long stride, long outputs) {
    return distance >= 0 && distance % stride == 0 && distance / stride < outputs
        ? distance / stride
        : -1;
  }
}
