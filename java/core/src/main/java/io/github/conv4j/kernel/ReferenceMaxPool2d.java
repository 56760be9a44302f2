package io.github.conv4j.kernel;

import java.util.Objects;

/**
 * The max pooling of {@link Pool2dGeometry}, and the min pooling, as plain loops, one element at a
 * time. Meant to be read and to be believed, not to be fast.
 *
 * <p>A window's choice is a tap number kh*KW + kw, or -1 where no tap lies inside the image; {@link
 * #value} and {@link #index} turn it into what a pooling gives. Arrays are dense and row-major in
 * the layout of the geometry's shapes, and none is modified. All methods are free of state. They
 * throw {@link IllegalArgumentException} if an array has not the length that the geometry requires,
 * and {@link IndexOutOfBoundsException} if there is no such element.
 */
public final class ReferenceMaxPool2d {
  private ReferenceMaxPool2d() {}

  /**
   * The tap that wins a window: the first of the largest values in row-major order (-0 and +0 are
   * equal), or the last NaN if there is one.
   *
   * @param geometry the extents
   * @param src [N, C, IH, IW]
   * @param n image
   * @param c channel
   * @param oh row of dst
   * @param ow column of dst
   * @return kh*KW + kw, or -1 for a window with no tap inside the image
   */
  public static long tap(Pool2dGeometry geometry, float[] src, long n, long c, long oh, long ow) {
    return tap(geometry, pixels(geometry, src), n, c, oh, ow, false);
  }

  /**
   * The tap that wins a window of min pooling: the one that {@link #tap} gives for the negated
   * image.
   *
   * @param geometry the extents
   * @param src [N, C, IH, IW]
   * @param n image
   * @param c channel
   * @param oh row of dst
   * @param ow column of dst
   * @return kh*KW + kw, or -1 for a window with no tap inside the image
   */
  public static long minTap(
      Pool2dGeometry geometry, float[] src, long n, long c, long oh, long ow) {
    return tap(geometry, pixels(geometry, src), n, c, oh, ow, true);
  }

  private static Values pixels(Pool2dGeometry g, float[] src) {
    return Values.of("src", src, g.n() * g.c() * g.ih() * g.iw());
  }

  /** {@link #tap}, or {@link #minTap} with {@code least}. */
  static long tap(
      Pool2dGeometry geometry, Values src, long n, long c, long oh, long ow, boolean least) {
    long IH = geometry.ih();
    long IW = geometry.iw();
    requireIndices(geometry, n, c);
    Objects.checkIndex(oh, geometry.oh());
    Objects.checkIndex(ow, geometry.ow());
    long KW = geometry.kw();
    long chosen = -1;
    double best = Double.NaN;
    for (long kh = 0; kh < geometry.kh(); kh++) {
      long ih = oh * geometry.sh() - geometry.pt() + kh * geometry.dh();
      if (ih < 0 || ih >= IH) {
        continue;
      }
      long row = ((n * geometry.c() + c) * IH + ih) * IW;
      for (long kw = 0; kw < KW; kw++) {
        long iw = ow * geometry.sw() - geometry.pl() + kw * geometry.dw();
        if (iw < 0 || iw >= IW) {
          continue;
        }
        double pixel = src.at(row + iw);
        boolean better = least ? pixel < best : pixel > best;
        if (chosen < 0 || better || Double.isNaN(pixel)) {
          chosen = kh * KW + kw;
          best = pixel;
        }
      }
    }
    return chosen;
  }

  /**
   * The element of dst that a tap gives: its pixel, or -infinity for -1.
   *
   * @param geometry the extents
   * @param src [N, C, IH, IW]
   * @param tap from {@link #tap} for the same element
   * @param n image
   * @param c channel
   * @param oh row of dst
   * @param ow column of dst
   */
  public static float value(
      Pool2dGeometry geometry, float[] src, long tap, long n, long c, long oh, long ow) {
    if (tap < 0) {
      return Float.NEGATIVE_INFINITY;
    }
    long plane = (n * geometry.c() + c) * geometry.ih() * geometry.iw();
    return src[(int) (plane + index(geometry, tap, oh, ow))];
  }

