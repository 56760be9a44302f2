package io.github.conv4j.io;

import io.github.conv4j.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The head of an npy file, by NumPy's NEP 1 and its versions 1.0, 2.0 and 3.0: a magic string, the
 * version, the length of a Python dictionary, the dictionary.
 *
 * @param type of the elements
 * @param order of the bytes of an element
 * @param columnMajor whether the first index runs fastest, as in Fortran
 * @param shape of the array
 * @param bytes that the head itself takes
 */
record NpyHeader(ElementType type, ByteOrder order, boolean columnMajor, Shape shape, int bytes) {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int ALIGNMENT = 64;

  /** More than any head without the fields of a structure, which are not read, needs. */
  private static final int LONGEST = 1 << 16;

  private static final String ORDERS = "<>|=";
  private static final Set<String> ITEMS = Set.of("descr", "fortran_order", "shape");

  private static final Map<String, ElementType> TYPES =
      Map.ofEntries(
          Map.entry("f8", ElementType.F64),
          Map.entry("f4", ElementType.F32),
          Map.entry("f2", ElementType.F16),
          Map.entry("i8", ElementType.I64),
          Map.entry("i4", ElementType.I32),
          Map.entry("i2", ElementType.I16),
          Map.entry("i1", ElementType.I8),
          Map.entry("u8", ElementType.U64),
          Map.entry("u4", ElementType.U32),
          Map.entry("u2", ElementType.U16),
          Map.entry("u1", ElementType.U8),
          Map.entry("b1", ElementType.BOOL),
          Map.entry("?", ElementType.BOOL));

  /** Bytes of the elements. */
  long dataBytes() {
    return shape.elements() * type.bytes();
  }

  /**
   * Reads and checks a head.
   *
   * @throws FormatException if anything in it is wrong
   */
  static NpyHeader read(String file, ByteSource source) throws IOException {
    byte[] start = bytes(file, source, MAGIC.length + 2);
    for (int i = 0; i < MAGIC.length; i++) {
      if (start[i] != MAGIC[i]) {
        throw malformed(file, "it does not start with \"\\x93NUMPY\"");
      }
    }
    int version = start[MAGIC.length];
    if (version < 1 || version > 3 || start[MAGIC.length + 1] != 0) {
      throw malformed(
          file, "version " + version + "." + start[MAGIC.length + 1] + " is not 1.0, 2.0 or 3.0");
    }
    int lengthBytes = version == 1 ? 2 : 4;
    ByteBuffer field = ByteBuffer.wrap(bytes(file, source, lengthBytes));
    field.order(ByteOrder.LITTLE_ENDIAN);
    long length =
        version == 1
            ? Short.toUnsignedLong(field.getShort())
            : Integer.toUnsignedLong(field.getInt());
    if (length > LONGEST) {
      throw malformed(file, "its header would have " + length + " bytes");
    }
    Charset charset = version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
    try {
      ByteBuffer text = ByteBuffer.wrap(bytes(file, source, (int) length));
      int head = start.length + lengthBytes + (int) length;
      return parse(file, charset.newDecoder().decode(text).toString(), head);
    } catch (CharacterCodingException e) {
      throw malformed(file, "its header is not UTF-8");
    }
  }

  private static byte[] bytes(String file, ByteSource source, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    while (bytes.hasRemaining()) {
      if (source.read(bytes) < 0) {
        throw malformed(file, "it ends inside of its header");
      }
    }
    return bytes.array();
  }

  private static NpyHeader parse(String file, String text, int head) throws FormatException {
    Map<String, Object> items;
    try {
      items = NpyDictionary.read(text);
    } catch (NpyDictionary.Malformed e) {
      throw malformed(file, e.getMessage() + " in its header " + shortened(text));
    }
    if (!items.keySet().equals(ITEMS)
        || !(items.get("descr") instanceof String description)
        || !(items.get("fortran_order") instanceof Boolean columnMajor)
        || !(items.get("shape") instanceof long[] extents)) {
      throw malformed(
          file, "its header does not give descr, fortran_order and shape: " + shortened(text));
    }
    try {
      Shape shape = Shape.of(extents);
      ElementType type = type(file, description);
      Math.multiplyExact(shape.elements(), (long) type.bytes());
      return new NpyHeader(type, order(description), columnMajor, shape, head);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw malformed(file, "its shape is too large: " + shortened(text));
    }
  }

  private static ElementType type(String file, String description) throws FormatException {
    boolean hasOrder = !description.isEmpty() && ORDERS.indexOf(description.charAt(0)) >= 0;
    ElementType type = TYPES.get(hasOrder ? description.substring(1) : description);
    if (type == null) {
      throw malformed(
          file, "elements of type " + shortened(description) + " are not read, only numbers");
    }
    return type;
  }

  private static ByteOrder order(String description) {
    return switch (description.charAt(0)) {
      case '<' -> ByteOrder.LITTLE_ENDIAN;
      case '>' -> ByteOrder.BIG_ENDIAN;
      default -> ByteOrder.nativeOrder();
    };
  }

  /** The head of version 1.0 for float32 in row-major order, padded as NumPy does. */
  static ByteBuffer write(Shape shape) {
    String extents = shape.toString();
    String tuple = "(" + extents.substring(1, extents.length() - 1);
    tuple += shape.rank() == 1 ? ",)" : ")";
    String text = "{'descr': '<f4', 'fortran_order': False, 'shape': " + tuple + ", }";
    int start = MAGIC.length + 2 + 2;
    int whole = (start + text.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (whole - start > 0xffff) {
      throw new IllegalArgumentException("a shape of " + shape.rank() + " axes has no npy header");
    }
    ByteBuffer head = ByteBuffer.allocate(whole).order(ByteOrder.LITTLE_ENDIAN);
    head.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) (whole - start));
    head.put(text.getBytes(StandardCharsets.ISO_8859_1));
    while (head.remaining() > 1) {
      head.put((byte) ' ');
    }
    return head.put((byte) '\n').flip();
  }

  private static FormatException malformed(String file, String reason) {
    return new FormatException(file, "is no valid npy file: " + reason);
  }

  private static String shortened(String text) {
    String line = text.strip().replaceAll("\\s+", " ");
    return String.format(Locale.ROOT, "%.80s", line);
  }
}
