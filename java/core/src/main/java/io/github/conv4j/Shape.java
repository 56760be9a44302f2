package io.github.conv4j;

import java.util.Arrays;

/**
 * The extents of a tensor, outermost first: images are always N, C, H, W. Immutable.
 *
 * <p>The number of bytes of a float32 tensor of this shape fits into a long.
 */
public final class Shape {
  private final long[] dims;
  private final long elements;

  private Shape(long[] dims) {
    long product = 1;
    for (int axis = 0; axis < dims.length; axis++) {
      if (dims[axis] < 0) {
        throw new IllegalArgumentException(
            "extent " + axis + " of shape " + Arrays.toString(dims) + " is negative");
      }
      try {
        product = Math.multiplyExact(product, dims[axis]);
        Math.multiplyExact(product, (long) Float.BYTES);
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException(
            "shape " + Arrays.toString(dims) + " has more than 2^63 bytes", e);
      }
    }
    this.dims = dims;
    this.elements = product;
  }

  /**
   * A shape of the given extents; none for a scalar.
   *
   * @throws IllegalArgumentException if an extent is negative or the product of the extents, in
   *     bytes of float32, exceeds 2^63
   */
  public static Shape of(long... dims) {
    return new Shape(dims.clone());
  }

  /** The number of axes. */
  public int rank() {
    return dims.length;
  }

  /** The extent of an axis, 0 being the outermost. */
  public long dim(int axis) {
    return dims[axis];
  }

  /** The product of all extents. */
  public long elements() {
    return elements;
  }

  /** The extents, outermost first, as an array of its own. */
  public long[] toArray() {
    return dims.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** For instance {@code [1, 3, 224, 224]}. */
  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
