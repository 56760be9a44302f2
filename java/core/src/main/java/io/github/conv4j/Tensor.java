package io.github.conv4j;

import io.github.conv4j.internal.Memory;
import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.internal.NativeLibrary;
import io.github.conv4j.internal.Status;
import io.github.conv4j.internal.TensorAccess;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.bytedeco.javacpp.FloatPointer;

/**
 * A dense float32 array outside the Java heap, aligned to 64 bytes: in row-major order, or an image
 * that lies channels last.
 *
 * <pre>{@code
 * try (Tensor image = Tensor.of(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8}, 1, 1, 3, 3)) {
 *   float centre = image.get(4);
 * }
 * }</pre>
 *
 * <p>Elements are counted in row-major order of the shape, N, C, H, W for images, whatever the
 * {@link MemoryFormat}: {@link #get}, {@link #set(float[])} and {@link #toArray} see no difference.
 * Only what shows the memory itself does: {@link #buffer()}, and the factories that take values or
 * memory in a given format.
 *
 * <p>Close a tensor when it is no longer needed: its memory is freed at once, or by the last kernel
 * still running on it. Closing is idempotent and never waits; a use after it throws {@link
 * IllegalStateException}. A tensor that was forgotten is freed when it becomes unreachable, and
 * with the system property {@code conv4j.leaks=true} a warning says so.
 *
 * <p>Several threads may read one tensor; who writes needs to be alone with it, as with an array.
 */
public final class Tensor implements AutoCloseable {
  private static final int CHUNK_SHIFT =
      Long.numberOfTrailingZeros(Memory.chunkBytes() / Float.BYTES);
  private static final long CHUNK_MASK = (1L << CHUNK_SHIFT) - 1;

  static {
    TensorAccess.registerTensor(tensor -> tensor.memory, Tensor::new);
  }

  private final Shape shape;
  private final MemoryFormat format;
  private final Memory memory;

  private Tensor(Shape shape, MemoryFormat format, Memory memory) {
    this.shape = shape;
    this.format = format;
    this.memory = memory;
  }

  /**
   * A tensor of zeros.
   *
   * @param dims extents, outermost first
   * @throws IllegalArgumentException if an extent is negative or the size exceeds 2^63 bytes
   * @throws OutOfMemoryError if there is not so much memory
   */
  public static Tensor zeros(long... dims) {
    return zeros(Shape.of(dims));
  }

  /** A tensor of zeros, see {@link #zeros(long...)}. */
  public static Tensor zeros(Shape shape) {
    return zeros(shape, MemoryFormat.CONTIGUOUS);
  }

  /**
   * A tensor of zeros in a given format.
   *
   * @throws IllegalArgumentException if the shape cannot lie so
   */
  public static Tensor zeros(Shape shape, MemoryFormat format) {
    Tensor tensor = empty(shape, format);
    tensor.fill(0);
    return tensor;
  }

  /** A tensor whose elements are not initialised, for a destination that is overwritten anyway. */
  public static Tensor empty(Shape shape) {
    return empty(shape, MemoryFormat.CONTIGUOUS);
  }

  /**
   * A tensor in a given format whose elements are not initialised.
   *
   * @throws IllegalArgumentException if the shape cannot lie so
   */
  public static Tensor empty(Shape shape, MemoryFormat format) {
    format.requireSuits(shape);
    return new Tensor(shape, format, Memory.allocate(shape.elements() * Float.BYTES, "tensor"));
  }

  /**
   * A tensor that holds a copy of values.
   *
   * @param values in row-major order, not kept
   * @param dims extents, outermost first
   * @throws IllegalArgumentException if the number of values is not the product of the extents
   */
  public static Tensor of(float[] values, long... dims) {
    return of(values, MemoryFormat.CONTIGUOUS, dims);
  }

  /**
   * A tensor in a given format that holds a copy of values.
   *
   * @param values in the order of the format, for instance the red, green and blue of the first
   *     pixel first for {@link MemoryFormat#CHANNELS_LAST}; not kept
   * @param dims extents N, C, H, W (or C, H, W) in either format
   * @throws IllegalArgumentException if the number of values is not the product of the extents, or
   *     the shape cannot lie so
   */
  public static Tensor of(float[] values, MemoryFormat format, long... dims) {
    Shape shape = Shape.of(dims);
    format.requireSuits(shape);
    if (shape.elements() != values.length) {
      throw new IllegalArgumentException(
          values.length + " values for shape " + shape + " of " + shape.elements() + " elements");
    }
    Tensor tensor = empty(shape, format);
    tensor.memory.acquire();
    try {
      tensor.copyIn(values, 0, 0, values.length);
    } finally {
      tensor.memory.release();
    }
    return tensor;
  }

