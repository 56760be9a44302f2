package io.github.conv4j.internal;

import io.github.conv4j.LongTensor;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import java.util.function.Function;

/**
 * Lets the kernels reach the memory of a tensor without making it public: the tensor classes
 * register an accessor when they are initialised. Not part of the public API.
 */
public final class TensorAccess {
  /** Makes a tensor of memory that it owns from then on. */
  @FunctionalInterface
  public interface Maker {
    /** A tensor of so many elements as the memory has. */
    Tensor of(Shape shape, MemoryFormat format, Memory memory);
  }

  private static Function<Tensor, Memory> floats;
  private static Maker maker;
  private static Function<LongTensor, Memory> longs;

  private TensorAccess() {}

  /** Called once, by the static initialiser of Tensor. */
  public static void registerTensor(Function<Tensor, Memory> accessor, Maker tensors) {
    floats = accessor;
    maker = tensors;
  }

  /** Called once, by the static initialiser of LongTensor. */
  public static void registerLongTensor(Function<LongTensor, Memory> accessor) {
    longs = accessor;
  }

  /**
   * A tensor in a part of another's memory, which lives until both are closed.
   *
   * @param whole any tensor
   * @param first the part's first element, as the whole lies
   * @throws IndexOutOfBoundsException if the part is not inside
   */
  public static Tensor part(Tensor whole, long first, Shape shape, MemoryFormat format) {
    Memory part = memory(whole).part(first * Float.BYTES, shape.elements() * Float.BYTES);
    return maker.of(shape, format, part);
  }

  /** The memory of a tensor; its class is initialised, since there is an instance. */
  public static Memory memory(Tensor tensor) {
    return floats.apply(tensor);
  }

  /** The memory of a tensor; its class is initialised, since there is an instance. */
  public static Memory memory(LongTensor tensor) {
    return longs.apply(tensor);
  }
}
