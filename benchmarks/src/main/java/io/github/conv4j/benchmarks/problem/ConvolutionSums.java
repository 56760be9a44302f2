package io.github.conv4j.benchmarks.problem;

import io.github.conv4j.kernel.Conv2dGeometry;

/** Single elements of a convolution's results, as the equations have them, summed in double. */
final class ConvolutionSums {
  private final Conv2dGeometry g;
  private final int oh;
  private final int ow;
  private final int icg;
  private final int ocg;

  ConvolutionSums(Conv2dGeometry geometry) {
    g = geometry;
    oh = (int) g.oh();
    ow = (int) g.ow();
    icg = (int) (g.ic() / g.g());
    ocg = (int) (g.oc() / g.g());
  }

  /** dst at a position of [N, OC, OH, OW]. */
  double forward(float[] src, float[] weights, long position) {
    int x = (int) (position % ow);
    int y = (int) (position / ow % oh);
    int oc = (int) (position / ((long) ow * oh) % g.oc());
    long n = position / ((long) ow * oh * g.oc());
    double sum = 0;
    for (int ic = 0; ic < icg; ic++) {
      long plane = (n * g.ic() + oc / ocg * icg + ic) * g.ih() * g.iw();
      for (int kh = 0; kh < g.kh(); kh++) {
        long ih = y * g.sh() - g.pt() + kh * g.dh();
        for (int kw = 0; kw < g.kw(); kw++) {
          long iw = x * g.sw() - g.pl() + kw * g.dw();
          if (inside(ih, iw)) {
            sum += (double) weights[weight(oc, ic, kh, kw)] * src[(int) (plane + ih * g.iw() + iw)];
          }
        }
      }
    }
    return sum;
  }

  /** diff_src at a position of [N, IC, IH, IW]. */
  double backwardData(float[] weights, float[] diffDst, long position) {
    long iw = position % g.iw();
    long ih = position / g.iw() % g.ih();
    int ic = (int) (position / (g.iw() * g.ih()) % g.ic());
    long n = position / (g.iw() * g.ih() * g.ic());
    int group = ic / icg;
    double sum = 0;
    for (int kh = 0; kh < g.kh(); kh++) {
      int y = output(ih + g.pt() - kh * g.dh(), g.sh(), oh);
      for (int kw = 0; kw < g.kw(); kw++) {
        int x = output(iw + g.pl() - kw * g.dw(), g.sw(), ow);
        for (int oc = group * ocg; y >= 0 && x >= 0 && oc < (group + 1) * ocg; oc++) {
          sum +=
              (double) weights[weight(oc, ic % icg, kh, kw)]
                  * diffDst[(int) (((n * g.oc() + oc) * oh + y) * ow + x)];
        }
      }
    }
    return sum;
  }

  /** diff_weights at a position of [OC, IC/G, KH, KW]. */
  double backwardWeights(float[] src, float[] diffDst, long position) {
    int kw = (int) (position % g.kw());
    int kh = (int) (position / g.kw() % g.kh());
    int ic = (int) (position / (g.kw() * g.kh()) % icg);
    int oc = (int) (position / (g.kw() * g.kh() * icg));
    double sum = 0;
    for (long n = 0; n < g.n(); n++) {
      long from = (n * g.ic() + oc / ocg * icg + ic) * g.ih() * g.iw();
      long to = (n * g.oc() + oc) * oh * ow;
      for (int y = 0; y < oh; y++) {
        long ih = y * g.sh() - g.pt() + kh * g.dh();
        for (int x = 0; x < ow; x++) {
          long iw = x * g.sw() - g.pl() + kw * g.dw();
          if (inside(ih, iw)) {
            sum +=
                (double) src[(int) (from + ih * g.iw() + iw)]
                    * diffDst[(int) (to + (long) y * ow + x)];
          }
        }
      }
    }
    return sum;
  }

  private boolean inside(long ih, long iw) {
    return ih >= 0 && ih < g.ih() && iw >= 0 && iw < g.iw();
  }

  private int weight(int oc, int ic, int kh, int kw) {
    return (int) (((oc * (long) icg + ic) * g.kh() + kh) * g.kw() + kw);
  }

  /** The output whose window begins so many pixels behind the first one's, or -1. */
  private static int output(long distance, long stride, int outputs) {
    return distance >= 0 && distance % stride == 0 && distance / stride < outputs
        ? (int) (distance / stride)
        : -1;
  }
}
