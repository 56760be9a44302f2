package io.github.conv4j.io;

import io.github.conv4j.LongTensor;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;

/**
 * Copies elements of a file into tensors, converted where need be, a piece at a time: the file is
 * read, never mapped, so that its truncation is an exception and no fault inside a kernel.
 */
final class ElementReader {
  private static final int PIECE = 1 << 20;

  private final String file;
  private final ByteSource source;
  private final ElementType type;
  private final ByteBuffer piece;

  /**
   * A reader of elements of one type.
   *
   * @param file named in messages
   * @param elements how many there will be, which bounds the memory
   */
  ElementReader(String file, ByteSource source, ElementType type, ByteOrder order, long elements) {
    this.file = file;
    this.source = source;
    this.type = type;
    int bytes = (int) Math.min(PIECE, Math.max(1, elements) * type.bytes());
    this.piece = ByteBuffer.allocateDirect(bytes).order(order);
  }

  /** Overwrites a tensor by the next elements, in row-major order whatever its format. */
  void read(Tensor dst) throws IOException {
    if (dst.memoryFormat() != MemoryFormat.CONTIGUOUS) {
      try (Tensor rows = Tensor.empty(dst.shape())) {
        read(rows);
        dst.set(rows);
      }
      return;
    }
    long count;
    for (long first = 0; first < dst.elements(); first += count) {
      count = fill(dst.elements() - first);
      FloatBuffer to = dst.buffer(first, count);
      if (type == ElementType.F32) {
        to.put(piece.asFloatBuffer());
      } else {
        while (piece.hasRemaining()) {
          to.put(nextFloat());
        }
      }
    }
  }

  /** Overwrites a tensor of row-major order by the next integers. */
  void read(LongTensor dst) throws IOException {
    LongBuffer to = dst.buffer();
    while (to.hasRemaining()) {
      fill(to.remaining());
      while (piece.hasRemaining()) {
        to.put(nextLong());
      }
    }
  }

  /**
   * Reads as many elements as fit into the piece, for {@link #nextFloat} and {@link #nextLong}.
   *
   * @param wanted at least 1
   * @return how many were read
   */
  long fill(long wanted) throws IOException {
    int bytes = (int) Math.min(wanted, piece.capacity() / type.bytes()) * type.bytes();
    piece.clear().limit(bytes);
    while (piece.hasRemaining()) {
      if (source.read(piece) < 0) {
        throw new FormatException(file, "ends before its data does");
      }
    }
    piece.flip();
    return bytes / type.bytes();
  }

  /** The next element of the piece as float32. */
  float nextFloat() {
    float value = type.toFloat(piece, piece.position());
    piece.position(piece.position() + type.bytes());
    return value;
  }

  /** The next element of the piece as int64. */
  long nextLong() throws FormatException {
    long value = type.toLong(piece, piece.position());
    if (type == ElementType.U64 && value < 0) {
      throw new FormatException(
          file,
          "has the element "
              + Long.toUnsignedString(value)
              + ", more than an int64 holds; read it as float32");
    }
    piece.position(piece.position() + type.bytes());
    return value;
  }
}
