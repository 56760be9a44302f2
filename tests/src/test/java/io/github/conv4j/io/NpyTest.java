package io.github.conv4j.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.LongTensor;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** NumPy's npy files: written and read, right and wrong. */
class NpyTest {
  @TempDir private Path folder;

  /** A file of version 1, 2 or 3 whose dictionary and data need not fit to one another. */
  static byte[] bytes(int version, String dictionary, byte... data) {
    byte[] text = dictionary.getBytes(StandardCharsets.UTF_8);
    int length = version == 1 ? 2 : 4;
    ByteBuffer bytes = ByteBuffer.allocate(8 + length + text.length + data.length);
    bytes.order(ByteOrder.LITTLE_ENDIAN).put((byte) 0x93);
    bytes.put("NUMPY".getBytes(StandardCharsets.US_ASCII)).put((byte) version).put((byte) 0);
    if (version == 1) {
      bytes.putShort((short) text.length);
    } else {
      bytes.putInt(text.length);
    }
    return bytes.put(text).put(data).array();
  }

  private static String dictionary(String type, String order, String shape) {
    return "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n".formatted(type, order, shape);
  }

  private Path write(byte[] bytes) {
    try {
      return Files.write(folder.resolve("hand.npy"), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void tensorsComeBack() throws IOException {
    Path file = folder.resolve("x.npy");
    for (long[] dims : new long[][] {{}, {5}, {0, 3}, {2, 3, 4}, {2, 3, 331, 401}}) {
      try (Tensor tensor = Tensor.uniform(new SplittableRandom(1), -1, 1, dims)) {
        Npy.write(file, tensor);
        try (Tensor read = Npy.read(file)) {
          assertEquals(tensor.shape(), read.shape());
          assertArrayEquals(tensor.toArray(), read.toArray());
        }
      }
    }
    try (Tensor rows = Tensor.uniform(new SplittableRandom(2), -1, 1, 2, 3, 4, 5);
        Tensor last = rows.to(MemoryFormat.CHANNELS_LAST);
        Tensor other = Tensor.zeros(5, 4, 3, 2)) {
      Npy.write(file, last);
      last.fill(0);
      Npy.read(file, last);
      assertArrayEquals(rows.toArray(), last.toArray());
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> Npy.read(file, other));
      assertEquals(file + " has shape [2, 3, 4, 5], not [5, 4, 3, 2]", refused.getMessage());
      try (Tensor read = Npy.read(file)) {
        assertArrayEquals(rows.toArray(), read.toArray());
      }
    }
  }

  /** What {@code numpy.save} writes for {@code numpy.float32([[1, 2, 3]])}. */
  @Test
  void theBytesAreThoseOfNumPy() throws IOException {
    Path file = folder.resolve("x.npy");
    try (Tensor tensor = Tensor.of(new float[] {1, 2, 3}, 1, 3)) {
      Npy.write(file, tensor);
    }
    String text = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }";
    String padded = text + " ".repeat(128 - 10 - text.length() - 1) + "\n";
    byte[] data = {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40};
    assertArrayEquals(bytes(1, padded, data), Files.readAllBytes(file));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void allVersionsTypesAndByteOrders(int version) throws IOException {
    byte[] doubles = ByteBuffer.allocate(16).putDouble(0.1).putDouble(-3).array();
    assertReads(bytes(version, dictionary(">f8", "False", "(2,)"), doubles), 0.1f, -3);
    assertReads(
        bytes(version, dictionary("<i2", "False", "(2,)"), new byte[] {1, 2, -1, -1}), 513, -1);
    assertReads(bytes(version, dictionary(">u2", "False", "(1,)"), new byte[] {-1, 0}), 0xff00);
    assertReads(bytes(version, dictionary("|u1", "False", "(2,)"), new byte[] {-1, 7}), 255, 7);
    assertReads(bytes(version, dictionary("|b1", "False", "(2,)"), new byte[] {0, 1}), 0, 1);
    assertReads(bytes(version, dictionary("<f2", "False", "()"), new byte[] {0, 0x3c}), 1);
    String other = "{\"shape\":(2 , 1),\"fortran_order\":False,\"descr\":\"|i1\"}";
    assertReads(bytes(version, other, new byte[] {-2, 2}), -2, 2);
  }

  private void assertReads(byte[] file, float... values) throws IOException {
    try (Tensor tensor = Npy.read(write(file))) {
      assertArrayEquals(values, tensor.toArray());
    }
  }

  @Test
  void fortranOrderBecomesRows() throws IOException {
    byte[] data = new byte[24];
    for (int k = 0, at = 0; k < 4; k++) {
      for (int j = 0; j < 3; j++) {
        for (int i = 0; i < 2; i++) {
          data[at++] = (byte) (100 * i + 10 * j + k - 50);
        }
      }
    }
    Path file = write(bytes(1, dictionary("|i1", "True", "(2, 3, 4)"), data));
    try (Tensor tensor = Npy.read(file);
        LongTensor longs = Npy.readLongs(file)) {
      assertEquals(Shape.of(2, 3, 4), tensor.shape());
      for (int at = 0; at < 24; at++) {
        int value = 100 * (at / 12) + 10 * (at / 4 % 3) + at % 4 - 50;
        assertEquals(value, tensor.get(at));
        assertEquals(value, longs.get(at));
      }
    }
    try (Tensor none = Npy.read(write(bytes(1, dictionary("<f4", "True", "(3, 0)"))))) {
      assertEquals(Shape.of(3, 0), none.shape());
    }
  }

  private void assertRefused(byte[] bytes, String reason) {
    Path file = write(bytes);
    FormatException refused = assertThrows(FormatException.class, () -> Npy.read(file).close());
    assertTrue(refused.getMessage().startsWith(file + " "), refused.getMessage());
    assertTrue(refused.getMessage().contains(reason), refused.getMessage());
  }

  @Test
  void filesThatLieAreRefused() throws IOException {
    assertRefused(new byte[0], "ends inside of its header");
    assertRefused("\u0093NUMPX\1\0\0\0".getBytes(StandardCharsets.ISO_8859_1), "start with");
    assertRefused(bytes(4, "{}"), "version 4.0");
    byte[] minor = bytes(1, "{}");
    minor[7] = 1;
    assertRefused(minor, "version 1.1");
    byte[] longer = bytes(2, "{}");
    longer[11] = 0x7f;
    assertRefused(longer, "its header would have 2130706434 bytes");
    assertRefused(bytes(1, dictionary("<f4", "False", "(3,)"), new byte[11]), "11 bytes follow");
    assertRefused(bytes(1, dictionary("<f4", "False", "(3,)"), new byte[13]), "13 bytes follow");
    String large = "(1000000, 1000000)";
    assertRefused(bytes(1, dictionary("<f4", "False", large), new byte[4]), "takes 4000000000000");
    String wraps = "(4294967296, 4294967296)";
    assertRefused(bytes(1, dictionary("<f4", "False", wraps)), "too large");
    assertRefused(bytes(1, dictionary("<f4", "False", "(9223372036854775808,)")), "below 2^63");
    assertRefused(bytes(1, dictionary("<f8", "False", "(1152921504606846976, 2)")), "too large");
  }

  @Test
  void headersThatAreNoPlainNumbersAreRefused() {
    assertRefused(bytes(1, dictionary("|O", "False", "(1,)")), "type |O");
    assertRefused(bytes(1, dictionary("<U4", "False", "(1,)")), "type <U4");
    assertRefused(bytes(1, dictionary("<c8", "False", "(1,)")), "type <c8");
    assertRefused(bytes(1, dictionary("", "False", "(1,)")), "of type ");
    assertRefused(
        bytes(1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"), "in quotes");
    assertRefused(bytes(1, dictionary("<f4", "Maybe", "(1,)")), "in quotes");
    assertRefused(bytes(1, dictionary("<f4", "'True'", "(1,)")), "does not give");
    assertRefused(bytes(1, dictionary("<f4", "False", "(1)")), "no tuple");
    assertRefused(bytes(1, dictionary("<f4", "False", "(-1,)")), "whole number");
    assertRefused(bytes(1, dictionary("<f4", "False", "(1 2)")), "','");
    assertRefused(bytes(1, "{'descr': '<f4', 'descr': '<f4'}"), "twice");
    assertRefused(bytes(1, "{'descr': '<f4', 'shape': ()}"), "does not give");
    assertRefused(bytes(1, dictionary("<f4", "False", "()") + "x"), "the end");
    assertRefused(bytes(1, "__import__('os')"), "'{'");
    assertRefused(bytes(1, "{'a\\x41': True}"), "escape");
    assertRefused(bytes(1, "{'a: True}"), "does not end");
    assertRefused(bytes(1, dictionary("<f4", "False", "(" + "1,".repeat(30000))), "whole number");
  }

  @Test
  void damagedFilesAreReadOrRefused() throws IOException {
    byte[] whole = bytes(1, dictionary("<i4", "False", "(2, 3)"), new byte[24]);
    SplittableRandom random = new SplittableRandom(3);
    int refused = 0;
    for (int i = 0; i < 3000; i++) {
      byte[] bytes = whole.clone();
      bytes[random.nextInt(whole.length - 24)] = (byte) random.nextInt();
      refused += isRefused(bytes) ? 1 : 0;
    }
    assertTrue(refused > 1500, refused + " of 3000 were refused");
    for (int length = 0; length < whole.length; length++) {
      assertTrue(isRefused(Arrays.copyOf(whole, length)), length + " bytes");
    }
  }

  private boolean isRefused(byte[] bytes) throws IOException {
    try (Tensor read = Npy.read(write(bytes))) {
      return read.isClosed();
    } catch (FormatException e) {
      return true;
    }
  }

  @Test
  void filesThatAreNotThereOrHoldNoIntegersAreNamed() throws IOException {
    Path missing = folder.resolve("missing.npy");
    IOException failure = assertThrows(IOException.class, () -> Npy.read(missing));
    assertEquals(missing + " cannot be read: there is no such file", failure.getMessage());
    Path floats = write(bytes(1, dictionary("<f4", "False", "()"), new byte[4]));
    failure = assertThrows(FormatException.class, () -> Npy.readLongs(floats));
    assertEquals(floats + " holds F32, not integers; use read", failure.getMessage());
  }
}
