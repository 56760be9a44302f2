package io.github.conv4j;

import static io.github.conv4j.MemoryFormat.CHANNELS_LAST;
import static io.github.conv4j.MemoryFormat.CONTIGUOUS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.internal.NativeApi;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tensors that lie channels last: counted like any other, and what of it shows in memory. */
class MemoryFormatTest {
  /** Around tiles of every width, with and without a batch, empty, one channel, one pixel. */
  static List<Shape> shapes() {
    return List.of(
        Shape.of(2, 3, 4, 5),
        Shape.of(3, 4, 5),
        Shape.of(1, 17, 33, 3),
        Shape.of(2, 16, 8, 8),
        Shape.of(3, 1, 5, 7),
        Shape.of(3, 5, 1, 1),
        Shape.of(2, 130, 3, 67),
        Shape.of(0, 3, 4, 5));
  }

  /** Element i of [N][C][H][W] is i; the same as [N][H][W][C], by four loops. */
  private static float[] turned(Shape shape) {
    int first = shape.rank() - 3;
    long N = first == 0 ? 1 : shape.dim(0);
    long C = shape.dim(first);
    long H = shape.dim(first + 1);
    long W = shape.dim(first + 2);
    float[] values = new float[(int) shape.elements()];
    int i = 0;
    for (long n = 0; n < N; n++) {
      for (long h = 0; h < H; h++) {
        for (long w = 0; w < W; w++) {
          for (long c = 0; c < C; c++) {
            values[i++] = ((n * C + c) * H + h) * W + w;
          }
        }
      }
    }
    return values;
  }

