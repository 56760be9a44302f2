package io.github.conv4j.kernel;

import java.util.Objects;

/**
 * The transposed convolution of {@link ConvTranspose2dGeometry} as plain loops over its own
 * definition, one element of one result at a time, summed in double precision: not a convolution
 * with its operands exchanged, which is what the native kernels run.
 *
 * <p>{@link ReferenceConv2d}'s description of arrays, magnitudes and exceptions holds here, too.
 */
public final class ReferenceConvTranspose2d {
  private ReferenceConvTranspose2d() {}

  /**
   * One element of dst: bias[oc] + the sum of weights[ic,oc,kh,kw] * src[n,ic,ih,iw] over the ic of
   * the group and all kh, kw, ih, iw with ih*SH-PT+kh*DH = oh and iw*SW-PL+kw*DW = ow.
   *
   * @param g the extents
   * @param src [N, IC, IH, IW]
   * @param weights [IC, OC/G, KH, KW]
   * @param bias [OC], or null for none
   * @param n image
   * @param oc output channel
   * @param oh row of dst
   * @param ow column of dst
   */
  public static double forward(
      ConvTranspose2dGeometry g,
      float[] src,
      float[] weights,
      float[] bias,
      long n,
      long oc,
      long oh,
      long ow) {
    return forward(g, src, weights, bias, n, oc, oh, ow, false);
  }

  /** The sum of {@link #forward} over absolute values. */
  public static double forwardMagnitude(
      ConvTranspose2dGeometry g,
      float[] src,
      float[] weights,
      float[] bias,
      long n,
      long oc,
      long oh,
      long ow) {
    return forward(g, src, weights, bias, n, oc, oh, ow, true);
  }

  /**
   * One element of diff_src: the sum of weights[ic,oc,kh,kw] *
   * diff_dst[n,oc,ih*SH-PT+kh*DH,iw*SW-PL+kw*DW] over the oc of the group, kh and kw.
   *
   * @param g the extents of the forward transposed convolution
   * @param diffDst [N, OC, OH, OW]
   * @param weights [IC, OC/G, KH, KW]
   * @param n image
   * @param ic input channel
   * @param ih row of diff_src
   * @param iw column of diff_src
   */
  public static double backwardData(
      ConvTranspose2dGeometry g,
      float[] diffDst,
      float[] weights,
      long n,
      long ic,
      long ih,
      long iw) {
    return backwardData(g, diffDst, weights, n, ic, ih, iw, false);
  }

  /** The sum of {@link #backwardData} over absolute values. */
  public static double backwardDataMagnitude(
      ConvTranspose2dGeometry g,
      float[] diffDst,
      float[] weights,
      long n,
      long ic,
      long ih,
      long iw) {
    return backwardData(g, diffDst, weights, n, ic, ih, iw, true);
  }

  /**
   * One element of diff_weights: the sum of src[n,ic,ih,iw] *
   * diff_dst[n,group*OC/G+oc,ih*SH-PT+kh*DH,iw*SW-PL+kw*DW] over n, ih and iw.
   *
   * @param g the extents of the forward transposed convolution
   * @param src [N, IC, IH, IW]
   * @param diffDst [N, OC, OH, OW]
   * @param ic input channel
   * @param oc output channel within its group
   * @param kh row of the kernel
   * @param kw column of the kernel
   */
  public static double backwardWeights(
      ConvTranspose2dGeometry g, float[] src, float[] diffDst, long ic, long oc, long kh, long kw) {
    return backwardWeights(g, src, diffDst, ic, oc, kh, kw, false);
  }

  /** The sum of {@link #backwardWeights} over absolute values. */
  public static double backwardWeightsMagnitude(
      ConvTranspose2dGeometry g, float[] src, float[] diffDst, long ic, long oc, long kh, long kw) {
    return backwardWeights(g, src, diffDst, ic, oc, kh, kw, true);
  }

  /**
   * One element of diff_bias: the sum of diff_dst[n,oc,oh,ow] over n, oh and ow.
   *
   * @param g the extents of the forward transposed convolution
   * @param diffDst [N, OC, OH, OW]
   * @param oc output channel
   */
  public static double diffBias(ConvTranspose2dGeometry g, float[] diffDst, long oc) {
    return diffBias(g, diffDst, oc, false);
  }

  /** The sum of {@link #diffBias} over absolute values. */
  public static double diffBiasMagnitude(ConvTranspose2dGeometry g, float[] diffDst, long oc) {
    return diffBias(g, diffDst, oc, true);
  }

