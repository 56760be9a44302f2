package io.github.conv4j.kernel;

/**
 * Every pooling and unpooling in double precision, forward and backward: the float64 reference, for
 * gradient checks. What {@link DoubleConvolutions} says of arrays, threads and exceptions holds
 * here, too; ties, NaN and infinities are decided as in {@link ReferenceMaxPool2d}.
 */
public final class DoublePoolings {
  private DoublePoolings() {}

  /**
   * What every window of max pooling chooses: its tap kh*KW + kw, or -1 where no tap lies inside
   * the image.
   *
   * @param geometry the extents
   * @param src [N, C, IH, IW]
   * @return [N, C, OH, OW]
   */
  public static long[] maxPool2dTaps(Pool2dGeometry geometry, double[] src) {
    return ReferenceMaxPool2dPlans.taps(geometry, pixels(geometry, src), false);
  }

  /**
   * What every window of min pooling chooses, in the same form.
   *
   * @param geometry the extents
   * @param src [N, C, IH, IW]
   * @return [N, C, OH, OW]
   */
  public static long[] minPool2dTaps(Pool2dGeometry geometry, double[] src) {
    return ReferenceMaxPool2dPlans.taps(geometry, pixels(geometry, src), true);
  }

  /**
   * The place ih*IW + iw of every tap within its plane, -1 for -1.
   *
   * @param geometry the extents
   * @param taps [N, C, OH, OW], from {@link #maxPool2dTaps} or {@link #minPool2dTaps}
   * @return [N, C, OH, OW]
   */
  public static long[] pool2dIndices(Pool2dGeometry geometry, long[] taps) {
    requireTaps(geometry, taps);
    return ReferenceMaxPool2dPlans.indices(geometry, taps);
  }

  /**
   * The largest pixel of every window; -infinity where no tap lies inside the image.
   *
   * @param geometry the extents
   * @param src [N, C, IH, IW]
   * @return dst [N, C, OH, OW]
   */
  public static double[] maxPool2dForward(Pool2dGeometry geometry, double[] src) {
    long[] taps = maxPool2dTaps(geometry, src);
    return ReferenceMaxPool2dPlans.values(geometry, pixels(geometry, src), taps, false);
  }

  /**
   * The smallest pixel of every window; +infinity where no tap lies inside the image.
   *
   * @param geometry the extents
   * @param src [N, C, IH, IW]
   * @return dst [N, C, OH, OW]
   */
  public static double[] minPool2dForward(Pool2dGeometry geometry, double[] src) {
    long[] taps = minPool2dTaps(geometry, src);
    return ReferenceMaxPool2dPlans.values(geometry, pixels(geometry, src), taps, true);
  }

  /**
   * The gradient of src for max or min pooling: the sum of diff_dst over the windows that chose the
   * pixel.
   *
   * @param geometry the extents of the forward pooling
   * @param diffDst [N, C, OH, OW]
   * @param taps [N, C, OH, OW], from {@link #maxPool2dTaps} or {@link #minPool2dTaps}
   * @return diff_src [N, C, IH, IW]
   */
  public static double[] pool2dBackward(Pool2dGeometry geometry, double[] diffDst, long[] taps) {
    requireTaps(geometry, taps);
    Values dy = Values.of("diff_dst", diffDst, geometry.dstShape().elements());
    return ReferenceMaxPool2dPlans.gradients(geometry, dy, taps);
  }

  /**
   * Average pooling, at a fixed stride or adaptive.
   *
   * @param windows the extents, the windows and their divisors
   * @param src [N, C, IH, IW]
   * @return dst [N, C, OH, OW]
   */
  public static double[] avgPool2dForward(PoolWindows windows, double[] src) {
    Values x = Values.of("src", src, windows.srcShape().elements());
    return ReferenceAvgPool2dPlans.averages(windows, x);
  }

  /**
   * The gradient of src for average pooling: the sum of diff_dst / divisor over the windows that
   * hold the pixel.
   *
   * @param windows the extents of the forward pooling, the windows and their divisors
   * @param diffDst [N, C, OH, OW]
   * @return diff_src [N, C, IH, IW]
   */
  public static double[] avgPool2dBackward(PoolWindows windows, double[] diffDst) {
    Values dy = Values.of("diff_dst", diffDst, windows.dstShape().elements());
    return ReferenceAvgPool2dPlans.gradients(windows, dy);
  }

