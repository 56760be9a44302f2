package io.github.conv4j.io;

import static io.github.conv4j.io.SafeTensorsBytes.tensor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.LongTensor;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Safetensors: what is written comes back, and what others write is understood. */
class SafeTensorsTest {
  @TempDir private Path folder;

  @Test
  void everyBitComesBack() throws IOException {
    float[] values = {1.5f, -0f, Float.NaN, Float.NEGATIVE_INFINITY, Float.MIN_VALUE, 3};
    values[2] = Float.intBitsToFloat(0x7fc12345);
    Path file = folder.resolve("bits.safetensors");
    try (Tensor weight = Tensor.of(values, 2, 3);
        Tensor scalar = Tensor.of(new float[] {7});
        Tensor none = Tensor.zeros(0, 5)) {
      SafeTensors.save(file, Map.of("w", weight, "s", scalar, "n", none), Map.of("é\n\"", "€ 😀"));
    }
    try (SafeTensors open = SafeTensors.open(file);
        Tensor weight = open.tensor("w");
        Tensor scalar = open.tensor("s")) {
      assertEquals(Map.of("é\n\"", "€ 😀"), open.metadata());
      assertEquals(List.of("n", "s", "w"), List.copyOf(open.names()));
      assertEquals(Shape.of(0, 5), open.shape("n"));
      assertEquals(Shape.of(), scalar.shape());
      for (int i = 0; i < values.length; i++) {
        assertEquals(
            Float.floatToRawIntBits(values[i]), Float.floatToRawIntBits(weight.buffer().get(i)));
      }
    }
  }

