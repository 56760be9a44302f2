package io.github.conv4j.io;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;

/** Writes tensors as little-endian float32 in row-major order, a piece at a time. */
final class ElementWriter {
  private static final int PIECE = 1 << 20;

  private ElementWriter() {}

  /** Writes all elements of a tensor, whatever its format. */
  static void write(Tensor tensor, WritableByteChannel out) throws IOException {
    if (tensor.memoryFormat() != MemoryFormat.CONTIGUOUS) {
      try (Tensor rows = tensor.to(MemoryFormat.CONTIGUOUS)) {
        write(rows, out);
      }
      return;
    }
    int capacity = (int) Math.min(PIECE, tensor.elements() * Float.BYTES);
    ByteBuffer piece = ByteBuffer.allocateDirect(capacity).order(ByteOrder.LITTLE_ENDIAN);
    long count;
    for (long first = 0; first < tensor.elements(); first += count) {
      count = Math.min(tensor.elements() - first, capacity / Float.BYTES);
      piece.clear().limit((int) count * Float.BYTES);
      piece.asFloatBuffer().put(tensor.buffer(first, count));
      writeFully(out, piece);
    }
  }

  /** Writes what remains in a buffer. */
  static void writeFully(WritableByteChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }
}
