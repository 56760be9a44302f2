package io.github.conv4j.nn;

import io.github.conv4j.kernel.Pool2dGeometry;
import java.util.Locale;

/**
 * How a window moves over an image: kernel, stride, padding (top, left, bottom, right), dilation.
 */
record Window(
    long kh, long kw, long sh, long sw, long pt, long pl, long pb, long pr, long dh, long dw) {

  /** Rows from the first tap to the last; at least 1, so that it suits as an extent. */
  long reachHeight() {
    return reach(kh, dh);
  }

  /** Columns from the first tap to the last; at least 1, so that it suits as an extent. */
  long reachWidth() {
    return reach(kw, dw);
  }

  private static long reach(long kernel, long dilation) {
    try {
      return Math.max(1, Math.addExact(Math.multiplyExact(dilation, kernel - 1), 1));
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "kernel " + kernel + " with dilation " + dilation + " is wider than 2^63", e);
    }
  }

  /**
   * The pooling of an image with this window.
   *
   * @param image its n, c, h and w
   */
  Pool2dGeometry pooling(long[] image, boolean ceilMode) {
    return new Pool2dGeometry(
        image[0], image[1], image[2], image[3], kh, kw, sh, sw, pt, pl, pb, pr, dh, dw, ceilMode);
  }

  /** The settings as they stand in a layer's name. */
  @Override
  public String toString() {
    return describe(Padding.GIVEN);
  }

  /** The same, with the kind of the padding where it depends on the image. */
  String describe(Padding padding) {
    return String.format(
        "kernelSize=%dx%d, stride=%dx%d, padding=%s, dilation=%dx%d",
        kh,
        kw,
        sh,
        sw,
        padding == Padding.GIVEN
            ? pt + "," + pl + "," + pb + "," + pr
            : padding.name().toLowerCase(Locale.ROOT),
        dh,
        dw);
  }
}
