package io.github.conv4j.kernel;

/**
 * The convolution of {@link Conv2dGeometry} with any {@link PaddingMode}, one element at a time: a
 * tap outside the image reads the pixel that {@link PaddingMode#source} names. No padded image is
 * made, neither forward nor backward, so that kernels that make one are checked by something else.
 *
 * <p>For zeros it is {@link ReferenceConv2d}, whose description of arrays, magnitudes and
 * exceptions holds here, too. The gradient of the bias does not depend on the padding.
 */
public final class ReferencePaddedConv2d {
  private ReferencePaddedConv2d() {}

  /**
   * One element of dst: bias[oc] + the sum of weights[oc,ic,kh,kw] * src[n,group*IC/G+ic,h,w], h
   * being the source of oh*SH-PT+kh*DH and w that of ow*SW-PL+kw*DW.
   *
   * @param g the extents
   * @param mode what lies outside the image
   * @param src [N, IC, IH, IW]
   * @param weights [OC, IC/G, KH, KW]
   * @param bias [OC], or null for none
   * @param n image
   * @param oc output channel
   * @param oh row of dst
   * @param ow column of dst
   */
  public static double forward(
      Conv2dGeometry g,
      PaddingMode mode,
      float[] src,
      float[] weights,
      float[] bias,
      long n,
      long oc,
      long oh,
      long ow) {
    return mode == PaddingMode.ZEROS
        ? ReferenceConv2d.forward(g, src, weights, bias, n, oc, oh, ow)
        : forward(g, mode, src, weights, bias, n, oc, oh, ow, false);
  }

  /** The sum of {@link #forward} over absolute values. */
  public static double forwardMagnitude(
      Conv2dGeometry g,
      PaddingMode mode,
      float[] src,
      float[] weights,
      float[] bias,
      long n,
      long oc,
      long oh,
      long ow) {
    return mode == PaddingMode.ZEROS
        ? ReferenceConv2d.forwardMagnitude(g, src, weights, bias, n, oc, oh, ow)
        : forward(g, mode, src, weights, bias, n, oc, oh, ow, true);
  }

  /**
   * One element of diff_src: the sum of weights[oc,ic,kh,kw] * diff_dst[n,oc,oh,ow] over every tap
   * of every window that reads the pixel, where it lies or as padding.
   *
   * @param g the extents of the forward convolution
   * @param mode what lies outside the image
   * @param diffDst [N, OC, OH, OW]
   * @param weights [OC, IC/G, KH, KW]
   * @param n image
   * @param ic input channel
   * @param ih row of diff_src
   * @param iw column of diff_src
   */
  public static double backwardData(
      Conv2dGeometry g,
      PaddingMode mode,
      float[] diffDst,
      float[] weights,
      long n,
      long ic,
      long ih,
      long iw) {
    return mode == PaddingMode.ZEROS
        ? ReferenceConv2d.backwardData(g, diffDst, weights, n, ic, ih, iw)
        : backwardData(g, mode, diffDst, weights, n, ic, ih, iw, false);
  }

  /** The sum of {@link #backwardData} over absolute values. */
  public static double backwardDataMagnitude(
      Conv2dGeometry g,
      PaddingMode mode,
      float[] diffDst,
      float[] weights,
      long n,
      long ic,
      long ih,
      long iw) {
    return mode == PaddingMode.ZEROS
        ? ReferenceConv2d.backwardDataMagnitude(g, diffDst, weights, n, ic, ih, iw)
        : backwardData(g, mode, diffDst, weights, n, ic, ih, iw, true);
  }

  /**
   * One element of diff_weights: the sum of src[n,group*IC/G+ic,h,w] * diff_dst[n,oc,oh,ow] over n,
   * oh and ow, with h and w as in {@link #forward}.
   *
   * @param g the extents of the forward convolution
   * @param mode what lies outside the image
   * @param src [N, IC, IH, IW]
   * @param diffDst [N, OC, OH, OW]
   * @param oc output channel
   * @param ic input channel within its group
   * @param kh row of the kernel
   * @param kw column of the kernel
   */
  public static double backwardWeights(
      Conv2dGeometry g,
      PaddingMode mode,
      float[] src,
      float[] diffDst,
      long oc,
      long ic,
      long kh,
      long kw) {
    return mode == PaddingMode.ZEROS
        ? ReferenceConv2d.backwardWeights(g, src, diffDst, oc, ic, kh, kw)
        : backwardWeights(g, mode, src, diffDst, oc, ic, kh, kw, false);
  }

  /** The sum of {@link #backwardWeights} over absolute values. */
  public static double backwardWeightsMagnitude(
      Conv2dGeometry g,
      PaddingMode mode,
      float[] src,
      float[] diffDst,
      long oc,
      long ic,
      long kh,
      long kw) {
    return mode == PaddingMode.ZEROS
        ? ReferenceConv2d.backwardWeightsMagnitude(g, src, diffDst, oc, ic, kh, kw)
        : backwardWeights(g, mode, src, diffDst, oc, ic, kh, kw, true);
  }

