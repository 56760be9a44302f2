package io.github.conv4j.kernel;

/**
 * The extents of a two-dimensional adaptive pooling, validated: the output's are given, and the
 * windows share the image out.
 *
 * <pre>
 *   window o of O on an extent I = [floor(o*I/O), ceil((o+1)*I/O))
 * </pre>
 *
 * <p>Neighbouring windows may overlap by one pixel, and with O &gt; I by more. Global pooling is an
 * output of 1 x 1.
 *
 * @param n images in the batch; 0 gives an empty result
 * @param c channels
 * @param ih height of src in pixels
 * @param iw width of src in pixels
 * @param oh height of dst in pixels
 * @param ow width of dst in pixels
 */
public record AdaptivePool2dGeometry(long n, long c, long ih, long iw, long oh, long ow)
    implements PoolWindows {

  /**
   * Checks every extent.
   *
   * @throws IllegalArgumentException naming the extent, its value and the value required
   */
  public AdaptivePool2dGeometry {
    Extents.requireAtLeast("n", n, 0);
    Extents.requireAtLeast("c", c, 1);
    Extents.requireAtLeast("ih", ih, 1);
    Extents.requireAtLeast("iw", iw, 1);
    Extents.requireAtLeast("oh", oh, 1);
    Extents.requireAtLeast("ow", ow, 1);
    Extents.product("src", n, c, ih, iw);
    Extents.product("dst", n, c, oh, ow);
    // The windows multiply these.
    Extents.product("ih * oh", ih, oh);
    Extents.product("iw * ow", iw, ow);
  }

  @Override
  public long rowBegin(long o) {
    return o * ih / oh;
  }

  @Override
  public long rowEnd(long o) {
    return ceilDivide((o + 1) * ih, oh);
  }

  @Override
  public long columnBegin(long o) {
    return o * iw / ow;
  }

  @Override
  public long columnEnd(long o) {
    return ceilDivide((o + 1) * iw, ow);
  }

  /** The number of the window's pixels. */
  @Override
  public long divisor(long row, long column) {
    return (rowEnd(row) - rowBegin(row)) * (columnEnd(column) - columnBegin(column));
  }

  /** The components in the order of conv4j.h. */
  public long[] toArray() {
    return new long[] {n, c, ih, iw, oh, ow};
  }

  private static long ceilDivide(long a, long b) {
    return a / b + (a % b == 0 ? 0 : 1);
  }
}
