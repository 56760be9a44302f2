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
    return forward(geometry, src, weights, bias, n, oc, oh, ow, false);
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
    return forward(geometry, src, weights, bias, n, oc, oh, ow, true);
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
    return backwardData(geometry, diffDst, weights, n, ic, ih, iw, false);
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
    return backwardData(geometry, diffDst, weights, n, ic, ih, iw, true);
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
    return backwardWeights(geometry, src, diffDst, oc, ic, kh, kw, false);
  }

  /** The sum of {@link #backwardWeights} over absolute values. */
  public static double backwardWeightsMagnitude(
      Conv2dGeometry geometry, float[] src, float[] diffDst, long oc, long ic, long kh, long kw) {
    return backwardWeights(geometry, src, diffDst, oc, ic, kh, kw, true);
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

  private static double forward(
      Conv2dGeometry g,
      float[] src,
      float[] weights,
      float[] bias,
      long n,
      long oc,
      long oh,
      long ow,
      boolean absolute) {
    long IH = g.ih();
    long IW = g.iw();
    long groupIC = g.ic() / g.g();
    requireLength("src", src, g.n() * g.ic() * IH * IW);
    requireLength("weights", weights, g.oc() * groupIC * g.kh() * g.kw());
    requireIndices(n, g.n(), oc, g.oc(), oh, g.oh(), ow, g.ow());
    long firstIC = oc / (g.oc() / g.g()) * groupIC;
    double sum = 0;
    if (bias != null) {
      requireLength("bias", bias, g.oc());
      sum = absolute ? Math.abs(bias[(int) oc]) : bias[(int) oc];
    }
    for (long ic = 0; ic < groupIC; ic++) {
      for (long kh = 0; kh < g.kh(); kh++) {
        long ih = oh * g.sh() - g.pt() + kh * g.dh();
        if (ih < 0 || ih >= IH) {
          continue;
        }
        long srcRow = ((n * g.ic() + firstIC + ic) * IH + ih) * IW;
        long weightsRow = ((oc * groupIC + ic) * g.kh() + kh) * g.kw();
        for (long kw = 0; kw < g.kw(); kw++) {
          long iw = ow * g.sw() - g.pl() + kw * g.dw();
          if (iw < 0 || iw >= IW) {
            continue;
          }
          double product = (double) weights[(int) (weightsRow + kw)] * src[(int) (srcRow + iw)];
          sum += absolute ? Math.abs(product) : product;
        }
      }
    }
    return sum;
  }

  private static double backwardData(
      Conv2dGeometry g,
      float[] diffDst,
      float[] weights,
      long n,
      long ic,
      long ih,
      long iw,
      boolean absolute) {
    long OH = g.oh();
    long OW = g.ow();
    long groupIC = g.ic() / g.g();
    long groupOC = g.oc() / g.g();
    requireLength("diff_dst", diffDst, g.n() * g.oc() * OH * OW);
    requireLength("weights", weights, g.oc() * groupIC * g.kh() * g.kw());
    requireIndices(n, g.n(), ic, g.ic(), ih, g.ih(), iw, g.iw());
    long firstOC = ic / groupIC * groupOC;
    double sum = 0;
    for (long oc = firstOC; oc < firstOC + groupOC; oc++) {
      for (long kh = 0; kh < g.kh(); kh++) {
        long above = ih + g.pt() - kh * g.dh();
        if (above < 0 || above % g.sh() != 0 || above / g.sh() >= OH) {
          continue;
        }
        long dstRow = ((n * g.oc() + oc) * OH + above / g.sh()) * OW;
        long weightsRow = ((oc * groupIC + ic % groupIC) * g.kh() + kh) * g.kw();
        for (long kw = 0; kw < g.kw(); kw++) {
          long left = iw + g.pl() - kw * g.dw();
          if (left < 0 || left % g.sw() != 0 || left / g.sw() >= OW) {
            continue;
          }
          double product =
              (double) weights[(int) (weightsRow + kw)] * diffDst[(int) (dstRow + left / g.sw())];
          sum += absolute ? Math.abs(product) : product;
        }
      }
    }
    return sum;
  }

  private static double backwardWeights(
      Conv2dGeometry g,
      float[] src,
      float[] diffDst,
      long oc,
      long ic,
      long kh,
      long kw,
      boolean absolute) {
    long IH = g.ih();
    long IW = g.iw();
    long OH = g.oh();
    long OW = g.ow();
    requireLength("src", src, g.n() * g.ic() * IH * IW);
    requireLength("diff_dst", diffDst, g.n() * g.oc() * OH * OW);
    requireIndices(oc, g.oc(), ic, g.ic() / g.g(), kh, g.kh(), kw, g.kw());
    long sourceIC = oc / (g.oc() / g.g()) * (g.ic() / g.g()) + ic;
    double sum = 0;
    for (long n = 0; n < g.n(); n++) {
      for (long oh = 0; oh < OH; oh++) {
        long ih = oh * g.sh() - g.pt() + kh * g.dh();
        if (ih < 0 || ih >= IH) {
          continue;
        }
        long srcRow = ((n * g.ic() + sourceIC) * IH + ih) * IW;
        long dstRow = ((n * g.oc() + oc) * OH + oh) * OW;
        for (long ow = 0; ow < OW; ow++) {
          long iw = ow * g.sw() - g.pl() + kw * g.dw();
          if (iw < 0 || iw >= IW) {
            continue;
          }
          double product = (double) src[(int) (srcRow + iw)] * diffDst[(int) (dstRow + ow)];
          sum += absolute ? Math.abs(product) : product;
        }
      }
    }
    return sum;
  }

  private static double diffBias(Conv2dGeometry g, float[] diffDst, long oc, boolean absolute) {
    long OH = g.oh();
    long OW = g.ow();
    requireLength("diff_dst", diffDst, g.n() * g.oc() * OH * OW);
    Objects.checkIndex(oc, g.oc());
    double sum = 0;
    for (long n = 0; n < g.n(); n++) {
      for (long oh = 0; oh < OH; oh++) {
        for (long ow = 0; ow < OW; ow++) {
          double value = diffDst[(int) (((n * g.oc() + oc) * OH + oh) * OW + ow)];
          sum += absolute ? Math.abs(value) : value;
        }
      }
    }
    return sum;
  }

  static void requireLength(String name, float[] array, long length) {
    if (array.length != length) {
      throw new IllegalArgumentException(
          name + " has " + array.length + " elements; the geometry requires " + length);
    }
  }

  static void requireIndices(
      long a, long extentA, long b, long extentB, long c, long extentC, long d, long extentD) {
    Objects.checkIndex(a, extentA);
    Objects.checkIndex(b, extentB);
    Objects.checkIndex(c, extentC);
    Objects.checkIndex(d, extentD);
  }
}
