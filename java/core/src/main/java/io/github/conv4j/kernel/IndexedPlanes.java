package io.github.conv4j.kernel;

import io.github.conv4j.LongTensor;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import java.util.Objects;

/**
 * What a move between planes by indices asks of its tensors: {@code small} elements a plane, each
 * with an index into the {@code large} elements of its plane in the other tensor. A check that
 * passes allocates nothing.
 */
final class IndexedPlanes {
  private IndexedPlanes() {}

  /** Checks the tensors of a move from the small planes to the large ones. */
  static void requireScatter(
      String fromName, Tensor from, LongTensor indices, String toName, Tensor to) {
    require(fromName, from, indices, toName, to);
    TensorChecks.requireDisjoint(toName, to, fromName, from);
  }

  /** Checks the tensors of a move from the large planes to the small ones. */
  static void requireGather(
      String fromName, Tensor from, LongTensor indices, String toName, Tensor to) {
    require(toName, to, indices, fromName, from);
    TensorChecks.requireDisjoint(toName, to, fromName, from);
  }

  /** Planes of a tensor of images. */
  static long planes(Tensor images) {
    Shape shape = images.shape();
    return shape.rank() == 3 ? shape.dim(0) : shape.dim(0) * shape.dim(1);
  }

  /** The channels of conv4j_scatter: 1 unless the images lie channels last. */
  static long channels(Tensor images) {
    Shape shape = images.shape();
    return images.memoryFormat() == MemoryFormat.CONTIGUOUS
        ? 1
        : Math.max(1, shape.dim(shape.rank() - 3));
  }

  /** Elements of a plane of a tensor of images. */
  static long pixels(Tensor images) {
    Shape shape = images.shape();
    return shape.dim(shape.rank() - 2) * shape.dim(shape.rank() - 1);
  }

  /**
   * Checks two image tensors and the indices of the first.
   *
   * @param smallName of the tensor that has the shape of the indices
   * @param largeName of the tensor that they point into: the same images and channels, any height
   *     and width
   */
  private static void require(
      String smallName, Tensor small, LongTensor indices, String largeName, Tensor large) {
    Shape shape = Objects.requireNonNull(small, smallName).shape();
    Shape other = Objects.requireNonNull(large, largeName).shape();
    LayerChecks.shape(smallName, small);
    LayerChecks.shape(largeName, large);
    requireImages(smallName, shape);
    requireImages(largeName, other);
    if (batch(shape) != batch(other)
        || shape.dim(shape.rank() - 3) != other.dim(other.rank() - 3)) {
      throw new IllegalArgumentException(
          largeName
              + " has shape "
              + other
              + "; but for height and width it must be that of "
              + smallName
              + ", "
              + shape);
    }
    if (large.memoryFormat() != small.memoryFormat()) {
      throw new IllegalArgumentException(
          largeName
              + " lies "
              + large.memoryFormat()
              + "; it must lie "
              + small.memoryFormat()
              + " like "
              + smallName);
    }
    TensorChecks.requireSameImages("indices", indices, shape, small.memoryFormat());
  }

  private static void requireImages(String name, Shape shape) {
    if (shape.rank() != 3 && shape.rank() != 4) {
      throw new IllegalArgumentException(
          name + " has shape " + shape + "; it must be [N, C, H, W] or [C, H, W]");
    }
  }

  /** Images; a tensor of rank 3 is a batch of one. */
  private static long batch(Shape shape) {
    return shape.rank() == 3 ? 1 : shape.dim(0);
  }
}
