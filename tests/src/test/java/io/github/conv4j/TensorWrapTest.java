package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.PreparedWeights;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tensors over memory that the caller has already. */
class TensorWrapTest {
  static List<Named<Kernels>> backends() {
    return Fixtures.backends();
  }

  private static ByteBuffer bytes(int floats) {
    return ByteBuffer.allocateDirect(floats * Float.BYTES).order(ByteOrder.nativeOrder());
  }

  private static void refuse(FloatBuffer buffer, String... words) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> Tensor.wrap(buffer, 2, 3));
    for (String word : words) {
      assertTrue(refused.getMessage().contains(word), refused.getMessage());
    }
  }

  @Test
  void readsAndWritesWhereTheBufferLies() {
    FloatBuffer buffer = bytes(6).asFloatBuffer();
    buffer.put(0, 7);
    try (Tensor tensor = Tensor.wrap(buffer, 2, 3)) {
      assertEquals(7, tensor.get(0));
      tensor.set(5, 8);
      assertEquals(8, buffer.get(5));
      buffer.put(1, 9);
      assertArrayEquals(new float[] {7, 9, 0, 0, 0, 8}, tensor.toArray());
      tensor.buffer().put(2, 3);
      assertEquals(3, buffer.get(2));
    }
  }

  @Test
  void beginsAtThePositionAndEndsAtTheLimit() {
    FloatBuffer buffer = bytes(10).asFloatBuffer();
    for (int i = 0; i < 10; i++) {
      buffer.put(i, i);
    }
    buffer.position(3).limit(9);
    try (Tensor tensor = Tensor.wrap(buffer, 2, 3)) {
      assertArrayEquals(new float[] {3, 4, 5, 6, 7, 8}, tensor.toArray());
      // What happens to the buffer's position afterwards does not matter.
      buffer.clear();
      assertEquals(3, tensor.get(0));
      tensor.set(0, -1);
      assertEquals(-1, buffer.get(3));
    }
  }

  @Test
  void closingLeavesTheBufferAlone() {
    FloatBuffer buffer = bytes(6).asFloatBuffer();
    Tensor tensor = Tensor.wrap(buffer, 2, 3);
    FloatBuffer view = tensor.buffer();
    tensor.close();
    assertThrows(IllegalStateException.class, () -> tensor.get(0));
    buffer.put(0, 5);
    assertEquals(5, view.get(0));
  }

  @Test
  void refusesABufferOnTheHeap() {
    refuse(FloatBuffer.allocate(6), "on the heap", "direct", "allocateDirect");
  }

  @Test
  void refusesTheOtherByteOrder() {
    ByteOrder other =
        ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
            ? ByteOrder.LITTLE_ENDIAN
            : ByteOrder.BIG_ENDIAN;
    refuse(
        ByteBuffer.allocateDirect(24).order(other).asFloatBuffer(),
        other.toString(),
        "native order",
        "nativeOrder()");
  }

  @Test
  void refusesAReadOnlyBuffer() {
    refuse(bytes(6).asFloatBuffer().asReadOnlyBuffer(), "read-only");
  }

  @Test
  void refusesAnotherSize() {
    refuse(bytes(5).asFloatBuffer(), "5 elements", "[2, 3]", "6");
    refuse(bytes(7).asFloatBuffer(), "7 elements", "[2, 3]", "6");
    refuse(bytes(6).asFloatBuffer().position(1), "5 elements", "between position and limit");
  }

  @Test
  void refusesABufferThatIsNotAligned() {
    ByteBuffer odd = bytes(7).position(1).slice().order(ByteOrder.nativeOrder());
    FloatBuffer buffer = odd.asFloatBuffer();
    assertEquals(6, buffer.remaining());
    refuse(buffer, "not aligned to 4 bytes");
  }

  @ParameterizedTest
  @MethodSource("backends")
  void kernelsTakeAnyAlignmentOfFourBytes(Kernels kernels) {
    Conv2dGeometry g = Conv2dGeometry.of(1, 1, 3, 3, 1, 2, 2);
    FloatBuffer in = bytes(10).asFloatBuffer().position(1);
    FloatBuffer out = bytes(5).asFloatBuffer().position(1);
    in.duplicate().put(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8});
    Conv2dForward plan = kernels.conv2dForward(g, PlanOptions.DEFAULT);
    try (Tensor src = Tensor.wrap(in, 1, 1, 3, 3);
        Tensor dst = Tensor.wrap(out, 1, 1, 2, 2);
        Tensor weights = Tensor.of(new float[] {0, 1, 2, 3}, 1, 1, 2, 2);
        PreparedWeights prepared = plan.prepare(weights)) {
      plan.run(src, prepared, null, dst);
      float[] found = new float[4];
      out.get(found);
      assertArrayEquals(new float[] {19, 25, 37, 43}, found);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void overlappingBuffersAreRefused(Kernels kernels) {
    Conv2dGeometry g = Conv2dGeometry.of(1, 1, 3, 3, 1, 1, 1);
    FloatBuffer memory = bytes(17).asFloatBuffer();
    FloatBuffer first = memory.slice(0, 9);
    Conv2dForward plan = kernels.conv2dForward(g, PlanOptions.DEFAULT);
    try (Tensor weights = Tensor.of(new float[] {2}, 1, 1, 1, 1);
        PreparedWeights prepared = plan.prepare(weights);
        Tensor src = Tensor.wrap(first, 1, 1, 3, 3);
        Tensor same = Tensor.wrap(first, 1, 1, 3, 3);
        Tensor lastOfSrc = Tensor.wrap(memory.slice(8, 9), 1, 1, 3, 3)) {
      for (Tensor dst : List.of(src, same, lastOfSrc)) {
        IllegalArgumentException refused =
            assertThrows(IllegalArgumentException.class, () -> plan.run(src, prepared, null, dst));
        assertTrue(refused.getMessage().contains("dst overlaps src"), refused.getMessage());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void neighboursDoNotOverlap(Kernels kernels) {
    Conv2dGeometry g = Conv2dGeometry.of(1, 1, 1, 8, 1, 1, 1);
    FloatBuffer memory = bytes(16).asFloatBuffer();
    Conv2dForward plan = kernels.conv2dForward(g, PlanOptions.DEFAULT);
    for (int from : new int[] {0, 8}) {
      try (Tensor weights = Tensor.of(new float[] {2}, 1, 1, 1, 1);
          PreparedWeights prepared = plan.prepare(weights);
          Tensor src = Tensor.wrap(memory.slice(from, 8), 1, 1, 1, 8);
          Tensor dst = Tensor.wrap(memory.slice(8 - from, 8), 1, 1, 1, 8)) {
        src.fill(3);
        plan.run(src, prepared, null, dst);
        assertEquals(6, dst.get(7));
      }
    }
  }

  /** A pointer of another library: an address, a position and a limit. */
  private static final class Foreign extends FloatPointer {
    Foreign(long address, long position, long limit) {
      super((Pointer) null);
      this.address = address;
      this.position = position;
      this.limit = limit;
    }
  }

  @Test
  void refusesANullPointer() {
    FloatPointer pointer = new FloatPointer((Pointer) null);
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> Tensor.wrap(pointer, 2, 3));
    assertEquals("the pointer is null", refused.getMessage());
  }

  @Test
  void readsAndWritesWhereThePointerPoints() {
    FloatBuffer buffer = bytes(8).asFloatBuffer();
    buffer.put(2, 5);
    long address = NativeApi.conv4j_buffer_address(buffer);
    try (Tensor tensor = Tensor.wrap(new Foreign(address, 2, 8), 2, 3)) {
      assertEquals(5, tensor.get(0));
      tensor.set(5, 7);
      assertEquals(7, buffer.get(7));
    }
    // A limit of 0 is JavaCPP's way of not knowing.
    try (Tensor tensor = Tensor.wrap(new Foreign(address, 0, 0), 2, 4)) {
      assertEquals(7, tensor.get(7));
    }
    assertEquals(7, buffer.get(7));
  }

  @Test
  void refusesAPointerThatHoldsTooLittle() {
    long address = NativeApi.conv4j_buffer_address(bytes(8));
    for (long[] part : new long[][] {{0, 5}, {3, 8}, {5, 5}}) {
      FloatPointer pointer = new Foreign(address, part[0], part[1]);
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> Tensor.wrap(pointer, 2, 3));
      assertTrue(
          refused.getMessage().contains((part[1] - part[0]) + " elements"), refused.getMessage());
      assertTrue(refused.getMessage().contains("[2, 3]"), refused.getMessage());
    }
  }

  @Test
  void refusesAPointerThatIsNotAligned() {
    long address = NativeApi.conv4j_buffer_address(bytes(8));
    FloatPointer pointer = new Foreign(address + 2, 0, 6);
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> Tensor.wrap(pointer, 2, 3));
    assertEquals("the pointer is not aligned to 4 bytes", refused.getMessage());
  }
}
