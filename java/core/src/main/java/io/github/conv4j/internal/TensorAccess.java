package io.github.conv4j.internal;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Tensor;
import java.util.function.Function;

/**
 * Lets the kernels reach the memory of a tensor without making it public: the tensor classes
 * register an accessor when they are initialised. Not part of the public API.
 */
public final class TensorAccess {
  private static Function<Tensor, Memory> floats;
  private static Function<LongTensor, Memory> longs;

  private TensorAccess() {}

  /** Called once, by the static initialiser of Tensor. */
  public static void registerTensor(Function<Tensor, Memory> accessor) {
    floats = accessor;
  }

  /** Called once, by the static initialiser of LongTensor. */
  public static void registerLongTensor(Function<LongTensor, Memory> accessor) {
    longs = accessor;
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
