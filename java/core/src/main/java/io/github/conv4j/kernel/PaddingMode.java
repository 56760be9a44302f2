package io.github.conv4j.kernel;

import java.util.Locale;

/** What a convolution reads outside the image. The order is that of conv4j.h. */
public enum PaddingMode {
  /** Zeros: {@code 0 0 | a b c d | 0 0}. A tap there contributes nothing, even under NaN. */
  ZEROS,
  /** The nearest pixel: {@code a a | a b c d | d d}. */
  REPLICATE,
  /**
   * The image mirrored at its first and last pixel, which are not repeated: {@code c b | a b c d |
   * c b}. The padding must be smaller than the image.
   */
  REFLECT,
  /**
   * The image repeated: {@code c d | a b c d | a b}. The padding must not be larger than the image.
   */
  CIRCULAR;

  /** The name used by the command line and in messages, for instance {@code reflect}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The mode with the given {@link #label()}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static PaddingMode of(String label) {
    for (PaddingMode mode : values()) {
      if (mode.label().equals(label)) {
        return mode;
      }
    }
    throw new IllegalArgumentException(
        "padding mode is " + label + "; it must be zeros, replicate, reflect or circular");
  }

  /**
   * Where a pixel comes from, along one axis.
   *
   * @param i a position inside or outside the image, not further out than the mode allows
   * @param extent of the image, in pixels
   * @return a position in 0 .. extent-1, {@code i} itself where it is inside; -1 for a zero
   */
  public long source(long i, long extent) {
    if (i >= 0 && i < extent) {
      return i;
    }
    return switch (this) {
      case ZEROS -> -1;
      case REPLICATE -> i < 0 ? 0 : extent - 1;
      case REFLECT -> i < 0 ? -i : 2 * (extent - 1) - i;
      case CIRCULAR -> i < 0 ? i + extent : i - extent;
    };
  }

  /**
   * Refuses a convolution whose padding is larger than this mode has pixels for.
   *
   * @throws IllegalArgumentException naming the side, its padding and the most that is possible
   */
  public void requireFits(Conv2dGeometry geometry) {
    requireFits("pt", geometry.pt(), "ih", geometry.ih());
    requireFits("pl", geometry.pl(), "iw", geometry.iw());
    requireFits("pb", geometry.pb(), "ih", geometry.ih());
    requireFits("pr", geometry.pr(), "iw", geometry.iw());
  }

  private void requireFits(String name, long padding, String extentName, long extent) {
    long most =
        switch (this) {
          case ZEROS, REPLICATE -> Long.MAX_VALUE;
          case REFLECT -> extent - 1;
          case CIRCULAR -> extent;
        };
    if (padding > most) {
      throw new IllegalArgumentException(
          String.format(
              "%s is %d; %s padding must be at most %d where %s is %d",
              name, padding, label(), most, extentName, extent));
    }
  }
}
