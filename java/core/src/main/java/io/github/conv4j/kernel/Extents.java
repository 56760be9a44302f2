package io.github.conv4j.kernel;

/** Overflow-checked arithmetic and checks that name what is wrong, shared by the geometries. */
final class Extents {
  private Extents() {}

  static void requireAtLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " is " + value + "; it must be at least " + least);
    }
  }

  static void requireMultiple(String name, long channels, long groups) {
    if (channels % groups != 0) {
      throw new IllegalArgumentException(
          name + " is " + channels + "; it must be a multiple of the " + groups + " groups");
    }
  }

  /** Product of non-negative extents. */
  static long product(String what, long... extents) {
    long product = 1;
    try {
      for (long extent : extents) {
        product = Math.multiplyExact(product, extent);
      }
      // Bytes, too, must fit.
      Math.multiplyExact(product, (long) Float.BYTES);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          what + " " + java.util.Arrays.toString(extents) + " has more than 2^63 bytes", e);
    }
    return product;
  }

  /** Distance between the first and the last tap of a kernel, plus one: dilation * (k - 1) + 1. */
  static long effective(String axis, long kernel, long dilation) {
    try {
      return Math.addExact(Math.multiplyExact(dilation, kernel - 1), 1);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "kernel " + axis + " " + kernel + " with dilation " + dilation + " is wider than 2^63",
          e);
    }
  }

  static long padded(String axis, long extent, long begin, long end) {
    try {
      return Math.addExact(Math.addExact(extent, begin), end);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          axis + " " + extent + " with padding " + begin + " and " + end + " is wider than 2^63",
          e);
    }
  }
}
