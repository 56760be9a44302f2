package io.github.conv4j;

/**
 * How the elements of an image tensor lie in memory. Its {@link Shape} is N, C, H, W (or C, H, W)
 * in either format, and so is the order in which single elements are counted, {@link Tensor#get}.
 */
public enum MemoryFormat {
  /** In row-major order of the shape: [N][C][H][W], plane after plane. For tensors of any rank. */
  CONTIGUOUS,

  /** Pixel after pixel, [N][H][W][C], also called NHWC. For images: tensors of rank 3 and 4. */
  CHANNELS_LAST;

  /**
   * Refuses a shape that cannot lie so.
   *
   * @throws IllegalArgumentException if the format is for images and the rank is not 3 or 4
   */
  void requireSuits(Shape shape) {
    if (this == CHANNELS_LAST && shape.rank() != 3 && shape.rank() != 4) {
      throw new IllegalArgumentException(
          "shape " + shape + " cannot lie CHANNELS_LAST; it must be [N, C, H, W] or [C, H, W]");
    }
  }

  /** Where the element lies that has this number in row-major order. */
  long position(Shape shape, long index) {
    if (this == CONTIGUOUS) {
      return index;
    }
    long pixels = pixels(shape);
    long channels = channels(shape);
    long plane = index / pixels;
    return (plane / channels * pixels + index % pixels) * channels + plane % channels;
  }

  /** The C of [N, C, H, W] or [C, H, W]. */
  static long channels(Shape shape) {
    return shape.dim(shape.rank() - 3);
  }

  /** H*W. */
  static long pixels(Shape shape) {
    return shape.dim(shape.rank() - 2) * shape.dim(shape.rank() - 1);
  }

  /** The N of [N, C, H, W], 1 for [C, H, W]. */
  static long images(Shape shape) {
    return shape.rank() == 3 ? 1 : shape.dim(0);
  }

  /** Whether two shapes are the same images, but for the axis of a batch of one. */
  static boolean sameImages(Shape a, Shape b) {
    return images(a) == images(b)
        && channels(a) == channels(b)
        && a.dim(a.rank() - 2) == b.dim(b.rank() - 2)
        && a.dim(a.rank() - 1) == b.dim(b.rank() - 1);
  }
}
