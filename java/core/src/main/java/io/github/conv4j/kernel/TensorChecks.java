package io.github.conv4j.kernel;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.internal.Memory;
import io.github.conv4j.internal.TensorAccess;
import java.util.Objects;

/**
 * What every run asks of its tensors before it writes anything, the same for all backends. A check
 * that passes allocates nothing.
 */
final class TensorChecks {
  private TensorChecks() {}

  /**
   * Refuses an image tensor that is closed or of another shape. The axis of a batch of one image
   * may be left out, C, H, W; so may that of a height of one row, N, C, W or C, W.
   */
  static void requireShape(String name, Tensor t, Shape required) {
    requireOpen(name, t);
    if (!t.shape().equals(required) && !sameImage(t.shape(), required)) {
      throw new IllegalArgumentException(wrongShape(name, t.shape(), required));
    }
  }

  /** Refuses a tensor that is closed or of another shape: weights, bias and their gradients. */
  static void requireExactShape(String name, Tensor t, Shape required) {
    requireOpen(name, t);
    if (!t.shape().equals(required)) {
      throw new IllegalArgumentException(wrongShape(name, t.shape(), required));
    }
  }

  /**
   * Refuses an image tensor that is closed or of another shape; a batch of one may have either
   * rank.
   */
  static void requireSameImages(String name, Tensor t, Shape required) {
    requireOpen(name, t);
    Shape found = t.shape();
    if (!found.equals(required) && !sameImage(found, required) && !sameImage(required, found)) {
      throw new IllegalArgumentException(wrongShape(name, found, required));
    }
  }

  /** Refuses indices that are closed or of another shape, like {@link #requireSameImages}. */
  static void requireSameImages(String name, LongTensor t, Shape required) {
    Objects.requireNonNull(t, name);
    if (!t.isClosed() && sameImage(required, t.shape())) {
      return;
    }
    requireShape(name, t, required);
  }

  /** Refuses indices that are closed or of another shape, like {@link #requireShape}. */
  static void requireShape(String name, LongTensor t, Shape required) {
    Objects.requireNonNull(t, name);
    if (t.isClosed()) {
      throw new IllegalStateException(name + " is closed");
    }
    if (!t.shape().equals(required) && !sameImage(t.shape(), required)) {
      throw new IllegalArgumentException(wrongShape(name, t.shape(), required));
    }
  }

  /**
   * Refuses a destination that shares memory with a source. Memory of the JVM itself, used where
   * the native library is missing, has no address to compare: there only the same tensor counts.
   */
  static void requireDisjoint(String dstName, Tensor dst, String srcName, Tensor src) {
    if (dst == src || overlap(TensorAccess.memory(dst), TensorAccess.memory(src))) {
      throw new IllegalArgumentException(
          dstName + " overlaps " + srcName + "; a destination needs memory of its own");
    }
  }

  private static void requireOpen(String name, Tensor t) {
    Objects.requireNonNull(t, name);
    if (t.isClosed()) {
      throw new IllegalStateException(name + " is closed");
    }
  }

  private static boolean sameImage(Shape found, Shape required) {
    if (required.rank() != 4) {
      return false;
    }
    boolean oneImage = required.dim(0) == 1;
    boolean oneRow = required.dim(2) == 1;
    return switch (found.rank()) {
      case 2 -> oneImage && oneRow && endsWith(found, required.dim(1), required.dim(3));
      case 3 ->
          oneImage
                  && found.dim(0) == required.dim(1)
                  && endsWith(found, required.dim(2), required.dim(3))
              || oneRow
                  && found.dim(0) == required.dim(0)
                  && endsWith(found, required.dim(1), required.dim(3));
      default -> false;
    };
  }

  private static boolean endsWith(Shape shape, long a, long b) {
    return shape.dim(shape.rank() - 2) == a && shape.dim(shape.rank() - 1) == b;
  }

  private static String wrongShape(String name, Shape found, Shape required) {
    return name + " has shape " + found + "; it must be " + required;
  }

  private static boolean overlap(Memory a, Memory b) {
    long startA = a.acquire();
    try {
      long startB = b.acquire();
      try {
        return startA != 0
            && startB != 0
            && a.bytes() > 0
            && b.bytes() > 0
            && startA < startB + b.bytes()
            && startB < startA + a.bytes();
      } finally {
        b.release();
      }
    } finally {
      a.release();
    }
  }
}
