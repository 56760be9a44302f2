package io.github.conv4j.io;

import io.github.conv4j.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the head of a safetensors file says, once all of it has been found true: 8 bytes that give
 * the length of a JSON object, little-endian; the object; the data of the tensors, without holes.
 *
 * @param entries the tensors in the order of their data
 * @param metadata what the file says about itself
 */
record SafeTensorsHeader(Map<String, Entry> entries, Map<String, String> metadata) {
  /** Bytes of the length in front. */
  static final int LENGTH_BYTES = 8;

  /** The format's limit on the JSON text. */
  static final long LONGEST = 100_000_000;

  /** The name under which the object holds the metadata. */
  static final String METADATA = "__metadata__";

  private static final Set<String> MEMBERS = Set.of("dtype", "shape", "data_offsets");

  /**
   * A tensor.
   *
   * @param begin its first byte, counted from the start of the file
   * @param end the byte behind its last
   */
  record Entry(ElementType type, Shape shape, long begin, long end) {}

  /**
   * Reads and checks the head of a file.
   *
   * @throws FormatException if anything in it is wrong
   */
  static SafeTensorsHeader read(Path file, FileChannel channel) throws IOException {
    try {
      long size = channel.size();
      if (size < LENGTH_BYTES) {
        throw new Json.Malformed("its " + size + " bytes are too few");
      }
      long length = bytes(channel, 0, LENGTH_BYTES).getLong();
      if (length < 0 || length > LONGEST) {
        throw new Json.Malformed(
            "the header would have "
                + Long.toUnsignedString(length)
                + " bytes; at most "
                + LONGEST
                + " are allowed");
      }
      if (length > size - LENGTH_BYTES) {
        throw new Json.Malformed(
            "the header would have " + length + " bytes and the file has " + size);
      }
      String text = text(bytes(channel, LENGTH_BYTES, (int) length));
      return parse(text, LENGTH_BYTES + length, size);
    } catch (Json.Malformed e) {
      throw new FormatException(
          file.toString(), "is no valid safetensors file: " + e.getMessage(), e);
    }
  }

  private static ByteBuffer bytes(FileChannel channel, long from, int count)
      throws IOException, Json.Malformed {
    ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, from + bytes.position()) < 0) {
        throw new Json.Malformed("it was cut off while it was read");
      }
    }
    return bytes.flip();
  }

  private static String text(ByteBuffer bytes) throws Json.Malformed {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw new Json.Malformed("the header is not UTF-8");
    }
  }

  private static SafeTensorsHeader parse(String text, long dataStart, long size)
      throws Json.Malformed {
    if (!text.startsWith("{")) {
      throw new Json.Malformed("the header does not start with '{'");
    }
    Map<String, String> metadata = new LinkedHashMap<>();
    List<Map.Entry<String, Entry>> entries = new ArrayList<>();
    for (Map.Entry<String, Object> member : object("the header", Json.read(text)).entrySet()) {
      if (member.getKey().equals(METADATA)) {
        metadata = metadata(member.getValue());
      } else {
        entries.add(Map.entry(member.getKey(), entry(member, dataStart, size)));
      }
    }
    entries.sort(
        Comparator.comparingLong((Map.Entry<String, Entry> entry) -> entry.getValue().begin)
            .thenComparingLong(entry -> entry.getValue().end));
    return new SafeTensorsHeader(
        Collections.unmodifiableMap(inOrder(entries, dataStart, size)),
        Collections.unmodifiableMap(metadata));
  }

  /** The tensors one behind the other, of which each has to start where the last one ended. */
  private static Map<String, Entry> inOrder(
      List<Map.Entry<String, Entry>> entries, long dataStart, long size) throws Json.Malformed {
    Map<String, Entry> ordered = new LinkedHashMap<>();
    long end = dataStart;
    for (Map.Entry<String, Entry> entry : entries) {
      long begin = entry.getValue().begin;
      if (begin != end) {
        throw new Json.Malformed(
            "the data of "
                + quoted(entry.getKey())
                + " begins at "
                + (begin - dataStart)
                + (begin < end ? ", inside of" : ", behind a hole after")
                + " the data in front of it, which ends at "
                + (end - dataStart));
      }
      end = entry.getValue().end;
      ordered.put(entry.getKey(), entry.getValue());
    }
    if (end != size) {
      throw new Json.Malformed((size - end) + " bytes behind the data belong to no tensor");
    }
    return ordered;
  }

  private static Entry entry(Map.Entry<String, Object> member, long dataStart, long size)
      throws Json.Malformed {
    String name = quoted(member.getKey());
    Map<String, Object> fields = object(name, member.getValue());
    if (!fields.keySet().equals(MEMBERS)) {
      throw new Json.Malformed(name + " has " + fields.keySet() + " instead of " + MEMBERS);
    }
    ElementType type = type(name, fields.get("dtype"));
    Shape shape;
    long bytes;
    try {
      shape = Shape.of(integers(name + " shape", fields.get("shape")));
      bytes = Math.multiplyExact(shape.elements(), (long) type.bytes());
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new Json.Malformed(name + ": " + e.getMessage());
    }
    long[] offsets = integers(name + " data_offsets", fields.get("data_offsets"));
    if (offsets.length != 2 || offsets[0] > offsets[1] || offsets[1] > size - dataStart) {
      throw new Json.Malformed(
          name + " has data_offsets outside of the " + (size - dataStart) + " bytes of data");
    }
    if (offsets[1] - offsets[0] != bytes) {
      throw new Json.Malformed(
          name
              + " of shape "
              + shape
              + " and dtype "
              + type
              + " takes "
              + bytes
              + " bytes; its data_offsets hold "
              + (offsets[1] - offsets[0]));
    }
    return new Entry(type, shape, dataStart + offsets[0], dataStart + offsets[1]);
  }

  private static ElementType type(String name, Object value) throws Json.Malformed {
    for (ElementType type : ElementType.values()) {
      if (type.name().equals(value)) {
        return type;
      }
    }
    throw new Json.Malformed(name + " has dtype " + value + ", which conv4j does not know");
  }

  private static long[] integers(String name, Object value) throws Json.Malformed {
    if (!(value instanceof List<?> list)) {
      throw new Json.Malformed(name + " is no array");
    }
    long[] integers = new long[list.size()];
    for (int i = 0; i < integers.length; i++) {
      if (!(list.get(i) instanceof Long number) || number < 0) {
        throw new Json.Malformed(name + " has an element that is no whole number from 0");
      }
      integers[i] = number;
    }
    return integers;
  }

  private static Map<String, String> metadata(Object value) throws Json.Malformed {
    Map<String, String> metadata = new LinkedHashMap<>();
    for (Map.Entry<String, Object> member : object(METADATA, value).entrySet()) {
      if (!(member.getValue() instanceof String string)) {
        throw new Json.Malformed(METADATA + " of " + quoted(member.getKey()) + " is no string");
      }
      metadata.put(member.getKey(), string);
    }
    return metadata;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(String name, Object value) throws Json.Malformed {
    if (!(value instanceof Map<?, ?>)) {
      throw new Json.Malformed(name + " is no object");
    }
    return (Map<String, Object>) value;
  }

  private static String quoted(String name) {
    StringBuilder text = new StringBuilder();
    Json.quote(name.length() <= 80 ? name : name.substring(0, 80) + "...", text);
    return text.toString();
  }
}
