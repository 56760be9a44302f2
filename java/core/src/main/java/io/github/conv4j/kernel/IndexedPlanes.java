package io.github.conv4j.kernel;

import io.github.conv4j.LongTensor;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import java.util.Objects;

/**
 * The extents of a move between planes by indices: {@code small} elements a plane, each with an
 * index into the {@code large} elements of its plane in the other tensor. {@code channels} is that
 * of conv4j_scatter: 1 unless the tensors lie channels last.
 */
record IndexedPlanes(long planes, long channels, long small, long large) {

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
    LayerChecks.shape(smallName, small);
    LayerChecks.shape(largeName, large);
    long[] image = image(smallName, shape);
    long[] plane = image(largeName, other);
    if (plane[0] != image[0] || plane[1] != image[1]) {
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
    boolean contiguous = small.memoryFormat() == MemoryFormat.CONTIGUOUS;
    return new IndexedPlanes(
        image[0] * image[1],
        contiguous ? 1 : Math.max(1, image[1]),
        image[2] * image[3],
        plane[2] * plane[3]);
  }

  /** The n, c, h and w of a tensor of images; a rank 3 tensor is a batch of one. */
  private static long[] image(String name, Shape shape) {
    return switch (shape.rank()) {
      case 3 -> new long[] {1, shape.dim(0), shape.dim(1), shape.dim(2)};
      case 4 -> shape.toArray();
      default ->
          throw new IllegalArgumentException(
              name + " has shape " + shape + "; it must be [N, C, H, W] or [C, H, W]");
    };
  }
}
