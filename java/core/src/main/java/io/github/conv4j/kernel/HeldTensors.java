package io.github.conv4j.kernel;

import io.github.conv4j.LongTensor;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.internal.Memory;
import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.internal.Status;
import io.github.conv4j.internal.TensorAccess;
import io.github.conv4j.internal.WorkspacePool;

/**
 * The tensors of one native call, held from the first {@link #address} to {@link #close}. One
 * object a thread, used again and again, so that a call allocates nothing.
 *
 * <p>Images that lie channels last are given to the call as planes, in leased memory: {@link
 * #planes} converts a source, {@link #room} makes room for a result, which {@link #deliver}
 * converts after the call.
 */
final class HeldTensors implements AutoCloseable {
  private static final int MOST = 12;
  private static final ThreadLocal<HeldTensors> OF_THREAD =
      ThreadLocal.withInitial(HeldTensors::new);

  private final Memory[] held = new Memory[MOST];
  private final Memory[] leased = new Memory[MOST];
  private final Tensor[] awaited = new Tensor[MOST];
  private final double[] result = new double[1];
  private int count;
  private int leases;

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

  /** The address of [N][C][H][W] elements: the tensor's own, or a copy of them; 0 for null. */
  long planes(Tensor source) {
    if (source == null || source.memoryFormat() == MemoryFormat.CONTIGUOUS) {
      return address(source);
    }
    long copy = lease(source, null);
    convert(MemoryFormat.CONTIGUOUS, source, address(source), copy);
    return copy;
  }

  /** Where the call writes [N][C][H][W] elements, for {@link #deliver}; 0 for null. */
  long room(Tensor destination) {
    if (destination == null || destination.memoryFormat() == MemoryFormat.CONTIGUOUS) {
      return address(destination);
    }
    return lease(destination, destination);
  }

  /** Converts what the call has written. */
  void deliver() {
    for (int i = 0; i < leases; i++) {
      if (awaited[i] != null) {
        convert(
            MemoryFormat.CHANNELS_LAST,
            awaited[i],
            NativePlan.address(leased[i]),
            address(awaited[i]));
      }
    }
  }

  private long lease(Tensor tensor, Tensor destination) {
    Memory memory = WorkspacePool.lease(Math.max(1, tensor.elements() * Float.BYTES));
    leased[leases] = memory;
    awaited[leases++] = destination;
    return NativePlan.address(memory);
  }

  private static void convert(MemoryFormat format, Tensor images, long from, long to) {
    Shape shape = images.shape();
    if (shape.elements() > 0) {
      long pixels = shape.dim(shape.rank() - 2) * shape.dim(shape.rank() - 1);
      long channels = shape.dim(shape.rank() - 3);
      Status.check(
          NativeApi.conv4j_convert_format(
              -1,
              format.ordinal(),
              shape.elements() / channels / pixels,
              channels,
              pixels,
              from,
              to,
              NativePlan.threads()));
    }
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
    while (leases > 0) {
      WorkspacePool.release(leased[--leases]);
      leased[leases] = null;
      awaited[leases] = null;
    }
  }
}
