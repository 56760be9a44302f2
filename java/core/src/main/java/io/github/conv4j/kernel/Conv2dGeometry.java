package io.github.conv4j.kernel;

import io.github.conv4j.Shape;

/**
 * The extents of a two-dimensional convolution (cross-correlation), validated.
 *
 * <pre>
 *   dst[n,oc,oh,ow] = bias[oc] + sum over ic in the group, kh, kw of
 *                     weights[oc,ic,kh,kw] * src[n, group*IC/G+ic, oh*SH-PT+kh*DH, ow*SW-PL+kw*DW]
 *   OH = (IH + PT + PB - DH*(KH-1) - 1) / SH + 1, rounded down; OW alike
 * </pre>
 *
 * <p>A component's name is the extent's letter in the formula, in lower case.
 *
 * @param n images in the batch; 0 gives an empty result
 * @param ic channels of src
 * @param ih height of src in pixels
 * @param iw width of src in pixels
 * @param oc channels of dst
 * @param kh height of the kernel in taps
 * @param kw width of the kernel in taps
 * @param sh vertical stride in pixels
 * @param sw horizontal stride in pixels
 * @param pt rows of zeros above the image
 * @param pl columns of zeros left of the image
 * @param pb rows of zeros below the image
 * @param pr columns of zeros right of the image
 * @param dh vertical distance between two taps in pixels; 1 is a dense kernel
 * @param dw horizontal distance between two taps in pixels; 1 is a dense kernel
 * @param g groups: output block i reads input block i only; divides ic and oc
 */
public record Conv2dGeometry(
    long n,
    long ic,
    long ih,
    long iw,
    long oc,
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
    long g) {

  /**
   * Checks every relation between the extents.
   *
   * @throws IllegalArgumentException naming the extent, its value and the value required
   */
  public Conv2dGeometry {
    Extents.requireAtLeast("n", n, 0);
    Extents.requireAtLeast("ic", ic, 1);
    Extents.requireAtLeast("ih", ih, 1);
    Extents.requireAtLeast("iw", iw, 1);
    Extents.requireAtLeast("oc", oc, 1);
    Extents.requireAtLeast("kh", kh, 1);
    Extents.requireAtLeast("kw", kw, 1);
    Extents.requireAtLeast("sh", sh, 1);
    Extents.requireAtLeast("sw", sw, 1);
    Extents.requireAtLeast("pt", pt, 0);
    Extents.requireAtLeast("pl", pl, 0);
    Extents.requireAtLeast("pb", pb, 0);
    Extents.requireAtLeast("pr", pr, 0);
    Extents.requireAtLeast("dh", dh, 1);
    Extents.requireAtLeast("dw", dw, 1);
    Extents.requireAtLeast("g", g, 1);
    Extents.requireMultiple("ic", ic, g);
    Extents.requireMultiple("oc", oc, g);
    requireFits("height", "kh", kh, dh, ih, pt, pb);
    requireFits("width", "kw", kw, dw, iw, pl, pr);
    Extents.product("src", n, ic, ih, iw);
    Extents.product("weights", oc, ic / g, kh, kw);
    Extents.product("dst", n, oc, extent(ih, kh, sh, pt, pb, dh), extent(iw, kw, sw, pl, pr, dw));
  }

  private static void requireFits(
      String axis, String name, long kernel, long dilation, long extent, long begin, long end) {
    long effective = Extents.effective(axis, kernel, dilation);
    long padded = Extents.padded(axis, extent, begin, end);
    if (effective > padded) {
      throw new IllegalArgumentException(
          "kernel "
              + axis
              + " "
              + effective
              + " ("
              + name
              + " "
              + kernel
              + ", dilation "
              + dilation
              + ") is larger than the padded input "
              + axis
              + " "
              + padded
              + " ("
              + extent
              + " + "
              + begin
              + " + "
              + end
              + ")");
    }
  }

  private static long extent(long i, long k, long s, long begin, long end, long d) {
    return (i + begin + end - d * (k - 1) - 1) / s + 1;
  }

  /** A geometry of one dense, unpadded group with stride 1. */
  public static Conv2dGeometry of(long n, long ic, long ih, long iw, long oc, long kh, long kw) {
    return new Conv2dGeometry(n, ic, ih, iw, oc, kh, kw, 1, 1, 0, 0, 0, 0, 1, 1, 1);
  }

  /** This geometry with another stride. */
  public Conv2dGeometry withStride(long newSh, long newSw) {
    return new Conv2dGeometry(n, ic, ih, iw, oc, kh, kw, newSh, newSw, pt, pl, pb, pr, dh, dw, g);
  }

  /** This geometry with other zero padding: top, left, bottom, right. */
  public Conv2dGeometry withPadding(long top, long left, long bottom, long right) {
    return new Conv2dGeometry(
        n, ic, ih, iw, oc, kh, kw, sh, sw, top, left, bottom, right, dh, dw, g);
  }

  /** This geometry with another dilation. */
  public Conv2dGeometry withDilation(long newDh, long newDw) {
    return new Conv2dGeometry(n, ic, ih, iw, oc, kh, kw, sh, sw, pt, pl, pb, pr, newDh, newDw, g);
  }

  /** This geometry with another number of groups. */
  public Conv2dGeometry withGroups(long groups) {
    return new Conv2dGeometry(n, ic, ih, iw, oc, kh, kw, sh, sw, pt, pl, pb, pr, dh, dw, groups);
  }

  /** This geometry with another number of images. */
  public Conv2dGeometry withBatch(long images) {
    return new Conv2dGeometry(images, ic, ih, iw, oc, kh, kw, sh, sw, pt, pl, pb, pr, dh, dw, g);
  }

  /** Height of dst in pixels. */
  public long oh() {
    return extent(ih, kh, sh, pt, pb, dh);
  }

  /** Width of dst in pixels. */
  public long ow() {
    return extent(iw, kw, sw, pl, pr, dw);
  }

  /** [n, ic, ih, iw]. */
  public Shape srcShape() {
    return Shape.of(n, ic, ih, iw);
  }

  /** [oc, ic/g, kh, kw]. */
  public Shape weightsShape() {
    return Shape.of(oc, ic / g, kh, kw);
  }

  /** [oc]. */
  public Shape biasShape() {
    return Shape.of(oc);
  }

  /** [n, oc, oh, ow]. */
  public Shape dstShape() {
    return Shape.of(n, oc, oh(), ow());
  }

  /** Multiply-adds of the direct sum, taps in the padding included: n*oc*oh*ow*ic/g*kh*kw. */
  public double multiplyAdds() {
    return (double) n * oc * oh() * ow() * (ic / g) * kh * kw;
  }

  /** The components in the order of conv4j.h and of the shape files. */
  public long[] toArray() {
    return new long[] {n, ic, ih, iw, oc, kh, kw, sh, sw, pt, pl, pb, pr, dh, dw, g};
  }
}
