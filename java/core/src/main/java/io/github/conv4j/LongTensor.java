package io.github.conv4j;

import io.github.conv4j.internal.Memory;
import io.github.conv4j.internal.TensorAccess;
import java.nio.LongBuffer;
import java.util.Objects;

/**
 * A dense int64 array in row-major order, outside the Java heap: the indices of max pooling. Closed
 * like a {@link Tensor}.
 */
public final class LongTensor implements AutoCloseable {
  private static final int CHUNK_SHIFT =
      Long.numberOfTrailingZeros(Memory.chunkBytes() / Long.BYTES);
  private static final long CHUNK_MASK = (1L << CHUNK_SHIFT) - 1;

  static {
    TensorAccess.registerLongTensor(tensor -> tensor.memory);
  }

  private final Shape shape;
  private final Memory memory;

  private LongTensor(Shape shape, Memory memory) {
    this.shape = shape;
    this.memory = memory;
  }

  /**
   * A tensor of zeros.
   *
   * @throws OutOfMemoryError if there is not so much memory
   */
  public static LongTensor zeros(Shape shape) {
    long bytes;
    try {
      bytes = Math.multiplyExact(shape.elements(), (long) Long.BYTES);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("shape " + shape + " has more than 2^63 bytes", e);
    }
    LongTensor tensor = new LongTensor(shape, Memory.allocate(bytes, "tensor"));
    for (long i = 0; i < shape.elements(); i++) {
      tensor.put(i, 0);
    }
    return tensor;
  }

  /** The extents, outermost first. */
  public Shape shape() {
    return shape;
  }

  /** The number of elements. */
  public long elements() {
    return shape.elements();
  }

  /**
   * One element.
   *
   * @param index in row-major order
   * @throws IndexOutOfBoundsException if there is no such element
   */
  public long get(long index) {
    Objects.checkIndex(index, shape.elements());
    memory.acquire();
    try {
      return memory.longs((int) (index >>> CHUNK_SHIFT)).get((int) (index & CHUNK_MASK));
    } finally {
      memory.release();
    }
  }

  /**
   * Overwrites all elements by a copy of values.
   *
   * @param values as many as there are elements, in row-major order, not kept
   */
  public void set(long[] values) {
    if (values.length != shape.elements()) {
      throw new IllegalArgumentException(
          "an array of " + values.length + " for shape " + shape + " of " + shape.elements());
    }
    for (int i = 0; i < values.length; i++) {
      put(i, values[i]);
    }
  }

  /**
   * All elements in row-major order.
   *
   * @throws IllegalStateException if there are more than a Java array holds
   */
  public long[] toArray() {
    if (shape.elements() > Integer.MAX_VALUE - 8) {
      throw new IllegalStateException(
          "shape " + shape + " has more elements than a Java array; use buffer()");
    }
    long[] values = new long[(int) shape.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = get(i);
    }
    return values;
  }

  /** A live view of all elements in native order, see {@link Tensor#buffer()}. */
  public LongBuffer buffer() {
    return memory.longView(0, shape.elements());
  }

  /** Whether {@link #close} was called. */
  public boolean isClosed() {
    return memory.isClosed();
  }

  /** Frees the memory, see {@link Tensor}. */
  @Override
  public void close() {
    memory.close();
  }

  @Override
  public String toString() {
    return "LongTensor" + shape + (isClosed() ? " (closed)" : "");
  }

  private void put(long index, long value) {
    memory.acquire();
    try {
      memory.longs((int) (index >>> CHUNK_SHIFT)).put((int) (index & CHUNK_MASK), value);
    } finally {
      memory.release();
    }
  }
}