  private static double forward(
      Conv2dGeometry g,
      PaddingMode mode,
      float[] src,
      float[] weights,
      float[] bias,
      long n,
      long oc,
      long oh,
      long ow,
      boolean absolute) {
    ReferenceConv2d.requireLength("src", src, g.srcShape().elements());
    ReferenceConv2d.requireLength("weights", weights, g.weightsShape().elements());
    ReferenceConv2d.requireIndices(n, g.n(), oc, g.oc(), oh, g.oh(), ow, g.ow());
    long groupIC = g.ic() / g.g();
    long firstIC = oc / (g.oc() / g.g()) * groupIC;
    double sum = 0;
    if (bias != null) {
      ReferenceConv2d.requireLength("bias", bias, g.oc());
      sum = absolute ? Math.abs(bias[(int) oc]) : bias[(int) oc];
    }
    for (long ic = 0; ic < groupIC; ic++) {
      for (long kh = 0; kh < g.kh(); kh++) {
        long ih = mode.source(oh * g.sh() - g.pt() + kh * g.dh(), g.ih());
        for (long kw = 0; kw < g.kw(); kw++) {
          long iw = mode.source(ow * g.sw() - g.pl() + kw * g.dw(), g.iw());
          double x = src[(int) (((n * g.ic() + firstIC + ic) * g.ih() + ih) * g.iw() + iw)];
          double w = weights[(int) (((oc * groupIC + ic) * g.kh() + kh) * g.kw() + kw)];
          sum += absolute ? Math.abs(w * x) : w * x;
        }
      }
    }
    return sum;
  }

  private static double backwardData(
      Conv2dGeometry g,
      PaddingMode mode,
      float[] diffDst,
      float[] weights,
      long n,
      long ic,
      long ih,
      long iw,
      boolean absolute) {
    long OH = g.oh();
    long OW = g.ow();
    ReferenceConv2d.requireLength("diff_dst", diffDst, g.n() * g.oc() * OH * OW);
    ReferenceConv2d.requireLength("weights", weights, g.weightsShape().elements());
    ReferenceConv2d.requireIndices(n, g.n(), ic, g.ic(), ih, g.ih(), iw, g.iw());
    long groupIC = g.ic() / g.g();
    long groupOC = g.oc() / g.g();
    long firstOC = ic / groupIC * groupOC;
    double sum = 0;
    for (long kh = 0; kh < g.kh(); kh++) {
      for (long oh = 0; oh < OH; oh++) {
        if (mode.source(oh * g.sh() - g.pt() + kh * g.dh(), g.ih()) != ih) {
          continue;
        }
        for (long kw = 0; kw < g.kw(); kw++) {
          for (long ow = 0; ow < OW; ow++) {
            if (mode.source(ow * g.sw() - g.pl() + kw * g.dw(), g.iw()) != iw) {
              continue;
            }
            for (long oc = firstOC; oc < firstOC + groupOC; oc++) {
              double dy = diffDst[(int) (((n * g.oc() + oc) * OH + oh) * OW + ow)];
              long tap = ((oc * groupIC + ic % groupIC) * g.kh() + kh) * g.kw() + kw;
              double product = weights[(int) tap] * dy;
              sum += absolute ? Math.abs(product) : product;
            }
          }
        }
      }
    }
    return sum;
  }

  private static double backwardWeights(
      Conv2dGeometry g,
      PaddingMode mode,
      float[] src,
      float[] diffDst,
      long oc,
      long ic,
      long kh,
      long kw,
      boolean absolute) {
    long OH = g.oh();
    long OW = g.ow();
    ReferenceConv2d.requireLength("src", src, g.srcShape().elements());
    ReferenceConv2d.requireLength("diff_dst", diffDst, g.n() * g.oc() * OH * OW);
    ReferenceConv2d.requireIndices(oc, g.oc(), ic, g.ic() / g.g(), kh, g.kh(), kw, g.kw());
    long sourceIC = oc / (g.oc() / g.g()) * (g.ic() / g.g()) + ic;
    double sum = 0;
    for (long n = 0; n < g.n(); n++) {
      for (long oh = 0; oh < OH; oh++) {
        long ih = mode.source(oh * g.sh() - g.pt() + kh * g.dh(), g.ih());
        for (long ow = 0; ow < OW; ow++) {
          long iw = mode.source(ow * g.sw() - g.pl() + kw * g.dw(), g.iw());
          double x = src[(int) (((n * g.ic() + sourceIC) * g.ih() + ih) * g.iw() + iw)];
          double dy = diffDst[(int) (((n * g.oc() + oc) * OH + oh) * OW + ow)];
          sum += absolute ? Math.abs(x * dy) : x * dy;
        }
      }
    }
    return sum;
  }
}
