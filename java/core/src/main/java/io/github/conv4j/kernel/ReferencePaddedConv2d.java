package io.github.conv4j.kernel;

import java.util.Objects;

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
    return forward(g, mode, src, weights, bias, n, oc, oh, ow, false);
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
    return forward(g, mode, src, weights, bias, n, oc, oh, ow, true);
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
    return backwardData(g, mode, diffDst, weights, n, ic, ih, iw, false);
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
    return backwardData(g, mode, diffDst, weights, n, ic, ih, iw, true);
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
    return backwardWeights(g, mode, src, diffDst, oc, ic, kh, kw, false);
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
    return backwardWeights(g, mode, src, diffDst, oc, ic, kh, kw, true);
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
    Correlation c = new Correlation(g, mode);
    Values x = Values.of("src", src, c.N * c.IC * c.IH * c.IW);
    Values w = Values.of("weights", weights, c.OC * c.groupIC * c.KH * c.KW);
    Values b = Values.of("bias", bias, c.OC);
    requireIndices(n, c.N, oc, c.OC, oh, c.OH, ow, c.OW);
    return c.forward(Correlation.bias(b, oc, absolute), x, w, n, oc, oh, ow, absolute);
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
    Correlation c = new Correlation(g, mode);
    Values dy = Values.of("diff_dst", diffDst, c.N * c.OC * c.OH * c.OW);
    Values w = Values.of("weights", weights, c.OC * c.groupIC * c.KH * c.KW);
    requireIndices(n, c.N, ic, c.IC, ih, c.IH, iw, c.IW);
    return c.backwardData(0, dy, w, n, ic, ih, iw, absolute);
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
    Correlation c = new Correlation(g, mode);
    Values x = Values.of("src", src, c.N * c.IC * c.IH * c.IW);
    Values dy = Values.of("diff_dst", diffDst, c.N * c.OC * c.OH * c.OW);
    requireIndices(oc, c.OC, ic, c.groupIC, kh, c.KH, kw, c.KW);
    return c.backwardWeights(x, dy, oc, ic, kh, kw, absolute);
  }

  static void requireIndices(
      long a, long extentA, long b, long extentB, long c, long extentC, long d, long extentD) {
    Objects.checkIndex(a, extentA);
    Objects.checkIndex(b, extentB);
    Objects.checkIndex(c, extentC);
    Objects.checkIndex(d, extentD);
  }
}