  /**
   * A tensor of independent values, uniform in [low, high), the same for the same generator state.
   *
   * @param random where the values come from
   * @param low the least value
   * @param high the bound above the values
   */
  public static Tensor uniform(RandomGenerator random, float low, float high, long... dims) {
    Tensor tensor = empty(Shape.of(dims));
    try {
      long elements = tensor.shape.elements();
      tensor.memory.acquire();
      try {
        for (long i = 0; i < elements; i++) {
          tensor.chunk(i).put((int) (i & CHUNK_MASK), random.nextFloat() * (high - low) + low);
        }
      } finally {
        tensor.memory.release();
      }
      return tensor;
    } catch (RuntimeException | Error e) {
      tensor.close();
      throw e;
    }
  }

  /**
   * A tensor over a caller's buffer, read and written where it lies, from its position to its
   * limit. The buffer is kept reachable; closing the tensor leaves it alone.
   *
   * @param buffer direct, in native byte order, 4-byte aligned ({@code
   *     ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder()).asFloatBuffer()})
   * @param dims extents, outermost first
   * @throws IllegalArgumentException if the buffer is on the heap, read-only, in foreign byte
   *     order, or does not hold exactly the elements of the shape
   */
  public static Tensor wrap(FloatBuffer buffer, long... dims) {
    return wrap(buffer, MemoryFormat.CONTIGUOUS, dims);
  }

  /**
   * A tensor over a caller's buffer whose elements lie in a given format, see {@link
   * #wrap(FloatBuffer, long...)}.
   *
   * @param dims extents N, C, H, W (or C, H, W) in either format
   */
  public static Tensor wrap(FloatBuffer buffer, MemoryFormat format, long... dims) {
    Shape shape = Shape.of(dims);
    format.requireSuits(shape);
    if (!buffer.isDirect()) {
      throw new IllegalArgumentException(
          "the buffer is on the heap; it must be direct, see ByteBuffer.allocateDirect");
    }
    if (buffer.order() != ByteOrder.nativeOrder()) {
      throw new IllegalArgumentException(
          "the buffer is "
              + buffer.order()
              + "; it must be in native order, see ByteBuffer.order(ByteOrder.nativeOrder())");
    }
    if (buffer.isReadOnly()) {
      throw new IllegalArgumentException("the buffer is read-only; kernels may write to a tensor");
    }
    if (buffer.remaining() != shape.elements()) {
      throw new IllegalArgumentException(
          "the buffer has "
              + buffer.remaining()
              + " elements between position and limit; shape "
              + shape
              + " needs "
              + shape.elements());
    }
    Memory memory = Memory.wrap(buffer, Float.BYTES, "tensor");
    if (memory.acquire() % Float.BYTES != 0) {
      memory.release();
      throw new IllegalArgumentException("the buffer is not aligned to 4 bytes");
    }
    memory.release();
    return new Tensor(shape, format, memory);
  }

  /**
   * A tensor over memory of another JavaCPP library, from the pointer's position on. The one
   * boundary where the caller answers for the lifetime: the memory must live until the tensor is
   * closed and every run on it has returned. The pointer object is kept reachable, which is enough
   * for memory that it owns and nobody deallocates by hand.
   *
   * @param pointer not null, aligned to 4 bytes
   * @param dims extents, outermost first
   * @throws IllegalArgumentException if the pointer is null, unaligned, or its limit says that it
   *     holds fewer elements
   * @throws Conv4jException if the native library is missing
   */
  public static Tensor wrap(FloatPointer pointer, long... dims) {
    return wrap(pointer, MemoryFormat.CONTIGUOUS, dims);
  }

  /**
   * A tensor over memory of another JavaCPP library whose elements lie in a given format, see
   * {@link #wrap(FloatPointer, long...)}.
   *
   * @param dims extents N, C, H, W (or C, H, W) in either format
   */
  public static Tensor wrap(FloatPointer pointer, MemoryFormat format, long... dims) {
    Shape shape = Shape.of(dims);
    format.requireSuits(shape);
    if (pointer.isNull()) {
      throw new IllegalArgumentException("the pointer is null");
    }
    NativeLibrary.require();
    long position = pointer.position();
    if (pointer.limit() > 0 && pointer.limit() - position < shape.elements()) {
      throw new IllegalArgumentException(
          "the pointer has "
              + (pointer.limit() - position)
              + " elements between position and limit; shape "
              + shape
              + " needs "
              + shape.elements());
    }
    long address = pointer.address() + position * Float.BYTES;
    if (address % Float.BYTES != 0) {
      throw new IllegalArgumentException("the pointer is not aligned to 4 bytes");
    }
    return new Tensor(
        shape, format, Memory.wrap(address, shape.elements() * Float.BYTES, pointer, "tensor"));
  }

