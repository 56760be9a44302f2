package io.github.conv4j.kernel;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Tensor;
import io.github.conv4j.internal.Memory;
import io.github.conv4j.internal.TensorAccess;

/**
 * The tensors of one native call, held from the first {@link #address} to {@link #close}. One
 * object a thread, used again and again, so that a call allocates nothing.
 */
final class HeldTensors implements AutoCloseable {
  private static final int MOST = 12;
  private static final ThreadLocal<HeldTensors> OF_THREAD =
      ThreadLocal.withInitial(HeldTensors::new);

  private final Memory[] held = new Memory[MOST];
  private final double[] result = new double[1];
  private int count;

  private HeldTensors() {}

  /** This thread's, holding nothing; calls are not nested. */
  static HeldTensors begin() {
    return OF_THREAD.get();
  }

  /** The address of a tensor's first element, valid until {@link #close}; 0 for null. */
  long address(Tensor tensor) {
    return tensor == null ? 0 : address(TensorAccess.memory(tensor));
  }

  /** The address of a tensor's first element, valid until {@link #close}; 0 for null. */
  long address(LongTensor tensor) {
    return tensor == null ? 0 : address(TensorAccess.memory(tensor));
  }

  private long address(Memory memory) {
    long address = memory.acquire();
    held[count++] = memory;
    return address;
  }

  /** Where the call puts a single number. */
  double[] result() {
    return result;
  }

  @Override
  public void close() {
    while (count > 0) {
      held[--count].release();
      held[count] = null;
    }
  }
}
