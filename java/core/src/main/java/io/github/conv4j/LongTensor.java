package io.github.conv4j;

import io.github.conv4j.internal.Memory;
import io.github.conv4j.internal.TensorAccess;
import java.nio.LongBuffer;
import java.util.Objects;

/**
 * A dense int64 array outside the Java heap: the indices of max pooling. Elements are counted, and
 * it is closed, like a {@link Tensor}.
 */
public final class LongTensor implements AutoCloseable {
  private static final int CHUNK_SHIFT =
      Long.numberOfTrailingZeros(Memory.chunkBytes() / Long.BYTES);
  private static final long CHUNK_MASK = (1L << CHUNK_SHIFT) - 1;

  static {
    TensorAccess.registerLongTensor(tensor -> tensor.memory);
  }

  private final Shape shape;
  private final MemoryFormat format;
  private final Memory memory;

  private LongTensor(Shape shape, MemoryFormat format, Memory memory) {
    this.shape = shape;
    this.format = format;
    this.memory = memory;
  }

  /**
   * A tensor of zeros.
   *
   * @throws OutOfMemoryError if there is not so much memory
   */
  public static LongTensor zeros(Shape shape) {
    return zeros(shape, MemoryFormat.CONTIGUOUS);
  }

  /**
   * A tensor of zeros in a given format.
   *
   * @throws IllegalArgumentException if the shape cannot lie so
   * @throws OutOfMemoryError if there is not so much memory
   */
  public static LongTensor zeros(Shape shape, MemoryFormat format) {
    format.requireSuits(shape);
    long bytes;
    try {
      bytes = Math.multiplyExact(shape.elements(), (long) Long.BYTES);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("shape " + shape + " has more than 2^63 bytes", e);
    }
    LongTensor tensor = new LongTensor(shape, format, Memory.allocate(bytes, "tensor"));
    for (long i = 0; i < shape.elements(); i++) {
      tensor.put(i, 0);
    }
    return tensor;
  }

  /** The extents, outermost first. */
  public Shape shape() {
    return shape;
  }

  /** How the elements lie. */
  public MemoryFormat memoryFormat() {
    return format;
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
      long position = format.position(shape, index);
      return memory.longs((int) (position >>> CHUNK_SHIFT)).get((int) (position & CHUNK_MASK));
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

  /** A live view of all elements as they lie, in native byte order, see {@link Tensor#buffer()}. */
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
    String kind = format == MemoryFormat.CONTIGUOUS ? "" : " " + format;
    return "LongTensor" + shape + kind + (isClosed() ? " (closed)" : "");
  }

  private void put(long index, long value) {
    memory.acquire();
    try {
      long position = format.position(shape, index);
      memory.longs((int) (position >>> CHUNK_SHIFT)).put((int) (position & CHUNK_MASK), value);
    } finally {
      memory.release();
    }
  }
}
