package io.github.conv4j.kernel;

/**
 * The loops of convolution: what {@link ReferencePaddedConv2d} documents, of floats or of doubles,
 * and with its passes exchanged {@link ReferenceConvTranspose2d}.
 *
 * <p>One element of one result at a time, gathered from everything that contributes to it, summed
 * in double. A fast path, a tile or a padded image has no place here. Arguments are not checked:
 * that is done where they come in.
 */
final class Correlation {
  final PaddingMode mode;
  final long N;
  final long IC;
  final long IH;
  final long IW;
  final long OC;
  final long OH;
  final long OW;
  final long KH;
  final long KW;
  final long SH;
  final long SW;
  final long PT;
  final long PL;
  final long DH;
  final long DW;
  final long groupIC;
  final long groupOC;

  /** The convolution from src to dst. */
  Correlation(Conv2dGeometry g, PaddingMode mode) {
    this.mode = mode;
    N = g.n();
    IC = g.ic();
    IH = g.ih();
    IW = g.iw();
    OC = g.oc();
    OH = g.oh();
    OW = g.ow();
    KH = g.kh();
    KW = g.kw();
    SH = g.sh();
    SW = g.sw();
    PT = g.pt();
    PL = g.pl();
    DH = g.dh();
    DW = g.dw();
    groupIC = IC / g.g();
    groupOC = OC / g.g();
  }

  /** The convolution of which a transposed one is the gradient: from its dst to its src. */
  Correlation(ConvTranspose2dGeometry g) {
    mode = PaddingMode.ZEROS;
    N = g.n();
    IC = g.oc();
    IH = g.oh();
    IW = g.ow();
    OC = g.ic();
    OH = g.ih();
    OW = g.iw();
    KH = g.kh();
    KW = g.kw();
    SH = g.sh();
    SW = g.sw();
    PT = g.pt();
    PL = g.pl();
    DH = g.dh();
    DW = g.dw();
    groupIC = IC / g.g();
    groupOC = OC / g.g();
  }

  /** {@code start} + the sum of weights * src over ic of the group, kh and kw. */
  double forward(
      double start,
      Values src,
      Values weights,
      long n,
      long oc,
      long oh,
      long ow,
      boolean absolute) {
    long firstIC = oc / groupOC * groupIC;
    double sum = start;
    for (long ic = 0; ic < groupIC; ic++) {
      for (long kh = 0; kh < KH; kh++) {
        long ih = mode.source(oh * SH - PT + kh * DH, IH);
        if (ih < 0) {
          continue;
        }
        long srcRow = ((n * IC + firstIC + ic) * IH + ih) * IW;
        long weightsRow = ((oc * groupIC + ic) * KH + kh) * KW;
        for (long kw = 0; kw < KW; kw++) {
          long iw = mode.source(ow * SW - PL + kw * DW, IW);
          if (iw < 0) {
            continue;
          }
          double product = weights.at(weightsRow + kw) * src.at(srcRow + iw);
          sum += absolute ? Math.abs(product) : product;
        }
      }
    }
    return sum;
  }

  /**
   * {@code start} + the sum of weights * diff_dst over everything that read the pixel (ih, iw),
   * where it lies and where the padding holds a copy of it.
   */
  double backwardData(
      double start,
      Values diffDst,
      Values weights,
      long n,
      long ic,
      long ih,
      long iw,
      boolean absolute) {
    boolean copies = mode != PaddingMode.ZEROS;
    long top = copies ? -PT : ih;
    long bottom = copies ? (OH - 1) * SH - PT + (KH - 1) * DH : ih;
    long left = copies ? -PL : iw;
    long right = copies ? (OW - 1) * SW - PL + (KW - 1) * DW : iw;
    double sum = start;
    for (long h = top; h <= bottom; h++) {
      if (mode.source(h, IH) != ih) {
        continue;
      }
      for (long w = left; w <= right; w++) {
        if (mode.source(w, IW) == iw) {
          sum = addReaders(sum, diffDst, weights, n, ic, h, w, absolute);
        }
      }
    }
    return sum;
  }

  /** Adds weights * diff_dst of the taps that lie on (h, w), which may be in the padding. */
  private double addReaders(
      double start,
      Values diffDst,
      Values weights,
      long n,
      long ic,
      long h,
      long w,
      boolean absolute) {
    long firstOC = ic / groupIC * groupOC;
    long weightsIC = ic % groupIC;
    double sum = start;
    for (long kh = 0; kh < KH; kh++) {
      long above = h + PT - kh * DH;
      if (above < 0 || above % SH != 0 || above / SH >= OH) {
        continue;
      }
      long oh = above / SH;
      for (long kw = 0; kw < KW; kw++) {
        long before = w + PL - kw * DW;
        if (before < 0 || before % SW != 0 || before / SW >= OW) {
          continue;
        }
        long ow = before / SW;
        for (long oc = firstOC; oc < firstOC + groupOC; oc++) {
          long tap = ((oc * groupIC + weightsIC) * KH + kh) * KW + kw;
          double product = weights.at(tap) * diffDst.at(((n * OC + oc) * OH + oh) * OW + ow);
          sum += absolute ? Math.abs(product) : product;
        }
      }
    }
    return sum;
  }

  /** The sum of src * diff_dst over n, oh and ow. */
  double backwardWeights(
      Values src, Values diffDst, long oc, long ic, long kh, long kw, boolean absolute) {
    long sourceIC = oc / groupOC * groupIC + ic;
    double sum = 0;
    for (long n = 0; n < N; n++) {
      for (long oh = 0; oh < OH; oh++) {
        long ih = mode.source(oh * SH - PT + kh * DH, IH);
        if (ih < 0) {
          continue;
        }
        long srcRow = ((n * IC + sourceIC) * IH + ih) * IW;
        long dstRow = ((n * OC + oc) * OH + oh) * OW;
        for (long ow = 0; ow < OW; ow++) {
          long iw = mode.source(ow * SW - PL + kw * DW, IW);
          if (iw < 0) {
            continue;
          }
          double product = src.at(srcRow + iw) * diffDst.at(dstRow + ow);
          sum += absolute ? Math.abs(product) : product;
        }
      }
    }
    return sum;
  }

  /** What a sum over an output channel starts with: its bias, 0 where there is none. */
  static double bias(Values bias, long oc, boolean absolute) {
    double start = bias == null ? 0 : bias.at(oc);
    return absolute ? Math.abs(start) : start;
  }

  /** The sum of channel c of a dense [N, C, pixels] over its images and pixels. */
  static double channelSum(Values x, long N, long C, long pixels, long c, boolean absolute) {
    double sum = 0;
    for (long n = 0; n < N; n++) {
      for (long i = 0; i < pixels; i++) {
        double value = x.at((n * C + c) * pixels + i);
        sum += absolute ? Math.abs(value) : value;
      }
    }
    return sum;
  }
}