  /**
   * The same elements under another shape: a tensor of its own that shares the memory. Writing to
   * one is writing to both; the memory lives until both are closed. A tensor that lies channels
   * last can gain or lose the axis of a batch of one and nothing else, as its memory has the
   * elements in another order: see {@link #to}.
   *
   * @param dims extents, outermost first, whose product is the number of elements
   * @throws IllegalArgumentException if the product differs, or this tensor lies channels last and
   *     the shape is not that of the same images
   * @throws IllegalStateException if this tensor is closed
   */
  public Tensor reshape(long... dims) {
    Shape other = Shape.of(dims);
    if (other.elements() != shape.elements()) {
      throw new IllegalArgumentException(
          "shape "
              + other
              + " has "
              + other.elements()
              + " elements; the tensor of shape "
              + shape
              + " has "
              + shape.elements());
    }
    if (format == MemoryFormat.CHANNELS_LAST
        && (other.rank() < 3 || other.rank() > 4 || !MemoryFormat.sameImages(shape, other))) {
      throw new IllegalArgumentException(
          "the tensor of shape "
              + shape
              + " lies CHANNELS_LAST and cannot be seen as "
              + other
              + "; convert it before, see to(MemoryFormat.CONTIGUOUS)");
    }
    return new Tensor(other, format, memory.share());
  }

