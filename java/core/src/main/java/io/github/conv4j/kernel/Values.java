package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/**
 * Numbers that the loops of the reference read: floats or doubles, each as the double that it is.
 * One set of loops so serves both precisions; float results are those of double, rounded.
 */
sealed interface Values {
  /** Element i. */
  double at(long i);

  /** How many there are. */
  int length();

  /** The elements of a tensor, copied; null for null. */
  static Values of(Tensor tensor) {
    return tensor == null ? null : new Floats(tensor.toArray());
  }

  /** Some elements of a tensor in row-major order, copied; null for null. */
  static Values of(Tensor tensor, long first, int count) {
    return tensor == null ? null : new Floats(Elements.part(tensor, first, count));
  }

  /** The array itself; null for null. */
  static Values of(float[] values) {
    return values == null ? null : new Floats(values);
  }

  /** The array itself, refused unless it has the given length; null for null. */
  static Values of(String name, float[] values, long length) {
    if (values == null) {
      return null;
    }
    requireLength(name, values.length, length);
    return new Floats(values);
  }

  /** The array itself, refused unless it has the given length; null for null. */
  static Values of(String name, double[] values, long length) {
    if (values == null) {
      return null;
    }
    requireLength(name, values.length, length);
    return new Doubles(values);
  }

  /** Refuses an array that has not the length that a geometry or a shape requires. */
  static void requireLength(String name, long found, long length) {
    if (found != length) {
      throw new IllegalArgumentException(
          name + " has " + found + " elements; the geometry requires " + length);
    }
  }

  /** Single precision. */
  record Floats(float[] values) implements Values {
    @Override
    public double at(long i) {
      return values[(int) i];
    }

    @Override
    public int length() {
      return values.length;
    }
  }

  /** Double precision. */
  record Doubles(double[] values) implements Values {
    @Override
    public double at(long i) {
      return values[(int) i];
    }

    @Override
    public int length() {
      return values.length;
    }
  }
}
