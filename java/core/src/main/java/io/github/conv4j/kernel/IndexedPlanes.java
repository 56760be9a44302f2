package io.github.conv4j.kernel;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import java.util.Objects;

/**
 * The extents of a move between planes by indices: {@code small} elements a plane, each with an
 * index into the {@code large} elements of its plane in the other tensor.
 */
record IndexedPlanes(long planes, long small, long large) {

  /** Checks the tensors of a move from the small planes to the large ones. */
  static IndexedPlanes scatter(
      String fromName, Tensor from, LongTensor indices, String toName, Tensor to) {
    IndexedPlanes planes = of(fromName, from, indices, toName, to);
    TensorChecks.requireDisjoint(toName, to, fromName, from);
    return planes;
  }

  /** Checks the tensors of a move from the large planes to the small ones. */
  static IndexedPlanes gather(
      String fromName, Tensor from, LongTensor indices, String toName, Tensor to) {
    IndexedPlanes planes = of(toName, to, indices, fromName, from);
    TensorChecks.requireDisjoint(toName, to, fromName, from);
    return planes;
  }

  /**
   * Checks two image tensors and the indices of the first.
   *
   * @param smallName of the tensor that has the shape of the indices
   * @param largeName of the tensor that they point into: the same images and channels, any height
   *     and width
   */
  private static IndexedPlanes of(
      String smallName, Tensor small, LongTensor indices, String largeName, Tensor large) {
    Shape shape = Objects.requireNonNull(small, smallName).shape();
    Shape other = Objects.requireNonNull(large, largeName).shape();
    TensorChecks.requireExactShape(smallName, small, shape);
    TensorChecks.requireExactShape(largeName, large, other);
    if (shape.rank() != 3 && shape.rank() != 4) {
      throw new IllegalArgumentException(
          smallName + " has shape " + shape + "; it must be [N, C, H, W] or [C, H, W]");
    }
    boolean fits = other.rank() == shape.rank();
    long planes = 1;
    for (int axis = 0; fits && axis < shape.rank() - 2; axis++) {
      fits = other.dim(axis) == shape.dim(axis);
      planes *= shape.dim(axis);
    }
    if (!fits) {
      throw new IllegalArgumentException(
          largeName
              + " has shape "
              + other
              + "; but for height and width it must be that of "
              + smallName
              + ", "
              + shape);
    }
    TensorChecks.requireShape("indices", indices, shape);
    return new IndexedPlanes(planes, plane(shape), plane(other));
  }

  private static long plane(Shape shape) {
    return shape.dim(shape.rank() - 2) * shape.dim(shape.rank() - 1);
  }
}