  /**
   * The same elements in a given format: a copy, whatever the format of this tensor, which the
   * caller closes. {@link #set(Tensor)} does it into a tensor that exists.
   *
   * @throws IllegalArgumentException if the shape cannot lie so
   */
  public Tensor to(MemoryFormat wanted) {
    Tensor copy = empty(shape, wanted);
    try {
      copy.set(this);
      return copy;
    } catch (RuntimeException | Error e) {
      copy.close();
      throw e;
    }
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
  public float get(long index) {
    Objects.checkIndex(index, shape.elements());
    memory.acquire();
    try {
      return at(format.position(shape, index));
    } finally {
      memory.release();
    }
  }

  /**
   * Overwrites one element.
   *
   * @param index in row-major order
   * @throws IndexOutOfBoundsException if there is no such element
   */
  public void set(long index, float value) {
    Objects.checkIndex(index, shape.elements());
    memory.acquire();
    try {
      put(format.position(shape, index), value);
    } finally {
      memory.release();
    }
  }

  /** Overwrites all elements. */
  public void fill(float value) {
    memory.acquire();
    try {
      for (long i = 0; i < shape.elements(); i += CHUNK_MASK + 1) {
        fill(chunk(i), (int) Math.min(CHUNK_MASK + 1, shape.elements() - i), value);
      }
    } finally {
      memory.release();
    }
  }

  /** Fills some elements one by one, then copies what is filled behind it: no array is needed. */
  private static void fill(FloatBuffer to, int count, float value) {
    int filled = Math.min(count, 1 << 10);
    for (int i = 0; i < filled; i++) {
      to.put(i, value);
    }
    while (filled < count) {
      int length = Math.min(filled, count - filled);
      to.put(filled, to, 0, length);
      filled += length;
    }
  }

  /**
   * Overwrites all elements by a copy of values.
   *
   * @param values as many as there are elements, in row-major order, not kept
   */
  public void set(float[] values) {
    requireLength(values);
    set(0, values);
  }

  /**
   * Overwrites some elements by a copy of values.
   *
   * @param first the first element, in row-major order
   * @param values of as many elements from there on, not kept
   * @throws IndexOutOfBoundsException if there are not so many; nothing changes then
   */
  public void set(long first, float[] values) {
    Objects.checkFromIndexSize(first, values.length, shape.elements());
    memory.acquire();
    try {
      if (format == MemoryFormat.CONTIGUOUS) {
        copyIn(values, 0, first, values.length);
        return;
      }
      for (int i = 0; i < values.length; i++) {
        put(format.position(shape, first + i), values[i]);
      }
    } finally {
      memory.release();
    }
  }

  /**
   * Overwrites all elements by those of another tensor, in row-major order of the two shapes, each
   * in its own format; allocates nothing.
   *
   * @param source of as many elements, whatever its shape and format, not modified
   * @throws IllegalArgumentException if it has another number of elements
   */
  public void set(Tensor source) {
    if (source.elements() != elements()) {
      throw new IllegalArgumentException(
          "a source of shape " + source.shape + " for shape " + shape + " of " + elements());
    }
    long to = memory.acquire();
    try {
      long from = source.memory.acquire();
      try {
        if (liesLike(source)) {
          copy(source);
        } else if (from != 0 && to != 0 && format != source.format) {
          convert(source, from, to);
        } else {
          for (long i = 0; i < elements(); i++) {
            put(format.position(shape, i), source.at(source.format.position(source.shape, i)));
          }
        }
      } finally {
        source.memory.release();
      }
    } finally {
      memory.release();
    }
  }

  /** Whether the memory of both holds the elements in the same order. */
  private boolean liesLike(Tensor other) {
    return format == other.format
        && (format == MemoryFormat.CONTIGUOUS || MemoryFormat.sameImages(shape, other.shape));
  }

  private void copy(Tensor source) {
    for (long i = 0; i < elements(); i += CHUNK_MASK + 1) {
      int length = (int) Math.min(CHUNK_MASK + 1, elements() - i);
      chunk(i).put(0, source.chunk(i), 0, length);
    }
  }

  /** From the one format to the other with the native library, to which the addresses belong. */
  private void convert(Tensor source, long from, long to) {
    Shape images = format == MemoryFormat.CHANNELS_LAST ? shape : source.shape;
    if (elements() > 0) {
      Status.check(
          NativeApi.conv4j_convert_format(
              -1,
              format.ordinal(),
              MemoryFormat.images(images),
              MemoryFormat.channels(images),
              MemoryFormat.pixels(images),
              from,
              to,
              NativeApi.conv4j_threads()));
    }
  }

  /**
   * Copies all elements out.
   *
   * @param values as many as there are elements, overwritten in row-major order
   */
  public void copyTo(float[] values) {
    requireLength(values);
    copyTo(0, values);
  }

  /**
   * Copies some elements out.
   *
   * @param first the first element, in row-major order
   * @param values overwritten by as many elements from there on
   * @throws IndexOutOfBoundsException if there are not so many
   */
  public void copyTo(long first, float[] values) {
    Objects.checkFromIndexSize(first, values.length, shape.elements());
    memory.acquire();
    try {
      if (format == MemoryFormat.CHANNELS_LAST) {
        for (int i = 0; i < values.length; i++) {
          values[i] = at(format.position(shape, first + i));
        }
        return;
      }
      int done = 0;
      while (done < values.length) {
        int from = (int) ((first + done) & CHUNK_MASK);
        int length = (int) Math.min(values.length - done, CHUNK_MASK + 1 - from);
        chunk(first + done).get(from, values, done, length);
        done += length;
      }
    } finally {
      memory.release();
    }
  }

  /**
   * All elements in row-major order.
   *
   * @throws IllegalStateException if there are more than a Java array holds
   */
  public float[] toArray() {
    if (shape.elements() > Integer.MAX_VALUE - 8) {
      throw new IllegalStateException(
          "shape " + shape + " has more elements than a Java array; use buffer(first, length)");
    }
    float[] values = new float[(int) shape.elements()];
    copyTo(values);
    return values;
  }

  /**
   * A live view of all elements as they lie, in native byte order. It keeps the memory alive by
   * itself: after {@link #close} the view stays valid, and the memory goes when the last buffer
   * derived from it is unreachable.
   *
   * @throws IllegalArgumentException if there are more elements than a buffer holds
   */
  public FloatBuffer buffer() {
    return memory.floatView(0, shape.elements());
  }

  /**
   * A live view of a part, see {@link #buffer()}.
   *
   * @param first the first element of the part
   * @param length elements, at most (2^31-1)/4
   */
  public FloatBuffer buffer(long first, long length) {
    return memory.floatView(first, length);
  }

  /** Whether {@link #close} was called. */
  public boolean isClosed() {
    return memory.isClosed();
  }

  /** Frees the memory, see the class description. */
  @Override
  public void close() {
    memory.close();
  }

  /** The shape, the format unless it is the usual one, and the first elements. */
  @Override
  public String toString() {
    String kind = format == MemoryFormat.CONTIGUOUS ? "" : " " + format;
    if (isClosed()) {
      return "Tensor" + shape + kind + " (closed)";
    }
    int shown = (int) Math.min(shape.elements(), 8);
    StringBuilder text = new StringBuilder("Tensor").append(shape).append(kind).append(" {");
    for (int i = 0; i < shown; i++) {
      text.append(i == 0 ? "" : ", ").append(get(i));
    }
    return text.append(shown < shape.elements() ? ", ...}" : "}").toString();
  }

  private float at(long position) {
    return chunk(position).get((int) (position & CHUNK_MASK));
  }

  private void put(long position, float value) {
    chunk(position).put((int) (position & CHUNK_MASK), value);
  }

  private FloatBuffer chunk(long index) {
    return memory.floats((int) (index >>> CHUNK_SHIFT));
  }

  private void copyIn(float[] values, int from, long to, int count) {
    int done = 0;
    while (done < count) {
      int at = (int) ((to + done) & CHUNK_MASK);
      int length = (int) Math.min(count - done, CHUNK_MASK + 1 - at);
      chunk(to + done).put(at, values, from + done, length);
      done += length;
    }
  }

  private void requireLength(float[] values) {
    if (values.length != shape.elements()) {
      throw new IllegalArgumentException(
          "an array of " + values.length + " for shape " + shape + " of " + shape.elements());
    }
  }
}
