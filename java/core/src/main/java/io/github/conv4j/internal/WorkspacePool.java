package io.github.conv4j.internal;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Scratch memory for native calls, shared by all plans: a steady loop takes the same blocks again
 * and again and allocates nothing. A block is held by one call at a time. Not part of the public
 * API.
 */
public final class WorkspacePool {
  private static final int SLOTS = 64;
  private static final AtomicReferenceArray<Memory> FREE = new AtomicReferenceArray<>(SLOTS);

  private WorkspacePool() {}

  /**
   * Leases a block of at least so many bytes; give it back with {@link #release}.
   *
   * @param bytes more than 0
   * @throws OutOfMemoryError if there is not so much memory
   */
  public static Memory lease(long bytes) {
    for (int slot = 0; slot < SLOTS; slot++) {
      if (FREE.getPlain(slot) == null) {
        continue;
      }
      Memory memory = FREE.getAndSet(slot, null);
      if (memory == null) {
        continue;
      }
      if (memory.bytes() >= bytes) {
        return memory;
      }
      // Too small for this call: replaced by a larger one, which serves both from now on.
      memory.close();
      break;
    }
    return Memory.allocate(bytes, "workspace");
  }

  /** Gives a leased block back. */
  public static void release(Memory memory) {
    for (int slot = 0; slot < SLOTS; slot++) {
      if (FREE.getPlain(slot) == null && FREE.compareAndSet(slot, null, memory)) {
        return;
      }
    }
    memory.close();
  }

  /** Frees all blocks that no call holds. */
  public static void trim() {
    for (int slot = 0; slot < SLOTS; slot++) {
      Memory memory = FREE.getAndSet(slot, null);
      if (memory != null) {
        memory.close();
      }
    }
  }
}
