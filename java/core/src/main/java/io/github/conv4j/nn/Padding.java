package io.github.conv4j.nn;

/** How a convolution's padding is found. */
enum Padding {
  /** As given in pixels. */
  GIVEN,
  /** The output is as large as the input: stride 1, the smaller half top and left. */
  SAME,
  /** ONNX's SAME_UPPER: the output is the input divided by the stride; the odd pixel at the end. */
  SAME_UPPER,
  /** ONNX's SAME_LOWER: the odd pixel at the start. */
  SAME_LOWER;

  /** Refuses a stride that this padding does not suit. */
  void requireStride(long height, long width) {
    if (this == SAME && (height != 1 || width != 1)) {
      throw new IllegalArgumentException(
          "stride is "
              + height
              + "x"
              + width
              + "; padding that keeps the size needs stride 1 (for others see paddingSameUpper)");
    }
  }

  /** The window with the padding that an image calls for. */
  Window resolve(Window w, long ih, long iw) {
    if (this == GIVEN) {
      return w;
    }
    long height = total(ih, w.reachHeight(), w.sh());
    long width = total(iw, w.reachWidth(), w.sw());
    long top = this == SAME_LOWER ? height - height / 2 : height / 2;
    long left = this == SAME_LOWER ? width - width / 2 : width / 2;
    return new Window(
        w.kh(), w.kw(), w.sh(), w.sw(), top, left, height - top, width - left, w.dh(), w.dw());
  }

  /** The stride of a window is checked after this, with everything else. */
  private static long total(long in, long reach, long stride) {
    long step = Math.max(1, stride);
    return Math.max(0, reach - (in % step == 0 ? step : in % step));
  }
}