  /** {@link #value}, or {@link #minValue} with {@code least}, of floats or doubles. */
  static double value(
      Pool2dGeometry g, Values src, long tap, long n, long c, long oh, long ow, boolean least) {
    if (tap < 0) {
      return least ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
    }
    return src.at((n * g.c() + c) * g.ih() * g.iw() + index(g, tap, oh, ow));
  }

  /** The element of dst that {@link #minTap} gives: its pixel, or +infinity for -1. */
  public static float minValue(
      Pool2dGeometry geometry, float[] src, long tap, long n, long c, long oh, long ow) {
    return tap < 0 ? Float.POSITIVE_INFINITY : value(geometry, src, tap, n, c, oh, ow);
  }

  /**
   * The position ih*IW + iw of a tap within its plane, or -1 for -1.
   *
   * @param geometry the extents
   * @param tap from {@link #tap}
   * @param oh row of dst
   * @param ow column of dst
   */
  public static long index(Pool2dGeometry geometry, long tap, long oh, long ow) {
    if (tap < 0) {
      return -1;
    }
    long ih = oh * geometry.sh() - geometry.pt() + tap / geometry.kw() * geometry.dh();
    long iw = ow * geometry.sw() - geometry.pl() + tap % geometry.kw() * geometry.dw();
    return ih * geometry.iw() + iw;
  }

  /**
   * One element of diff_src: the sum of diff_dst over the windows that chose this pixel.
   *
   * @param geometry the extents of the forward pooling
   * @param diffDst [N, C, OH, OW]
   * @param taps [N, C, OH, OW], what {@link #tap} gives for each window
   * @param n image
   * @param c channel
   * @param ih row of diff_src
   * @param iw column of diff_src
   */
  public static double backward(
      Pool2dGeometry geometry, float[] diffDst, long[] taps, long n, long c, long ih, long iw) {
    return backward(geometry, gradients(geometry, diffDst), taps, n, c, ih, iw, false);
  }

  /** The sum of {@link #backward} over absolute values. */
  public static double backwardMagnitude(
      Pool2dGeometry geometry, float[] diffDst, long[] taps, long n, long c, long ih, long iw) {
    return backward(geometry, gradients(geometry, diffDst), taps, n, c, ih, iw, true);
  }

  private static Values gradients(Pool2dGeometry g, float[] diffDst) {
    return Values.of("diff_dst", diffDst, g.n() * g.c() * g.oh() * g.ow());
  }

  static double backward(
      Pool2dGeometry g,
      Values diffDst,
      long[] taps,
      long n,
      long c,
      long ih,
      long iw,
      boolean absolute) {
    long OH = g.oh();
    long OW = g.ow();
    Values.requireLength("taps", taps.length, g.n() * g.c() * OH * OW);
    requireIndices(g, n, c);
    Objects.checkIndex(ih, g.ih());
    Objects.checkIndex(iw, g.iw());
    double sum = 0;
    for (long kh = 0; kh < g.kh(); kh++) {
      long above = ih + g.pt() - kh * g.dh();
      if (above < 0 || above % g.sh() != 0 || above / g.sh() >= OH) {
        continue;
      }
      long row = ((n * g.c() + c) * OH + above / g.sh()) * OW;
      for (long kw = 0; kw < g.kw(); kw++) {
        long left = iw + g.pl() - kw * g.dw();
        if (left < 0 || left % g.sw() != 0 || left / g.sw() >= OW) {
          continue;
        }
        int window = (int) (row + left / g.sw());
        if (taps[window] == kh * g.kw() + kw) {
          sum += absolute ? Math.abs(diffDst.at(window)) : diffDst.at(window);
        }
      }
    }
    return sum;
  }

  private static void requireIndices(Pool2dGeometry g, long n, long c) {
    Objects.checkIndex(n, g.n());
    Objects.checkIndex(c, g.c());
  }
}