  private static double forward(
      ConvTranspose2dGeometry g,
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
    long groupOC = g.oc() / g.g();
    long firstIC = oc / groupOC * groupIC;
    double sum = 0;
    if (bias != null) {
      ReferenceConv2d.requireLength("bias", bias, g.oc());
      sum = absolute ? Math.abs(bias[(int) oc]) : bias[(int) oc];
    }
    for (long kh = 0; kh < g.kh(); kh++) {
      long down = oh + g.pt() - kh * g.dh();
      if (down < 0 || down % g.sh() != 0 || down / g.sh() >= g.ih()) {
        continue;
      }
      for (long kw = 0; kw < g.kw(); kw++) {
        long right = ow + g.pl() - kw * g.dw();
        if (right < 0 || right % g.sw() != 0 || right / g.sw() >= g.iw()) {
          continue;
        }
        for (long ic = firstIC; ic < firstIC + groupIC; ic++) {
          long pixel = ((n * g.ic() + ic) * g.ih() + down / g.sh()) * g.iw() + right / g.sw();
          double w = weights[tap(g, ic, oc % groupOC, kh, kw)];
          double product = w * src[(int) pixel];
          sum += absolute ? Math.abs(product) : product;
        }
      }
    }
    return sum;
  }

  private static double backwardData(
      ConvTranspose2dGeometry g,
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
    long groupOC = g.oc() / g.g();
    long firstOC = ic / (g.ic() / g.g()) * groupOC;
    double sum = 0;
    for (long oc = 0; oc < groupOC; oc++) {
      for (long kh = 0; kh < g.kh(); kh++) {
        long oh = ih * g.sh() - g.pt() + kh * g.dh();
        for (long kw = 0; kw < g.kw(); kw++) {
          long ow = iw * g.sw() - g.pl() + kw * g.dw();
          if (oh < 0 || oh >= OH || ow < 0 || ow >= OW) {
            continue;
          }
          double dy = diffDst[(int) (((n * g.oc() + firstOC + oc) * OH + oh) * OW + ow)];
          double product = weights[tap(g, ic, oc, kh, kw)] * dy;
          sum += absolute ? Math.abs(product) : product;
        }
      }
    }
    return sum;
  }

  private static double backwardWeights(
      ConvTranspose2dGeometry g,
      float[] src,
      float[] diffDst,
      long ic,
      long oc,
      long kh,
      long kw,
      boolean absolute) {
    long OH = g.oh();
    long OW = g.ow();
    long groupOC = g.oc() / g.g();
    ReferenceConv2d.requireLength("src", src, g.srcShape().elements());
    ReferenceConv2d.requireLength("diff_dst", diffDst, g.n() * g.oc() * OH * OW);
    ReferenceConv2d.requireIndices(ic, g.ic(), oc, groupOC, kh, g.kh(), kw, g.kw());
    long channel = ic / (g.ic() / g.g()) * groupOC + oc;
    double sum = 0;
    for (long n = 0; n < g.n(); n++) {
      for (long ih = 0; ih < g.ih(); ih++) {
        long oh = ih * g.sh() - g.pt() + kh * g.dh();
        for (long iw = 0; iw < g.iw(); iw++) {
          long ow = iw * g.sw() - g.pl() + kw * g.dw();
          if (oh < 0 || oh >= OH || ow < 0 || ow >= OW) {
            continue;
          }
          double x = src[(int) (((n * g.ic() + ic) * g.ih() + ih) * g.iw() + iw)];
          double product = x * diffDst[(int) (((n * g.oc() + channel) * OH + oh) * OW + ow)];
          sum += absolute ? Math.abs(product) : product;
        }
      }
    }
    return sum;
  }

  private static double diffBias(
      ConvTranspose2dGeometry g, float[] diffDst, long oc, boolean absolute) {
    long plane = g.oh() * g.ow();
    ReferenceConv2d.requireLength("diff_dst", diffDst, g.n() * g.oc() * plane);
    Objects.checkIndex(oc, g.oc());
    double sum = 0;
    for (long n = 0; n < g.n(); n++) {
      for (long i = 0; i < plane; i++) {
        double value = diffDst[(int) ((n * g.oc() + oc) * plane + i)];
        sum += absolute ? Math.abs(value) : value;
      }
    }
    return sum;
  }

  private static int tap(ConvTranspose2dGeometry g, long ic, long oc, long kh, long kw) {
    return (int) (((ic * (g.oc() / g.g()) + oc) * g.kh() + kh) * g.kw() + kw);
  }
}