  /** Against the description of the format, byte by byte. */
  @Test
  void theBytesAreThoseOfTheFormat() throws IOException {
    Path file = folder.resolve("bytes.safetensors");
    try (Tensor b = Tensor.of(new float[] {1, 2}, 2);
        Tensor a = Tensor.of(new float[] {3}, 1, 1)) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put("b", b);
      tensors.put("a", a);
      SafeTensors.save(file, tensors, Map.of("k", "v"));
    }
    String header =
        "{\"__metadata__\":{\"k\":\"v\"},"
            + tensor("a", "F32", "[1,1]", 0, 4)
            + ","
            + tensor("b", "F32", "[2]", 4, 12)
            + "}";
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    long length = bytes.getLong();
    assertEquals(0, length % 8, "data must be aligned");
    byte[] text = new byte[(int) length];
    bytes.get(text);
    assertEquals(header, new String(text, StandardCharsets.UTF_8).stripTrailing());
    assertEquals(3, bytes.getFloat());
    assertEquals(1, bytes.getFloat());
    assertEquals(2, bytes.getFloat());
    assertEquals(0, bytes.remaining());
  }

  @Test
  void manyPiecesComeBackAndReadIntoEitherFormat() throws IOException {
    Path file = folder.resolve("large.safetensors");
    Shape shape = Shape.of(2, 3, 331, 401);
    try (Tensor large = Tensor.uniform(new SplittableRandom(5), -1, 1, shape.toArray());
        Tensor last = large.to(MemoryFormat.CHANNELS_LAST);
        Tensor into = Tensor.empty(shape, MemoryFormat.CHANNELS_LAST)) {
      SafeTensors.save(file, Map.of("rows", large, "last", last));
      try (SafeTensors open = SafeTensors.open(file);
          Tensor rows = open.tensor("rows")) {
        assertArrayEquals(large.toArray(), rows.toArray());
        open.read("last", into);
        assertArrayEquals(large.toArray(), into.toArray());
        IllegalArgumentException refused =
            assertThrows(IllegalArgumentException.class, () -> open.read("last", shorter()));
        assertTrue(refused.getMessage().contains("[2, 3, 331, 401]"), refused.getMessage());
      }
    }
  }

  private static Tensor shorter() {
    return Tensor.zeros(2, 3, 331, 400);
  }

  @Test
  void otherFloatsBecomeTheNearestFloat32() throws IOException {
    ByteBuffer data = ByteBuffer.allocate(24 + 16 + 4).order(ByteOrder.LITTLE_ENDIAN);
    data.putDouble(0.1).putDouble(1e300).putDouble(-2);
    // binary16: 1, -2, largest 65504, least subnormal 2^-24, -0, infinity, NaN, 1 + 2^-10
    for (int bits : new int[] {0x3c00, 0xc000, 0x7bff, 1, 0x8000, 0x7c00, 0x7e00, 0x3c01}) {
      data.putShort((short) bits);
    }
    data.putShort((short) 0x3f80).putShort((short) 0xc049);
    Path file =
        SafeTensorsBytes.write(
            folder,
            "{"
                + tensor("half", "F16", "[2,4]", 24, 40)
                + ","
                + tensor("double", "F64", "[3]", 0, 24)
                + ","
                + tensor("brain", "BF16", "[2]", 40, 44)
                + "}    ",
            data.array());
    Map<String, Tensor> read = SafeTensors.load(file);
    assertEquals(List.of("double", "half", "brain"), List.copyOf(read.keySet()));
    assertArrayEquals(
        new float[] {0.1f, Float.POSITIVE_INFINITY, -2}, read.get("double").toArray());
    float[] half = {1, -2, 65504, 0x1p-24f, -0f, Float.POSITIVE_INFINITY, Float.NaN, 1 + 0x1p-10f};
    assertArrayEquals(half, read.get("half").toArray());
    assertArrayEquals(new float[] {1, -3.140625f}, read.get("brain").toArray());
    read.values().forEach(Tensor::close);
  }

  @Test
  void integersAreReadExactlyOrAsFloats() throws IOException {
    ByteBuffer data = ByteBuffer.allocate(8 + 8 + 2 + 4 + 1 + 4).order(ByteOrder.LITTLE_ENDIAN);
    data.putLong(-5).putLong(-1).put((byte) 200).put((byte) 2).putShort((short) -7);
    data.putShort((short) -1).put((byte) -3).putFloat(2.5f);
    Path file =
        SafeTensorsBytes.write(
            folder,
            "{"
                + tensor("i64", "I64", "[]", 0, 8)
                + ","
                + tensor("u64", "U64", "[1]", 8, 16)
                + ","
                + tensor("u8", "U8", "[1]", 16, 17)
                + ","
                + tensor("bool", "BOOL", "[1]", 17, 18)
                + ","
                + tensor("i16", "I16", "[1]", 18, 20)
                + ","
                + tensor("u16", "U16", "[1]", 20, 22)
                + ","
                + tensor("i8", "I8", "[1]", 22, 23)
                + ","
                + tensor("float", "F32", "[1]", 23, 27)
                + "}",
            data.array());
    try (SafeTensors open = SafeTensors.open(file)) {
      Map<String, Long> expected =
          Map.of("i64", -5L, "u8", 200L, "bool", 1L, "i16", -7L, "u16", 65535L, "i8", -3L);
      for (Map.Entry<String, Long> entry : expected.entrySet()) {
        try (LongTensor longs = open.longTensor(entry.getKey());
            Tensor floats = open.tensor(entry.getKey())) {
          assertEquals(entry.getValue(), longs.get(0), entry.getKey());
          assertEquals((float) entry.getValue(), floats.get(0), entry.getKey());
        }
      }
      assertThrows(FormatException.class, () -> open.longTensor("u64"));
      try (Tensor floats = open.tensor("u64")) {
        assertEquals(0x1p64f, floats.get(0));
      }
      assertThrows(IllegalArgumentException.class, () -> open.longTensor("float"));
      assertThrows(IllegalArgumentException.class, () -> open.tensor("other"));
      Map<String, Tensor> floats = open.tensors();
      assertEquals(open.names(), floats.keySet());
      assertEquals(-7, floats.get("i16").get(0));
      assertEquals(2.5f, floats.get("float").get(0));
      floats.values().forEach(Tensor::close);
    }
  }

  @Test
  void namesThatCannotBeWrittenAreRefusedBeforeAnythingHappens() throws IOException {
    Path file = folder.resolve("names.safetensors");
    Files.writeString(file, "before");
    try (Tensor tensor = Tensor.zeros(1)) {
      for (String name : List.of("__metadata__", "half \ud800")) {
        assertThrows(
            IllegalArgumentException.class, () -> SafeTensors.save(file, Map.of(name, tensor)));
      }
    }
    assertEquals("before", Files.readString(file));
  }

  @Test
  void aFileMayHoldNothing() throws IOException {
    Path file = folder.resolve("nothing.safetensors");
    SafeTensors.save(file, Map.of());
    assertEquals(Map.of(), SafeTensors.load(file));
  }

  @Test
  void equalContentsGiveEqualBytes() throws IOException {
    Path one = folder.resolve("one.safetensors");
    Path two = folder.resolve("two.safetensors");
    try (Tensor x = Tensor.of(new float[] {1, 2}, 2);
        Tensor y = Tensor.of(new float[] {3, 4}, 2)) {
      Map<String, Tensor> reversed = new LinkedHashMap<>();
      reversed.put("y", y);
      reversed.put("x", x);
      SafeTensors.save(one, reversed);
      SafeTensors.save(two, Map.of("x", x, "y", y));
      assertEquals(-1, Files.mismatch(one, two));
      y.set(0, 5);
      SafeTensors.save(two, Map.of("x", x, "y", y));
      assertNotEquals(-1, Files.mismatch(one, two));
    }
  }
}