  private static float[] numbers(Shape shape) {
    float[] values = new float[(int) shape.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    return values;
  }

  private static float[] memory(Tensor tensor) {
    float[] values = new float[(int) tensor.elements()];
    tensor.buffer().get(values);
    return values;
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void elementsAreCountedInRowMajorOrder(Shape shape) {
    float[] turned = turned(shape);
    try (Tensor tensor = Tensor.of(turned, CHANNELS_LAST, shape.toArray())) {
      assertEquals(CHANNELS_LAST, tensor.memoryFormat());
      assertEquals(shape, tensor.shape());
      assertArrayEquals(turned, memory(tensor));
      assertArrayEquals(numbers(shape), tensor.toArray());
      for (long i = 0; i < tensor.elements(); i += 7) {
        assertEquals(i, tensor.get(i));
        tensor.set(i, -i);
        assertEquals(-i, tensor.get(i));
      }
      tensor.set(numbers(shape));
      assertArrayEquals(turned, memory(tensor));
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void conversionsAgreeWithTheLoops(Shape shape) {
    try (Tensor planes = Tensor.of(numbers(shape), shape.toArray());
        Tensor turned = planes.to(CHANNELS_LAST);
        Tensor copy = turned.to(CHANNELS_LAST);
        Tensor back = turned.to(CONTIGUOUS)) {
      assertArrayEquals(turned(shape), memory(turned));
      assertArrayEquals(turned(shape), memory(copy));
      assertArrayEquals(numbers(shape), memory(back));
      assertEquals(CONTIGUOUS, back.memoryFormat());
    }
  }

  @Test
  void settingFromAnotherShapeGoesByRowMajorOrder() {
    Shape shape = Shape.of(2, 3, 4, 5);
    try (Tensor rows = Tensor.of(numbers(shape), 2, 60);
        Tensor turned = Tensor.zeros(shape, CHANNELS_LAST);
        Tensor other = Tensor.zeros(Shape.of(5, 4, 3, 2), CHANNELS_LAST);
        Tensor back = Tensor.zeros(120)) {
      turned.set(rows);
      assertArrayEquals(turned(shape), memory(turned));
      other.set(turned);
      assertArrayEquals(turned(other.shape()), memory(other));
      back.set(other);
      assertArrayEquals(numbers(shape), memory(back));
    }
  }

  /** A pointer of another library to a buffer's memory. */
  private static final class Foreign extends FloatPointer {
    Foreign(FloatBuffer buffer) {
      super((Pointer) null);
      this.address = NativeApi.conv4j_buffer_address(buffer);
      this.limit = buffer.limit();
    }
  }

  @Test
  void wrappedMemoryIsReadWhereItLies() {
    Shape shape = Shape.of(1, 3, 2, 2);
    FloatBuffer buffer =
        ByteBuffer.allocateDirect(12 * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer()
            .put(turned(shape))
            .flip();
    try (Tensor tensor = Tensor.wrap(buffer, CHANNELS_LAST, 1, 3, 2, 2);
        Tensor pointed = Tensor.wrap(new Foreign(buffer), CHANNELS_LAST, 1, 3, 2, 2)) {
      assertArrayEquals(numbers(shape), tensor.toArray());
      assertArrayEquals(numbers(shape), pointed.toArray());
      tensor.set(1, 100);
      assertEquals(100, buffer.get(3)); // the second pixel's first channel
    }
  }

  @Test
  void onlyTheBatchAxisOfOneComesAndGoes() {
    Shape shape = Shape.of(3, 4, 5);
    try (Tensor image = Tensor.of(turned(shape), CHANNELS_LAST, 3, 4, 5);
        Tensor batch = image.reshape(1, 3, 4, 5);
        Tensor again = batch.reshape(3, 4, 5)) {
      assertEquals(CHANNELS_LAST, batch.memoryFormat());
      assertArrayEquals(numbers(shape), batch.toArray());
      assertArrayEquals(numbers(shape), again.toArray());
      for (long[] dims : new long[][] {{60}, {3, 20}, {3, 5, 4}, {1, 1, 3, 4, 5}, {3, 1, 4, 5}}) {
        refused("CHANNELS_LAST", () -> image.reshape(dims));
      }
    }
  }

  @Test
  void onlyImagesLieChannelsLast() {
    refused("cannot lie CHANNELS_LAST", () -> Tensor.zeros(Shape.of(3, 4), CHANNELS_LAST));
    refused("[7]", () -> Tensor.of(new float[7], CHANNELS_LAST, 7));
    refused("cannot lie", () -> LongTensor.zeros(Shape.of(1, 2, 3, 4, 5), CHANNELS_LAST));
    try (Tensor row = Tensor.zeros(12)) {
      refused("[12]", () -> row.to(CHANNELS_LAST));
      refused("[2, 6]", () -> Tensor.wrap(row.buffer(), CHANNELS_LAST, 2, 6));
    }
    refused("5 values", () -> Tensor.of(new float[5], CHANNELS_LAST, 1, 2, 2, 1));
  }

  @Test
  void integersLieSoToo() {
    Shape shape = Shape.of(2, 3, 1, 2);
    long[] numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    try (LongTensor tensor = LongTensor.zeros(shape, CHANNELS_LAST)) {
      tensor.set(numbers);
      long[] memory = new long[12];
      tensor.buffer().get(memory);
      assertArrayEquals(new long[] {0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11}, memory);
      assertArrayEquals(numbers, tensor.toArray());
      assertEquals(7, tensor.get(7));
      assertTrue(tensor.toString().contains("CHANNELS_LAST"), tensor.toString());
    }
  }

  @Test
  void theTextNamesTheFormat() {
    try (Tensor tensor = Tensor.of(new float[] {0, 2, 1, 3}, CHANNELS_LAST, 2, 2, 1)) {
      assertEquals("Tensor[2, 2, 1] CHANNELS_LAST {0.0, 1.0, 2.0, 3.0}", tensor.toString());
    }
  }

  @Test
  void theBorderChecksAConversion() {
    try (Tensor from = Tensor.zeros(1, 2, 3, 4);
        Tensor to = Tensor.wrap(from.buffer(), CHANNELS_LAST, 1, 2, 3, 4)) {
      refused("overlaps", () -> to.set(from));
    }
    assertEquals(1, NativeApi.conv4j_convert_format(-1, 2, 1, 1, 1, 64, 128, 1));
    assertTrue(NativeApi.conv4j_error().contains("format is 2"), NativeApi.conv4j_error());
    assertEquals(1, NativeApi.conv4j_convert_format(-1, 0, 1, 0, 1, 64, 128, 1));
    assertEquals(1, NativeApi.conv4j_convert_format(-1, 0, 1, 1, 1, 0, 128, 1));
    assertTrue(NativeApi.conv4j_error().contains("from is null"), NativeApi.conv4j_error());
    assertEquals(1, NativeApi.conv4j_convert_format(99, 0, 1, 1, 1, 64, 128, 1));
  }

  private static void refused(String words, Executable call) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }
}
