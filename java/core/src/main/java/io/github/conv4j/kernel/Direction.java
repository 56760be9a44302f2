package io.github.conv4j.kernel;

import java.util.Locale;

/** What a convolution or pooling plan computes. The order is that of conv4j.h. */
public enum Direction {
  /** dst from src. */
  FORWARD,
  /** diff_src from diff_dst. */
  BACKWARD_DATA,
  /** diff_weights and diff_bias from src and diff_dst. */
  BACKWARD_WEIGHTS;

  /** The name used by the command line and in messages, for instance {@code backward_data}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The direction with the given {@link #label()}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Direction of(String label) {
    for (Direction direction : values()) {
      if (direction.label().equals(label)) {
        return direction;
      }
    }
    throw new IllegalArgumentException(
        "direction is " + label + "; it must be forward, backward_data or backward_weights");
  }
}
