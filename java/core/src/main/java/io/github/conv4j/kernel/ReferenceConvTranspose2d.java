package io.github.conv4j.kernel;

import java.util.Objects;

/**
 * The transposed convolution of {@link ConvTranspose2dGeometry} as plain loops, one element of one
 * result at a time, summed in double precision. Its passes are those of the convolution from dst to
 * src, exchanged, in the loops of {@link ReferencePaddedConv2d}; that this is what its own
 * definition says, scattering each pixel of src, is for a test to show.
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
    Correlation c = new Correlation(g);
    Values x = Values.of("src", src, c.N * c.OC * c.OH * c.OW);
    Values w = Values.of("weights", weights, c.OC * c.groupIC * c.KH * c.KW);
    Values b = Values.of("bias", bias, c.IC);
    ReferencePaddedConv2d.requireIndices(n, c.N, oc, c.IC, oh, c.IH, ow, c.IW);
    return c.backwardData(Correlation.bias(b, oc, absolute), x, w, n, oc, oh, ow, absolute);
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
    Correlation c = new Correlation(g);
    Values dy = Values.of("diff_dst", diffDst, c.N * c.IC * c.IH * c.IW);
    Values w = Values.of("weights", weights, c.OC * c.groupIC * c.KH * c.KW);
    ReferencePaddedConv2d.requireIndices(n, c.N, ic, c.OC, ih, c.OH, iw, c.OW);
    return c.forward(0, dy, w, n, ic, ih, iw, absolute);
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
    Correlation c = new Correlation(g);
    Values x = Values.of("src", src, c.N * c.OC * c.OH * c.OW);
    Values dy = Values.of("diff_dst", diffDst, c.N * c.IC * c.IH * c.IW);
    ReferencePaddedConv2d.requireIndices(ic, c.OC, oc, c.groupIC, kh, c.KH, kw, c.KW);
    return c.backwardWeights(dy, x, ic, oc, kh, kw, absolute);
  }

  private static double diffBias(
      ConvTranspose2dGeometry g, float[] diffDst, long oc, boolean absolute) {
    long pixels = g.oh() * g.ow();
    Values dy = Values.of("diff_dst", diffDst, g.n() * g.oc() * pixels);
    Objects.checkIndex(oc, g.oc());
    return Correlation.channelSum(dy, g.n(), g.oc(), pixels, oc, absolute);
  }
}