  /**
   * The place ih*IW + iw of the pixel that wins each window of adaptive max pooling.
   *
   * @param geometry the extents and the windows
   * @param src [N, C, IH, IW]
   * @return [N, C, OH, OW]
   */
  public static long[] adaptiveMaxPool2dIndices(AdaptivePool2dGeometry geometry, double[] src) {
    Values x = Values.of("src", src, geometry.srcShape().elements());
    return ReferenceAdaptiveMaxPool2dPlan.indices(geometry, x);
  }

  /**
   * Adaptive max pooling.
   *
   * @param geometry the extents and the windows
   * @param src [N, C, IH, IW]
   * @return dst [N, C, OH, OW]
   */
  public static double[] adaptiveMaxPool2dForward(AdaptivePool2dGeometry geometry, double[] src) {
    Values x = Values.of("src", src, geometry.srcShape().elements());
    long[] indices = ReferenceAdaptiveMaxPool2dPlan.indices(geometry, x);
    return ReferenceAdaptiveMaxPool2dPlan.values(geometry, x, indices);
  }

  /**
   * The gradient of src for adaptive max pooling: diff_src[index] += diff_dst in every plane.
   *
   * @param geometry the extents of the forward pooling
   * @param diffDst [N, C, OH, OW]
   * @param indices [N, C, OH, OW], from {@link #adaptiveMaxPool2dIndices}
   * @return diff_src [N, C, IH, IW]
   */
  public static double[] adaptiveMaxPool2dBackward(
      AdaptivePool2dGeometry geometry, double[] diffDst, long[] indices) {
    long windows = geometry.dstShape().elements();
    Values.requireLength("indices", indices.length, windows);
    Values dy = Values.of("diff_dst", diffDst, windows);
    int pixels = Math.toIntExact(geometry.srcShape().elements());
    long large = geometry.ih() * geometry.iw();
    return ReferenceIndexed.scatterAdd(indices, geometry.oh() * geometry.ow(), large, dy, pixels);
  }

  /**
   * Max unpooling: zeros, then dst[index] = src within every plane; of equal indices the last one
   * counts.
   *
   * @param planes N*C
   * @param dstPixels OH*OW
   * @param src [planes, pixels]
   * @param indices [planes, pixels], each 0 to dstPixels-1
   * @return dst [planes, dstPixels]
   * @throws IllegalArgumentException also if an index is outside its plane
   */
  public static double[] maxUnpool2dForward(
      int planes, int dstPixels, double[] src, long[] indices) {
    long small = small(planes, indices);
    Values x = Values.of("src", src, indices.length);
    int count = Math.multiplyExact(planes, dstPixels);
    return ReferenceIndexed.scatter(indices, small, dstPixels, x, count);
  }

  /**
   * The gradient of src for max unpooling: diff_src = diff_dst[index] in every plane, as if no
   * index were there twice.
   *
   * @param planes N*C
   * @param dstPixels OH*OW
   * @param diffDst [planes, dstPixels]
   * @param indices as in the forward pass
   * @return diff_src, one element for each index
   * @throws IllegalArgumentException also if an index is outside its plane
   */
  public static double[] maxUnpool2dBackward(
      int planes, int dstPixels, double[] diffDst, long[] indices) {
    long small = small(planes, indices);
    Values dy = Values.of("diff_dst", diffDst, (long) planes * dstPixels);
    return ReferenceIndexed.gather(indices, small, dstPixels, dy);
  }

  private static long small(int planes, long[] indices) {
    if (planes < 0
        || planes == 0 && indices.length > 0
        || indices.length % Math.max(planes, 1) != 0) {
      throw new IllegalArgumentException(
          "indices has " + indices.length + " elements; they must fill " + planes + " planes");
    }
    return indices.length / Math.max(planes, 1);
  }

  private static Values pixels(Pool2dGeometry geometry, double[] src) {
    return Values.of("src", src, geometry.srcShape().elements());
  }

  private static void requireTaps(Pool2dGeometry geometry, long[] taps) {
    Values.requireLength("taps", taps.length, geometry.dstShape().elements());
  }
}
