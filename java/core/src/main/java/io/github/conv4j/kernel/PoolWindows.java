package io.github.conv4j.kernel;

import io.github.conv4j.Shape;

/**
 * The windows of an average or adaptive pooling as ranges of pixels: window (oh, ow) holds the rows
 * {@code rowBegin(oh)} to {@code rowEnd(oh)} and the columns {@code columnBegin(ow)} to {@code
 * columnEnd(ow)} of the image, the ends exclusive. No window is empty.
 */
public sealed interface PoolWindows permits AvgPool2dGeometry, AdaptivePool2dGeometry {
  /** Images in the batch. */
  long n();

  /** Channels. */
  long c();

  /** Height of src in pixels. */
  long ih();

  /** Width of src in pixels. */
  long iw();

  /** Height of dst in pixels. */
  long oh();

  /** Width of dst in pixels. */
  long ow();

  /** The first row of the image in the windows of row oh of dst. */
  long rowBegin(long oh);

  /** The row after the last one. */
  long rowEnd(long oh);

  /** The first column of the image in the windows of column ow of dst. */
  long columnBegin(long ow);

  /** The column after the last one. */
  long columnEnd(long ow);

  /** What the sum of a window is divided by to give its average; not 0. */
  long divisor(long oh, long ow);

  /** [n, c, ih, iw]. */
  default Shape srcShape() {
    return Shape.of(n(), c(), ih(), iw());
  }

  /** [n, c, oh, ow]. */
  default Shape dstShape() {
    return Shape.of(n(), c(), oh(), ow());
  }
}
