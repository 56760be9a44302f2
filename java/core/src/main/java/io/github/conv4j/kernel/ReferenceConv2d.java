package io.github.conv4j.kernel;

import java.util.Objects;

/**
 * The convolution of {@link Conv2dGeometry} as plain loops: one element of one result at a time,
 * gathered from everything that contributes to it, summed in double precision. Meant to be read and
 * to be believed, not to be fast.
 *
 * <p>Arrays are dense and row-major in the layout of the geometry's shapes, and none is modified.
 * Taps in the padding are skipped, so nothing there is ever multiplied. Round a sum to float once
 * to get the element that a kernel should give. Each sum has a companion whose name ends in {@code
 * Magnitude}, the same sum of absolute values, of which a bound on the rounding error is a
 * multiple: see {@link io.github.conv4j.check.ErrorBound}.
 *
 * <p>All methods are free of state and may be called by any number of threads. They throw {@link
 * IllegalArgumentException} if an array has not the length that the geometry requires, and {@link
 * IndexOutOfBoundsException} if there is no such element.
 */
public final class ReferenceConv2d {
  private ReferenceConv2d() {}

  /**
   * One element of dst: bias[oc] + the sum of weights[oc,ic,kh,kw] *
   * src[n,group*IC/G+ic,oh*SH-PT+kh*DH,ow*SW-PL+kw*DW] over ic of the group, kh and kw.
   *
   * @param geometry the extents
   * @param src [N, IC, IH, IW]
   * @param weights [OC, IC/G, KH, KW]
   * @param bias [OC], or null for none
   * @param n image
   * @param oc output channel
   * @param oh row of dst
   * @param ow column of dst
   */
  public static double forward(
      Conv2dGeometry geometry,
      float[] src,
      float[] weights,
      float[] bias,
      long n,
      long oc,
      long oh,
      long ow) {
    return ReferencePaddedConv2d.forward(
        geometry, PaddingMode.ZEROS, src, weights, bias, n, oc, oh, ow);
  }

  /** The sum of {@link #forward} over absolute values: |bias| + the sum of |weights| * |src|. */
  public static double forwardMagnitude(
      Conv2dGeometry geometry,
      float[] src,
      float[] weights,
      float[] bias,
      long n,
      long oc,
      long oh,
      long ow) {
    return ReferencePaddedConv2d.forwardMagnitude(
        geometry, PaddingMode.ZEROS, src, weights, bias, n, oc, oh, ow);
  }

  /**
   * One element of diff_src: the sum of weights[oc,ic,kh,kw] * diff_dst[n,oc,oh,ow] over the oc of
   * the group and all kh, kw, oh, ow with oh*SH-PT+kh*DH = ih and ow*SW-PL+kw*DW = iw; 0 where no
   * window touches the pixel.
   *
   * @param geometry the extents of the forward convolution
   * @param diffDst [N, OC, OH, OW]
   * @param weights [OC, IC/G, KH, KW]
   * @param n image
   * @param ic input channel
   * @param ih row of diff_src
   * @param iw column of diff_src
   */
  public static double backwardData(
      Conv2dGeometry geometry,
      float[] diffDst,
      float[] weights,
      long n,
      long ic,
      long ih,
      long iw) {
    return ReferencePaddedConv2d.backwardData(
        geometry, PaddingMode.ZEROS, diffDst, weights, n, ic, ih, iw);
  }

  /** The sum of {@link #backwardData} over absolute values. */
  public static double backwardDataMagnitude(
      Conv2dGeometry geometry,
      float[] diffDst,
      float[] weights,
      long n,
      long ic,
      long ih,
      long iw) {
    return ReferencePaddedConv2d.backwardDataMagnitude(
        geometry, PaddingMode.ZEROS, diffDst, weights, n, ic, ih, iw);
  }

  /**
   * One element of diff_weights: the sum of src[n,group*IC/G+ic,oh*SH-PT+kh*DH,ow*SW-PL+kw*DW] *
   * diff_dst[n,oc,oh,ow] over n, oh and ow.
   *
   * @param geometry the extents of the forward convolution
   * @param src [N, IC, IH, IW]
   * @param diffDst [N, OC, OH, OW]
   * @param oc output channel
   * @param ic input channel within its group
   * @param kh row of the kernel
   * @param kw column of the kernel
   */
  public static double backwardWeights(
      Conv2dGeometry geometry, float[] src, float[] diffDst, long oc, long ic, long kh, long kw) {
    return ReferencePaddedConv2d.backwardWeights(
        geometry, PaddingMode.ZEROS, src, diffDst, oc, ic, kh, kw);
  }

  /** The sum of {@link #backwardWeights} over absolute values. */
  public static double backwardWeightsMagnitude(
      Conv2dGeometry geometry, float[] src, float[] diffDst, long oc, long ic, long kh, long kw) {
    return ReferencePaddedConv2d.backwardWeightsMagnitude(
        geometry, PaddingMode.ZEROS, src, diffDst, oc, ic, kh, kw);
  }

  /**
   * One element of diff_bias: the sum of diff_dst[n,oc,oh,ow] over n, oh and ow.
   *
   * @param geometry the extents of the forward convolution
   * @param diffDst [N, OC, OH, OW]
   * @param oc output channel
   */
  public static double diffBias(Conv2dGeometry geometry, float[] diffDst, long oc) {
    return diffBias(geometry, diffDst, oc, false);
  }

  /** The sum of {@link #diffBias} over absolute values. */
  public static double diffBiasMagnitude(Conv2dGeometry geometry, float[] diffDst, long oc) {
    return diffBias(geometry, diffDst, oc, true);
  }

  private static double diffBias(Conv2dGeometry g, float[] diffDst, long oc, boolean absolute) {
    long pixels = g.oh() * g.ow();
    Values dy = Values.of("diff_dst", diffDst, g.n() * g.oc() * pixels);
    Objects.checkIndex(oc, g.oc());
    return Correlation.channelSum(dy, g.n(), g.oc(), pixels, oc, absolute);
  }
}
