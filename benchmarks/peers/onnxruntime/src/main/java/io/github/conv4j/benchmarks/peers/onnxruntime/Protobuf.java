package io.github.conv4j.benchmarks.peers.onnxruntime;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes a message in the wire format of Protocol Buffers: varints, strings, nested messages and
 * packed floats.
 */
final class Protobuf {
  private static final int VARINT = 0;
  private static final int LENGTH = 2;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** An integer field. */
  Protobuf number(int field, long value) {
    key(field, VARINT);
    varint(value);
    return this;
  }

  /** A string field. */
  Protobuf text(int field, String value) {
    return raw(field, value.getBytes(StandardCharsets.UTF_8));
  }

  /** A nested message. */
  Protobuf message(int field, Protobuf value) {
    key(field, LENGTH);
    varint(value.bytes.size());
    bytes.writeBytes(value.toByteArray());
    return this;
  }

  /** Floats as little-endian bytes. */
  Protobuf floats(int field, float[] values) {
    ByteBuffer buffer =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(values);
    return raw(field, buffer.array());
  }

  byte[] toByteArray() {
    return bytes.toByteArray();
  }

  private Protobuf raw(int field, byte[] value) {
    key(field, LENGTH);
    varint(value.length);
    bytes.writeBytes(value);
    return this;
  }

  private void key(int field, int type) {
    varint((long) field << 3 | type);
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes.write((int) (rest & 0x7f | 0x80));
      rest >>>= 7;
    }
    bytes.write((int) rest);
  }
}
