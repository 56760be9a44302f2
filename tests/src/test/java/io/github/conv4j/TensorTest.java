package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Making, reading and writing tensors. */
class TensorTest {
  @Test
  void zerosAreZero() {
    try (Tensor tensor = Tensor.zeros(2, 3, 4, 5)) {
      assertEquals(Shape.of(2, 3, 4, 5), tensor.shape());
      assertEquals(120, tensor.elements());
      assertArrayEquals(new float[120], tensor.toArray());
    }
  }

  @Test
  void ofCopiesItsValues() {
    float[] values = {1, -2, Float.NaN, -0f, Float.MIN_VALUE, Float.MAX_VALUE};
    try (Tensor tensor = Tensor.of(values, 2, 3)) {
      values[0] = 9;
      assertArrayEquals(
          new float[] {1, -2, Float.NaN, -0f, Float.MIN_VALUE, Float.MAX_VALUE}, tensor.toArray());
      float[] copy = tensor.toArray();
      copy[1] = 9;
      assertEquals(-2, tensor.get(1));
    }
  }

  @Test
  void ofRefusesAnotherNumberOfValues() {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> Tensor.of(new float[5], 2, 3));
    assertEquals("5 values for shape [2, 3] of 6 elements", refused.getMessage());
  }

  @Test
  void elementsAreInRowMajorOrder() {
    try (Tensor tensor = Tensor.of(new float[] {0, 1, 2, 3, 4, 5}, 2, 3)) {
      assertEquals(5, tensor.get(5));
      tensor.set(4, -7);
      assertArrayEquals(new float[] {0, 1, 2, 3, -7, 5}, tensor.toArray());
      tensor.fill(2);
      assertArrayEquals(new float[] {2, 2, 2, 2, 2, 2}, tensor.toArray());
      tensor.set(new float[] {6, 5, 4, 3, 2, 1});
      float[] copy = new float[6];
      tensor.copyTo(copy);
      assertArrayEquals(new float[] {6, 5, 4, 3, 2, 1}, copy);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 6, 7, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32})
  void indicesOutsideAreRefused(long index) {
    try (Tensor tensor = Tensor.zeros(2, 3);
        LongTensor longs = LongTensor.zeros(Shape.of(2, 3))) {
      assertThrows(IndexOutOfBoundsException.class, () -> tensor.get(index));
      assertThrows(IndexOutOfBoundsException.class, () -> tensor.set(index, 1));
      assertThrows(IndexOutOfBoundsException.class, () -> longs.get(index));
      assertArrayEquals(new float[6], tensor.toArray());
    }
  }

  @Test
  void arraysOfAnotherLengthAreRefused() {
    try (Tensor tensor = Tensor.zeros(2, 3);
        LongTensor longs = LongTensor.zeros(Shape.of(2, 3))) {
      assertThrows(IllegalArgumentException.class, () -> tensor.set(new float[5]));
      assertThrows(IllegalArgumentException.class, () -> tensor.set(new float[7]));
      assertThrows(IllegalArgumentException.class, () -> tensor.copyTo(new float[7]));
      assertThrows(IllegalArgumentException.class, () -> longs.set(new long[5]));
    }
  }

  @Test
  void emptyTensorsWork() {
    try (Tensor tensor = Tensor.zeros(0, 3, 4, 5);
        LongTensor longs = LongTensor.zeros(Shape.of(0, 3))) {
      assertEquals(0, tensor.elements());
      assertEquals(0, tensor.toArray().length);
      assertEquals(0, tensor.buffer().remaining());
      tensor.fill(1);
      tensor.set(new float[0]);
      assertEquals(0, longs.toArray().length);
      assertThrows(IndexOutOfBoundsException.class, () -> tensor.get(0));
      assertEquals("Tensor[0, 3, 4, 5] {}", tensor.toString());
    }
  }

  @Test
  void aScalarHasOneElement() {
    try (Tensor tensor = Tensor.of(new float[] {3})) {
      assertEquals(0, tensor.shape().rank());
      assertEquals(3, tensor.get(0));
    }
  }

  @Test
  void uniformValuesStayInRangeAndRepeat() {
    try (Tensor once = Tensor.uniform(new SplittableRandom(5), -2, 3, 50, 40);
        Tensor again = Tensor.uniform(new SplittableRandom(5), -2, 3, 50, 40);
        Tensor other = Tensor.uniform(new SplittableRandom(6), -2, 3, 50, 40)) {
      assertArrayEquals(once.toArray(), again.toArray());
      assertNotEquals(once.get(0), other.get(0));
      double sum = 0;
      for (float value : once.toArray()) {
        assertTrue(value >= -2 && value < 3, () -> "value " + value);
        sum += value;
      }
      assertEquals(0.5, sum / 2000, 0.2);
    }
  }

  @Test
  void theBufferIsALiveView() {
    try (Tensor tensor = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3)) {
      FloatBuffer all = tensor.buffer();
      assertTrue(all.isDirect());
      assertFalse(all.isReadOnly());
      assertEquals(ByteOrder.nativeOrder(), all.order());
      assertEquals(0, all.position());
      assertEquals(6, all.remaining());
      all.put(2, 30);
      assertEquals(30, tensor.get(2));
      tensor.set(3, 40);
      assertEquals(40, all.get(3));
      FloatBuffer part = tensor.buffer(2, 3);
      assertEquals(3, part.remaining());
      assertEquals(30, part.get());
      part.put(0, 31);
      assertEquals(31, tensor.get(2));
    }
  }

  @Test
  void aPartOutsideIsRefused() {
    try (Tensor tensor = Tensor.zeros(2, 3)) {
      for (long[] part :
          new long[][] {
            {-1, 2}, {0, 7}, {6, 1}, {7, 0}, {2, -1}, {Long.MAX_VALUE, 2}, {5, 1L << 62}
          }) {
        IllegalArgumentException refused =
            assertThrows(IllegalArgumentException.class, () -> tensor.buffer(part[0], part[1]));
        assertTrue(refused.getMessage().contains("of 6"), refused.getMessage());
      }
      assertEquals(0, tensor.buffer(6, 0).remaining());
    }
  }

  @Test
  void longTensorsHoldIndices() {
    long[] values = {0, -1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 40, 7};
    try (LongTensor tensor = LongTensor.zeros(Shape.of(2, 3))) {
      assertArrayEquals(new long[6], tensor.toArray());
      tensor.set(values);
      assertArrayEquals(values, tensor.toArray());
      assertEquals(1L << 40, tensor.get(4));
      LongBuffer view = tensor.buffer();
      assertEquals(ByteOrder.nativeOrder(), view.order());
      assertEquals(6, view.remaining());
      view.put(5, 8);
      assertEquals(8, tensor.get(5));
      assertEquals("LongTensor[2, 3]", tensor.toString());
    }
  }

  @Test
  void textShowsTheFirstElements() {
    Tensor small = Tensor.of(new float[] {1, 2.5f}, 2);
    assertEquals("Tensor[2] {1.0, 2.5}", small.toString());
    small.close();
    assertEquals("Tensor[2] (closed)", small.toString());
    try (Tensor large = Tensor.zeros(3, 3)) {
      assertEquals("Tensor[3, 3] {0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, ...}", large.toString());
    }
  }

  @Test
  void shapesCompareByTheirExtents() {
    long[] extents = {2, 3};
    Shape shape = Shape.of(extents);
    extents[0] = 9;
    assertEquals(Shape.of(2, 3), shape);
    assertEquals(Shape.of(2, 3).hashCode(), shape.hashCode());
    assertNotEquals(Shape.of(3, 2), shape);
    assertNotEquals(Shape.of(2, 3, 1), shape);
    shape.toArray()[0] = 9;
    assertEquals(2, shape.dim(0));
    assertEquals("[2, 3]", shape.toString());
  }

  @Test
  void impossibleShapesAreRefused() {
    for (long[] extents :
        new long[][] {
          {-1}, {2, -3}, {1L << 61}, {1L << 31, 1L << 31}, {Long.MAX_VALUE}, {3, Long.MIN_VALUE}
        }) {
      assertThrows(IllegalArgumentException.class, () -> Shape.of(extents));
      assertThrows(IllegalArgumentException.class, () -> Tensor.zeros(extents));
    }
    IllegalArgumentException negative =
        assertThrows(IllegalArgumentException.class, () -> Shape.of(2, -3));
    assertEquals("extent 1 of shape [2, -3] is negative", negative.getMessage());
    IllegalArgumentException large =
        assertThrows(IllegalArgumentException.class, () -> Shape.of(1L << 31, 1L << 31));
    assertEquals("shape [2147483648, 2147483648] has more than 2^63 bytes", large.getMessage());
  }

  @Test
  void moreMemoryThanThereIsIsAnErrorThatLeavesTheProcessAlone() {
    // 2^52 and 2^62 bytes: more than a 64-bit process can address.
    for (long elements : new long[] {1L << 50, 1L << 60}) {
      OutOfMemoryError error = assertThrows(OutOfMemoryError.class, () -> Tensor.zeros(elements));
      assertTrue(
          error.getMessage().contains(Long.toString(elements * Float.BYTES)), error.getMessage());
    }
    assertThrows(OutOfMemoryError.class, () -> LongTensor.zeros(Shape.of(1L << 50)));
    assertThrows(IllegalArgumentException.class, () -> LongTensor.zeros(Shape.of(1L << 60)));
    try (Tensor tensor = Tensor.zeros(1000)) {
      assertEquals(0, tensor.get(999));
    }
  }

  @Test
  void aPartIsCopiedOutInRowMajorOrder() {
    for (MemoryFormat format : MemoryFormat.values()) {
      try (Tensor tensor = Tensor.zeros(Shape.of(1, 2, 2, 2), format)) {
        tensor.set(new float[] {0, 1, 2, 3, 4, 5, 6, 7});
        float[] part = new float[3];
        tensor.copyTo(3, part);
        assertArrayEquals(new float[] {3, 4, 5}, part);
        tensor.copyTo(8, new float[0]);
        assertThrows(IndexOutOfBoundsException.class, () -> tensor.copyTo(6, part));
        assertThrows(IndexOutOfBoundsException.class, () -> tensor.copyTo(-1, part));
        assertArrayEquals(new float[] {3, 4, 5}, part);
      }
    }
  }

  @Test
  void aPartIsOverwrittenInRowMajorOrder() {
    for (MemoryFormat format : MemoryFormat.values()) {
      try (Tensor tensor = Tensor.zeros(Shape.of(1, 2, 2, 2), format)) {
        tensor.set(3, new float[] {1, 2, 3});
        assertArrayEquals(new float[] {0, 0, 0, 1, 2, 3, 0, 0}, tensor.toArray());
        tensor.set(8, new float[0]);
        assertThrows(IndexOutOfBoundsException.class, () -> tensor.set(6, new float[3]));
        assertThrows(IndexOutOfBoundsException.class, () -> tensor.set(-1, new float[1]));
        assertArrayEquals(new float[] {0, 0, 0, 1, 2, 3, 0, 0}, tensor.toArray());
      }
    }
  }
}
