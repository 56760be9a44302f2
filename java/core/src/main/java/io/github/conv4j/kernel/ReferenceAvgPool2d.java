package io.github.conv4j.kernel;

import java.util.Objects;

/**
 * Average pooling, at a fixed stride or adaptive, as plain loops, one element at a time. Meant to
 * be read and to be believed, not to be fast.
 *
 * <p>Arrays are dense and row-major in the layout of the geometry's shapes, and none is modified.
 * All methods are free of state. They throw {@link IllegalArgumentException} if an array has not
 * the length that the geometry requires, and {@link IndexOutOfBoundsException} if there is no such
 * element.
 */
public final class ReferenceAvgPool2d {
  private ReferenceAvgPool2d() {}

  /**
   * One element of dst: the sum of the window's pixels inside the image, divided by its divisor.
   * Zero is +0, whatever the divisor's sign.
   *
   * @param geometry the extents
   * @param src [N, C, IH, IW]
   * @param n image
   * @param c channel
   * @param oh row of dst
   * @param ow column of dst
   */
  public static double forward(
      PoolWindows geometry, float[] src, long n, long c, long oh, long ow) {
    return forward(geometry, pixels(geometry, src), n, c, oh, ow);
  }

  /** The average of {@link #forward} over absolute values. */
  public static double forwardMagnitude(
      PoolWindows geometry, float[] src, long n, long c, long oh, long ow) {
    return sum(geometry, pixels(geometry, src), n, c, oh, ow, true)
        / Math.abs(geometry.divisor(oh, ow));
  }

  private static Values pixels(PoolWindows g, float[] src) {
    return Values.of("src", src, g.n() * g.c() * g.ih() * g.iw());
  }

  /** {@link #forward} of floats or doubles. */
  static double forward(PoolWindows g, Values src, long n, long c, long oh, long ow) {
    return sum(g, src, n, c, oh, ow, false) / g.divisor(oh, ow) + 0.0;
  }

  private static double sum(
      PoolWindows g, Values src, long n, long c, long oh, long ow, boolean absolute) {
    long IW = g.iw();
    requireIndices(g, n, c);
    Objects.checkIndex(oh, g.oh());
    Objects.checkIndex(ow, g.ow());
    double sum = 0;
    for (long ih = g.rowBegin(oh); ih < g.rowEnd(oh); ih++) {
      long row = ((n * g.c() + c) * g.ih() + ih) * IW;
      for (long iw = g.columnBegin(ow); iw < g.columnEnd(ow); iw++) {
        double pixel = src.at(row + iw);
        sum += absolute ? Math.abs(pixel) : pixel;
      }
    }
    return sum;
  }

  /**
   * One element of diff_src: the sum of diff_dst/divisor over the windows that hold this pixel.
   *
   * @param geometry the extents of the forward pooling
   * @param diffDst [N, C, OH, OW]
   * @param n image
   * @param c channel
   * @param ih row of diff_src
   * @param iw column of diff_src
   */
  public static double backward(
      PoolWindows geometry, float[] diffDst, long n, long c, long ih, long iw) {
    return backward(geometry, gradients(geometry, diffDst), n, c, ih, iw, false);
  }

  /** The sum of {@link #backward} over absolute values. */
  public static double backwardMagnitude(
      PoolWindows geometry, float[] diffDst, long n, long c, long ih, long iw) {
    return backward(geometry, gradients(geometry, diffDst), n, c, ih, iw, true);
  }

  private static Values gradients(PoolWindows g, float[] diffDst) {
    return Values.of("diff_dst", diffDst, g.n() * g.c() * g.oh() * g.ow());
  }

  static double backward(
      PoolWindows g, Values diffDst, long n, long c, long ih, long iw, boolean absolute) {
    long OH = g.oh();
    long OW = g.ow();
    requireIndices(g, n, c);
    Objects.checkIndex(ih, g.ih());
    Objects.checkIndex(iw, g.iw());
    double sum = 0;
    for (long oh = 0; oh < OH; oh++) {
      if (ih < g.rowBegin(oh) || ih >= g.rowEnd(oh)) {
        continue;
      }
      long row = ((n * g.c() + c) * OH + oh) * OW;
      for (long ow = 0; ow < OW; ow++) {
        if (iw < g.columnBegin(ow) || iw >= g.columnEnd(ow)) {
          continue;
        }
        double share = diffDst.at(row + ow) / g.divisor(oh, ow);
        sum += absolute ? Math.abs(share) : share;
      }
    }
    return sum;
  }

  private static void requireIndices(PoolWindows g, long n, long c) {
    Objects.checkIndex(n, g.n());
    Objects.checkIndex(c, g.c());
  }
}
