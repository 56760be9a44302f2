package io.github.conv4j.kernel;

import io.github.conv4j.Shape;

/**
 * The extents of a two-dimensional transposed convolution, validated: the gradient of the
 * convolution from dst to src with the same kernel, stride, padding and dilation.
 *
 * <pre>
 *   dst[n,oc,oh,ow] = bias[oc] + sum over ic in the group, kh, kw, ih, iw with
 *                     oh = ih*SH-PT+kh*DH and ow = iw*SW-PL+kw*DW of
 *                     weights[ic,oc,kh,kw] * src[n,ic,ih,iw]
 *   OH = (IH-1)*SH - PT - PB + DH*(KH-1) + OPH + 1; OW alike
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
 * @param sh rows of dst from one row of src to the next
 * @param sw columns of dst from one column of src to the next
 * @param pt rows left out at the top of dst
 * @param pl columns left out at the left of dst
 * @param pb rows left out at the bottom of dst
 * @param pr columns left out at the right of dst
 * @param oph output padding: rows added at the bottom of dst, less than the larger of sh and dh
 * @param opw output padding: columns added at the right of dst, less than the larger of sw and dw
 * @param dh vertical distance between two taps in pixels; 1 is a dense kernel
 * @param dw horizontal distance between two taps in pixels; 1 is a dense kernel
 * @param g groups: output block i gets input block i only; divides ic and oc
 */
public record ConvTranspose2dGeometry(
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
    long oph,
    long opw,
    long dh,
    long dw,
    long g) {

  /**
   * Checks every relation between the extents.
   *
   * @throws IllegalArgumentException naming the extent, its value and the value required
   */
  public ConvTranspose2dGeometry {
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
    requireOutputPadding("oph", oph, "sh", sh, "dh", dh);
    requireOutputPadding("opw", opw, "sw", sw, "dw", dw);
    long oh = requireResult("height", ih, kh, sh, pt, pb, oph, dh);
    long ow = requireResult("width", iw, kw, sw, pl, pr, opw, dw);
    Extents.product("src", n, ic, ih, iw);
    Extents.product("weights", ic, oc / g, kh, kw);
    Extents.product("dst", n, oc, oh, ow);
  }

  private static void requireOutputPadding(
      String name, long added, String strideName, long stride, String dilationName, long dilation) {
    if (added < 0 || added >= Math.max(stride, dilation)) {
      throw new IllegalArgumentException(
          String.format(
              "%s is %d; it must be at least 0 and less than the larger of %s %d and %s %d",
              name, added, strideName, stride, dilationName, dilation));
    }
  }

  private static long requireResult(
      String axis, long in, long kernel, long stride, long begin, long end, long added, long d) {
    long effective = Extents.effective(axis, kernel, d);
    long result;
    try {
      long spread = Math.addExact(Math.multiplyExact(in - 1, stride), effective);
      result = Math.addExact(Math.subtractExact(Math.subtractExact(spread, begin), end), added);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "the " + axis + " of dst would be beyond 2^63: stride " + stride + ", input " + in, e);
    }
    if (result < 1) {
      throw new IllegalArgumentException(
          String.format(
              "the %s of dst would be %d; it must be at least 1 (input %d, stride %d, kernel %d, "
                  + "padding %d and %d, output padding %d)",
              axis, result, in, stride, effective, begin, end, added));
    }
    return result;
  }

  private static long extent(
      long in, long kernel, long stride, long begin, long end, long added, long dilation) {
    return (in - 1) * stride - begin - end + dilation * (kernel - 1) + added + 1;
  }

  /** A geometry of one dense, unpadded group with stride 1. */
  public static ConvTranspose2dGeometry of(
      long n, long ic, long ih, long iw, long oc, long kh, long kw) {
    return new ConvTranspose2dGeometry(n, ic, ih, iw, oc, kh, kw, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1);
  }

  /** This geometry with another stride. */
  public ConvTranspose2dGeometry withStride(long newSh, long newSw) {
    return new ConvTranspose2dGeometry(
        n, ic, ih, iw, oc, kh, kw, newSh, newSw, pt, pl, pb, pr, oph, opw, dh, dw, g);
  }

  /** This geometry with other padding: top, left, bottom, right. */
  public ConvTranspose2dGeometry withPadding(long top, long left, long bottom, long right) {
    return new ConvTranspose2dGeometry(
        n, ic, ih, iw, oc, kh, kw, sh, sw, top, left, bottom, right, oph, opw, dh, dw, g);
  }

  /** This geometry with other output padding: bottom, right. */
  public ConvTranspose2dGeometry withOutputPadding(long bottom, long right) {
    return new ConvTranspose2dGeometry(
        n, ic, ih, iw, oc, kh, kw, sh, sw, pt, pl, pb, pr, bottom, right, dh, dw, g);
  }

  /** This geometry with another dilation. */
  public ConvTranspose2dGeometry withDilation(long newDh, long newDw) {
    return new ConvTranspose2dGeometry(
        n, ic, ih, iw, oc, kh, kw, sh, sw, pt, pl, pb, pr, oph, opw, newDh, newDw, g);
  }

  /** This geometry with another number of groups. */
  public ConvTranspose2dGeometry withGroups(long groups) {
    return new ConvTranspose2dGeometry(
        n, ic, ih, iw, oc, kh, kw, sh, sw, pt, pl, pb, pr, oph, opw, dh, dw, groups);
  }

  /** Height of dst in pixels. */
  public long oh() {
    return extent(ih, kh, sh, pt, pb, oph, dh);
  }

  /** Width of dst in pixels. */
  public long ow() {
    return extent(iw, kw, sw, pl, pr, opw, dw);
  }

  /** [n, ic, ih, iw]. */
  public Shape srcShape() {
    return Shape.of(n, ic, ih, iw);
  }

  /** [ic, oc/g, kh, kw]. */
  public Shape weightsShape() {
    return Shape.of(ic, oc / g, kh, kw);
  }

  /** [oc]. */
  public Shape biasShape() {
    return Shape.of(oc);
  }

  /** [n, oc, oh, ow]. */
  public Shape dstShape() {
    return Shape.of(n, oc, oh(), ow());
  }

  /** Multiply-adds of the direct sum, those that fall outside dst included. */
  public double multiplyAdds() {
    return (double) n * ic * ih * iw * (oc / g) * kh * kw;
  }

  /** The components in the order of conv4j.h and of the shape files. */
  public long[] toArray() {
    return new long[] {n, ic, ih, iw, oc, kh, kw, sh, sw, pt, pl, pb, pr, oph, opw, dh, dw, g};
  }
}
