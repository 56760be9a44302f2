package io.github.conv4j.kernel;

import io.github.conv4j.LongTensor;
import io.github.conv4j.MemoryFormat;
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
   * Refuses an image tensor that is closed, of another shape or in another format. The axis of a
   * batch of one image may be left out, C, H, W; so may that of a height of one row, N, C, W or C,
   * W.
   */
  static void requireShape(String name, Tensor t, Shape required, MemoryFormat format) {
    requireOpen(name, t);
    if (!t.shape().equals(required) && !sameImage(t.shape(), required)) {
      throw new IllegalArgumentException(wrongShape(name, t.shape(), required));
    }
    requireFormat(name, t.memoryFormat(), format);
    requireImages(name, t.memoryFormat(), t.shape(), required);
  }

  /**
   * Refuses a tensor that is closed, of another shape or not contiguous: weights, bias and their
   * gradients.
   */
  static void requireExactShape(String name, Tensor t, Shape required) {
    requireOpen(name, t);
    if (!t.shape().equals(required)) {
      throw new IllegalArgumentException(wrongShape(name, t.shape(), required));
    }
    requireContiguous(name, t.memoryFormat());
  }

  /** Refuses a tensor that is closed, of another shape or in another format than a second one. */
  static void requireLike(String name, Tensor t, String otherName, Tensor other) {
    requireOpen(name, t);
    if (!t.shape().equals(other.shape())) {
      throw new IllegalArgumentException(wrongShape(name, t.shape(), other.shape()));
    }
    if (t.memoryFormat() != other.memoryFormat()) {
      throw new IllegalArgumentException(
          name
              + " lies "
              + t.memoryFormat()
              + "; it must lie "
              + other.memoryFormat()
              + " like "
              + otherName);
    }
  }

  /**
   * Refuses an image tensor that is closed, of another shape or in another format; a batch of one
   * may have either rank.
   */
  static void requireSameImages(String name, Tensor t, Shape required, MemoryFormat format) {
    requireOpen(name, t);
    Shape found = t.shape();
    if (!found.equals(required) && !sameImage(found, required) && !sameImage(required, found)) {
      throw new IllegalArgumentException(wrongShape(name, found, required));
    }
    requireFormat(name, t.memoryFormat(), format);
    requireImages(name, format, found, required);
  }

  /** Refuses indices like {@link #requireSameImages(String, Tensor, Shape, MemoryFormat)}. */
  static void requireSameImages(String name, LongTensor t, Shape required, MemoryFormat format) {
    Objects.requireNonNull(t, name);
    if (!t.isClosed() && sameImage(required, t.shape())) {
      requireFormat(name, t.memoryFormat(), format);
      requireImages(name, format, t.shape(), required);
      return;
    }
    requireShape(name, t, required, format);
  }

  /** Refuses indices like {@link #requireShape(String, Tensor, Shape, MemoryFormat)}. */
  static void requireShape(String name, LongTensor t, Shape required, MemoryFormat format) {
    Objects.requireNonNull(t, name);
    if (t.isClosed()) {
      throw new IllegalStateException(name + " is closed");
    }
    if (!t.shape().equals(required) && !sameImage(t.shape(), required)) {
      throw new IllegalArgumentException(wrongShape(name, t.shape(), required));
    }
    requireFormat(name, t.memoryFormat(), format);
    requireImages(name, format, t.shape(), required);
  }

  /** Refuses a tensor whose elements do not lie in row-major order. */
  static void requireContiguous(String name, MemoryFormat found) {
    requireFormat(name, found, MemoryFormat.CONTIGUOUS);
  }

  private static void requireFormat(String name, MemoryFormat found, MemoryFormat required) {
    if (found != required) {
      throw new IllegalArgumentException(name + " lies " + found + "; it must lie " + required);
    }
  }

  /**
   * Refuses rows of signals, N, C, W, that lie channels last: there the axes of a tensor of rank 3
   * are C, H and W.
   */
  private static void requireImages(String name, MemoryFormat format, Shape found, Shape required) {
    if (format == MemoryFormat.CHANNELS_LAST
        && found.rank() != required.rank()
        && !samePlanes(found, required)) {
      throw new IllegalArgumentException(
          name
              + " has shape "
              + found
              + " and lies CHANNELS_LAST, as no signals can; it must be [N, C, H, W] or [C, H, W]");
    }
  }

  private static boolean samePlanes(Shape a, Shape b) {
    return a.dim(a.rank() - 3) == b.dim(b.rank() - 3) && a.dim(a.rank() - 2) == b.dim(b.rank() - 2);
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
