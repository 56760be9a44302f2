package io.github.conv4j.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Cleaner;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A block of off-heap memory whose freeing is safe against every other use of it.
 *
 * <p>Three kinds of users keep the block alive: its owners (tensors, until they are closed or
 * unreachable), views (direct buffers handed out, until the garbage collector finds them
 * unreachable) and runs (kernels and copies, between {@link #acquire} and {@link #release}). The
 * last of them frees it. Closing never waits.
 *
 * <p>Where the native library cannot be had, the memory is a direct buffer of the JVM and {@link
 * #acquire} gives 0. Not part of the public API.
 */
public final class Memory implements AutoCloseable {
  private static final Cleaner CLEANER = Cleaner.create();
  private static final System.Logger LOG = System.getLogger("io.github.conv4j");
  private static final long CHUNK_BYTES = 1L << 30;

  private final Block block;

  /** Of the first byte in the block; not 0 for a part. */
  private final long offset;

  private final long bytes;
  private final Cleaner.Cleanable cleanable;
  private final String what;

  /** Made by the first copy; several threads may make them, which is harmless. */
  private volatile Buffer[] chunks;

  /** Whether this owner, one of perhaps several of the block, is done with it. */
  private final Ownership ownership;

  private Memory(Block block, long bytes, String what) {
    this(block, 0, bytes, what);
  }

  private Memory(Block block, long offset, long bytes, String what) {
    this.block = block;
    this.offset = offset;
    this.bytes = bytes;
    this.what = what;
    this.ownership = new Ownership(block, what);
    this.cleanable = CLEANER.register(this, ownership);
  }

  /**
   * Allocates memory, not initialised.
   *
   * @param bytes 0 or more
   * @param what the owner's name in messages, for instance {@code tensor}
   * @throws OutOfMemoryError if there is not so much
   */
  public static Memory allocate(long bytes, String what) {
    if (!NativeLibrary.isAvailable()) {
      if (bytes > Integer.MAX_VALUE) {
        throw new OutOfMemoryError(
            bytes + " bytes: without the native library a " + what + " holds at most 2^31-1 bytes");
      }
      ByteBuffer buffer = ByteBuffer.allocateDirect((int) bytes).order(ByteOrder.nativeOrder());
      return new Memory(new Block(0, bytes, false, buffer), bytes, what);
    }
    return allocateNative(bytes, what);
  }

  /** Allocates with the native library, which must have been loaded. */
  static Memory allocateNative(long bytes, String what) {
    long size = Math.max(bytes, 1);
    long[] address = new long[1];
    Status.check(NativeApi.conv4j_allocate(size, address));
    return new Memory(new Block(address[0], size, true, null), bytes, what);
  }

  /**
   * The elements of a caller's direct buffer from its position to its limit, read and written where
   * they lie; the buffer is held reachable.
   *
   * @param buffer a direct FloatBuffer or LongBuffer in native order
   * @param elementBytes bytes of one element of it
   */
  public static Memory wrap(Buffer buffer, int elementBytes, String what) {
    long address = 0;
    if (NativeLibrary.isAvailable()) {
      address = NativeApi.conv4j_buffer_address(buffer) + (long) buffer.position() * elementBytes;
    }
    long bytes = (long) buffer.remaining() * elementBytes;
    return new Memory(new Block(address, bytes, false, buffer.slice(), buffer), bytes, what);
  }

  /** Memory at an address that somebody else owns and keeps alive: the anchor is held reachable. */
  public static Memory wrap(long address, long bytes, Object anchor, String what) {
    return new Memory(new Block(address, bytes, false, null, anchor), bytes, what);
  }

  /**
   * A second owner of the same memory, which lives until both are closed.
   *
   * @throws IllegalStateException if this owner was closed
   */
  public Memory share() {
    return part(0, bytes);
  }

  /**
   * A second owner of some of the bytes; the whole memory lives until both are closed.
   *
   * @param first the part's first byte
   * @param length its size in bytes
   * @throws IllegalStateException if this owner was closed
   * @throws IndexOutOfBoundsException if the part is not inside
   */
  public Memory part(long first, long length) {
    Objects.checkFromIndexSize(first, length, bytes);
    acquire(); // what begins here is the new owner's use
    return new Memory(block, offset + first, length, what);
  }

  /** Size in bytes, as asked for. */
  public long bytes() {
    return bytes;
  }

  /**
   * Keeps the memory alive until {@link #release}.
   *
   * @return the address of the first byte, 0 where the memory is the JVM's
   * @throws IllegalStateException if the owner was closed
   */
  public long acquire() {
    if (ownership.isClosed() || !block.enter()) {
      throw new IllegalStateException("the " + what + " is closed");
    }
    return block.address == 0 ? 0 : block.address + offset;
  }

  /** Ends the use that {@link #acquire} began. */
  public void release() {
    block.leave();
  }

  /** Whether {@link #close} was called. */
  public boolean isClosed() {
    return ownership.isClosed();
  }

  /**
   * The floats of one chunk, for copies by the holder of an {@link #acquire} only: position 0,
   * chunk i starting at element i * {@link #chunkBytes} / 4. Use absolute access or a duplicate.
   */
  public FloatBuffer floats(int chunk) {
    return (FloatBuffer) chunk(chunk, Float.BYTES);
  }

  /** The longs of one chunk, like {@link #floats}. */
  public LongBuffer longs(int chunk) {
    return (LongBuffer) chunk(chunk, Long.BYTES);
  }

  private Buffer chunk(int index, int elementBytes) {
    Buffer[] ready = chunks;
    if (ready == null) {
      ready = block.chunks(offset, bytes, elementBytes);
      chunks = ready;
    }
    return ready[index];
  }

  /** Bytes of every chunk but the last. */
  public static long chunkBytes() {
    return CHUNK_BYTES;
  }

  /**
   * A live view of floats that keeps the memory alive by itself.
   *
   * @param first the first element of the part
   * @param length elements, at most (2^31-1)/4
   * @throws IllegalStateException if the owner was closed
   * @throws IllegalArgumentException if the part is not inside the memory or too long for a buffer
   */
  public FloatBuffer floatView(long first, long length) {
    return (FloatBuffer) view(first, length, Float.BYTES);
  }

  /** A live view of longs, like {@link #floatView}. */
  public LongBuffer longView(long first, long length) {
    return (LongBuffer) view(first, length, Long.BYTES);
  }

  private Buffer view(long first, long length, int elementBytes) {
    long elements = bytes / elementBytes;
    if (first < 0 || length < 0 || first > elements - length) {
      throw new IllegalArgumentException(
          "elements " + first + " to " + (first + length) + " of a " + what + " of " + elements);
    }
    if (length > Integer.MAX_VALUE / elementBytes) {
      throw new IllegalArgumentException(
          length
              + " elements; a buffer holds at most "
              + Integer.MAX_VALUE / elementBytes
              + " of them, take several parts");
    }
    acquire();
    Block viewed = block;
    if (viewed.buffer != null) {
      viewed.leave();
      return viewed.slice(offset / elementBytes + first, length, elementBytes);
    }
    // The use begun above ends when the base buffer, to which every buffer derived from it refers,
    // has become unreachable.
    try {
      ByteBuffer base =
          NativeApi.conv4j_direct_buffer(
              viewed.address + offset + first * elementBytes, length * elementBytes);
      CLEANER.register(base, viewed::leave);
      return Block.typed(base, elementBytes);
    } catch (RuntimeException | Error e) {
      viewed.leave();
      throw e;
    }
  }

  @Override
  public void close() {
    if (ownership.end()) {
      cleanable.clean();
    }
  }

  /** One owner's hold on a block, ended once: by close, or by the cleaner if that was forgotten. */
  private static final class Ownership implements Runnable {
    private final Block block;
    private final String what;
    private final AtomicBoolean closed = new AtomicBoolean();

    Ownership(Block block, String what) {
      this.block = block;
      this.what = what;
    }

    boolean isClosed() {
      return closed.get();
    }

    /** Whether this call, and not an earlier one, ended it. */
    boolean end() {
      if (!closed.compareAndSet(false, true)) {
        return false;
      }
      block.leave();
      return true;
    }

    @Override
    public void run() {
      if (end() && Boolean.getBoolean("conv4j.leaks")) {
        LOG.log(
            System.Logger.Level.WARNING,
            "a {0} of {1} bytes was not closed before it became unreachable",
            what,
            Long.toString(block.bytes));
      }
    }
  }

  /** The memory, and how many owners, views and runs use it; the last one frees it. */
  private static final class Block {
    private static final VarHandle USERS;

    static {
      try {
        USERS = MethodHandles.lookup().findVarHandle(Block.class, "users", long.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    final long address;
    final long bytes;
    final boolean owned;

    /** The JVM's memory, position 0 to its capacity; null where conv4j.h allocated it. */
    final Buffer buffer;

    /** Held so that what it owns stays alive. */
    final Object anchor;

    /** Begins with the first owner; 0 is final. */
    private volatile long users = 1;

    Block(long address, long bytes, boolean owned, Buffer buffer) {
      this(address, bytes, owned, buffer, buffer);
    }

    Block(long address, long bytes, boolean owned, Buffer buffer, Object anchor) {
      this.address = address;
      this.bytes = bytes;
      this.owned = owned;
      this.buffer = buffer;
      this.anchor = anchor;
    }

    boolean enter() {
      long seen;
      do {
        seen = users;
        if (seen == 0) {
          return false;
        }
      } while (!USERS.compareAndSet(this, seen, seen + 1));
      return true;
    }

    void leave() {
      if ((long) USERS.getAndAdd(this, -1L) == 1 && owned) {
        NativeApi.conv4j_free(address, bytes);
      }
    }

    /** The elements of a part in buffers of CHUNK_BYTES, but for the last. */
    Buffer[] chunks(long first, long size, int elementBytes) {
      Buffer[] made = new Buffer[Math.toIntExact((size + CHUNK_BYTES - 1) / CHUNK_BYTES)];
      for (int i = 0; i < made.length; i++) {
        long from = first + i * CHUNK_BYTES;
        long length = Math.min(CHUNK_BYTES, first + size - from);
        made[i] =
            buffer != null
                ? slice(from / elementBytes, length / elementBytes, elementBytes)
                : typed(NativeApi.conv4j_direct_buffer(address + from, length), elementBytes);
      }
      return made;
    }

    /** A part of the JVM's memory, which its own buffers keep alive. */
    Buffer slice(long first, long length, int elementBytes) {
      Buffer all = buffer instanceof ByteBuffer memory ? typed(memory, elementBytes) : buffer;
      return all.slice((int) first, (int) length);
    }

    static Buffer typed(ByteBuffer memory, int elementBytes) {
      ByteBuffer ordered = memory.duplicate().order(ByteOrder.nativeOrder());
      return elementBytes == Float.BYTES ? ordered.asFloatBuffer() : ordered.asLongBuffer();
    }
  }
}
