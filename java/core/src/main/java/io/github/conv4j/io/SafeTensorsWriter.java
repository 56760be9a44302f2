package io.github.conv4j.io;

import io.github.conv4j.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** The bytes of a safetensors file: header and tensors sorted by name, all of it aligned to 8. */
final class SafeTensorsWriter {
  private static final int ALIGNMENT = 8;

  private final TreeMap<String, Tensor> tensors;
  private final ByteBuffer header;

  SafeTensorsWriter(Map<String, Tensor> tensors, Map<String, String> metadata) {
    this.tensors = new TreeMap<>(tensors);
    StringBuilder json = new StringBuilder("{");
    if (!metadata.isEmpty()) {
      Json.quote(SafeTensorsHeader.METADATA, json);
      String separator = ":{";
      for (Map.Entry<String, String> entry : new TreeMap<>(metadata).entrySet()) {
        json.append(separator);
        Json.quote(entry.getKey(), json);
        json.append(':');
        Json.quote(entry.getValue(), json);
        separator = ",";
      }
      json.append('}');
    }
    long end = 0;
    for (Map.Entry<String, Tensor> entry : this.tensors.entrySet()) {
      if (entry.getKey().equals(SafeTensorsHeader.METADATA)) {
        throw new IllegalArgumentException(
            "no tensor can be named " + SafeTensorsHeader.METADATA + ": rename it");
      }
      long begin = end;
      end = Math.addExact(begin, entry.getValue().elements() * Float.BYTES);
      json.append(json.length() == 1 ? "" : ",");
      append(json, entry.getKey(), entry.getValue(), begin, end);
    }
    this.header = encode(json.append('}'));
  }

  private static void append(StringBuilder to, String name, Tensor tensor, long begin, long end) {
    Json.quote(name, to);
    String shape = tensor.shape().toString().replace(" ", "");
    to.append(":{\"dtype\":\"F32\",\"shape\":").append(shape);
    to.append(",\"data_offsets\":[").append(begin).append(',').append(end).append("]}");
  }

  private static ByteBuffer encode(StringBuilder json) {
    ByteBuffer text;
    try {
      text = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(json));
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          "a name or the metadata has half of a surrogate pair, which UTF-8 cannot hold", e);
    }
    int length = (text.remaining() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (length > SafeTensorsHeader.LONGEST) {
      throw new IllegalArgumentException(
          "names and metadata take " + length + " bytes; the format allows 100000000");
    }
    ByteBuffer header = ByteBuffer.allocate(SafeTensorsHeader.LENGTH_BYTES + length);
    header.order(ByteOrder.LITTLE_ENDIAN).putLong(length).put(text);
    while (header.hasRemaining()) {
      header.put((byte) ' ');
    }
    return header.flip();
  }

  void writeTo(FileChannel out) throws IOException {
    ElementWriter.writeFully(out, header.duplicate());
    for (Tensor tensor : tensors.values()) {
      ElementWriter.write(tensor, out);
    }
  }
}
