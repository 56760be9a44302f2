package io.github.conv4j.kernel;

import io.github.conv4j.Shape;

/**
 * The extents of a two-dimensional pooling, validated.
 *
 * <pre>
 *   o = floor((I + begin + end - D*(K-1) - 1 + (ceil ? S-1 : 0)) / S) + 1
 *   if ceil and (o-1)*S >= I + begin then o = o - 1
 * </pre>
 *
 * <p>A component's name is the extent's letter in the formula, in lower case.
 *
 * @param n images in the batch; 0 gives an empty result
 * @param c channels
 * @param ih height of src in pixels
 * @param iw width of src in pixels
 * @param kh height of the window in taps
 * @param kw width of the window in taps
 * @param sh vertical stride in pixels
 * @param sw horizontal stride in pixels
 * @param pt rows of padding above the image, at most kh/2
 * @param pl columns of padding left of the image, at most kw/2
 * @param pb rows of padding below the image, at most kh/2
 * @param pr columns of padding right of the image, at most kw/2
 * @param dh vertical distance between two taps in pixels; 1 is a dense window
 * @param dw horizontal distance between two taps in pixels; 1 is a dense window
 * @param ceilMode whether the output extent is rounded up; the last window still starts inside the
 *     image or its leading padding
 */
public record Pool2dGeometry(
    long n,
    long c,
    long ih,
    long iw,
    long kh,
    long kw,
    long sh,
    long sw,
    long pt,
    long pl,
    long pb,
    long pr,
    long dh,
    long dw,
    boolean ceilMode) {

  /**
   * Checks every relation between the extents.
   *
   * @throws IllegalArgumentException naming the extent, its value and the value required
   */
  public Pool2dGeometry {
    Extents.requireAtLeast("n", n, 0);
    Extents.requireAtLeast("c", c, 1);
    Extents.requireAtLeast("ih", ih, 1);
    Extents.requireAtLeast("iw", iw, 1);
    Extents.requireAtLeast("kh", kh, 1);
    Extents.requireAtLeast("kw", kw, 1);
    Extents.requireAtLeast("sh", sh, 1);
    Extents.requireAtLeast("sw", sw, 1);
    Extents.requireAtLeast("dh", dh, 1);
    Extents.requireAtLeast("dw", dw, 1);
    requirePadding("pt", pt, "kh", kh);
    requirePadding("pl", pl, "kw", kw);
    requirePadding("pb", pb, "kh", kh);
    requirePadding("pr", pr, "kw", kw);
    requireOutput("height", "kh", ih, kh, sh, pt, pb, dh, ceilMode);
    requireOutput("width", "kw", iw, kw, sw, pl, pr, dw, ceilMode);
    Extents.product("src", n, c, ih, iw);
    Extents.product("the window", kh, kw);
    Extents.product(
        "dst",
        n,
        c,
        extent(ih, kh, sh, pt, pb, dh, ceilMode),
        extent(iw, kw, sw, pl, pr, dw, ceilMode));
  }

  private static void requirePadding(String name, long padding, String kernelName, long kernel) {
    Extents.requireAtLeast(name, padding, 0);
    if (padding > kernel / 2) {
      throw new IllegalArgumentException(
          name
              + " is "
              + padding
              + "; it must be at most "
              + kernel / 2
              + ", half of "
              + kernelName
              + " "
              + kernel
              + " rounded down");
    }
  }

  private static void requireOutput(
      String axis,
      String name,
      long i,
      long k,
      long s,
      long begin,
      long end,
      long d,
      boolean ceilMode) {
    long effective = Extents.effective(axis, k, d);
    long padded = Extents.padded(axis, i, begin, end);
    Extents.padded(axis, padded, s, 0);
    if (extent(i, k, s, begin, end, d, ceilMode) < 1) {
      throw new IllegalArgumentException(
          "the output "
              + axis
              + " is below 1: window "
              + axis
              + " "
              + effective
              + " ("
              + name
              + " "
              + k
              + ", dilation "
              + d
              + ") is larger than the padded input "
              + axis
              + " "
              + padded
              + " ("
              + i
              + " + "
              + begin
              + " + "
              + end
              + ")");
    }
  }

  private static long extent(
      long i, long k, long s, long begin, long end, long d, boolean ceilMode) {
    long span = i + begin + end - d * (k - 1) - 1 + (ceilMode ? s - 1 : 0);
    long o = Math.floorDiv(span, s) + 1;
    return ceilMode && o >= 1 && (o - 1) * s >= i + begin ? o - 1 : o;
  }

  /** A dense, unpadded geometry with the given window and stride, rounding down. */
  public static Pool2dGeometry of(
      long n, long c, long ih, long iw, long kh, long kw, long sh, long sw) {
    return new Pool2dGeometry(n, c, ih, iw, kh, kw, sh, sw, 0, 0, 0, 0, 1, 1, false);
  }

  /** This geometry with other padding: top, left, bottom, right. */
  public Pool2dGeometry withPadding(long top, long left, long bottom, long right) {
    return new Pool2dGeometry(
        n, c, ih, iw, kh, kw, sh, sw, top, left, bottom, right, dh, dw, ceilMode);
  }

  /** This geometry with another dilation. */
  public Pool2dGeometry withDilation(long newDh, long newDw) {
    return new Pool2dGeometry(n, c, ih, iw, kh, kw, sh, sw, pt, pl, pb, pr, newDh, newDw, ceilMode);
  }

  /** This geometry with the output extent rounded up or down. */
  public Pool2dGeometry withCeilMode(boolean newCeilMode) {
    return new Pool2dGeometry(n, c, ih, iw, kh, kw, sh, sw, pt, pl, pb, pr, dh, dw, newCeilMode);
  }

  /** Height of dst in pixels. */
  public long oh() {
    return extent(ih, kh, sh, pt, pb, dh, ceilMode);
  }

  /** Width of dst in pixels. */
  public long ow() {
    return extent(iw, kw, sw, pl, pr, dw, ceilMode);
  }

  /** [n, c, ih, iw]. */
  public Shape srcShape() {
    return Shape.of(n, c, ih, iw);
  }

  /** [n, c, oh, ow]. */
  public Shape dstShape() {
    return Shape.of(n, c, oh(), ow());
  }

  /** The components in the order of conv4j.h; ceilMode as 0 or 1. */
  public long[] toArray() {
    return new long[] {n, c, ih, iw, kh, kw, sh, sw, pt, pl, pb, pr, dh, dw, ceilMode ? 1 : 0};
  }
}
