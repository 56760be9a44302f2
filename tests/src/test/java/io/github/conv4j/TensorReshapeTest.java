package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.PreparedWeights;
import java.nio.FloatBuffer;
import java.util.List;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two tensors of different shapes over the same memory. */
class TensorReshapeTest {
  static List<Named<Kernels>> backends() {
    return Fixtures.backends();
  }

  @Test
  void bothSeeTheSameElements() {
    try (Tensor tensor = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
        Tensor other = tensor.reshape(1, 3, 1, 2)) {
      assertEquals(Shape.of(1, 3, 1, 2), other.shape());
      assertArrayEquals(tensor.toArray(), other.toArray());
      other.set(4, -5);
      assertEquals(-5, tensor.get(4));
      tensor.fill(7);
      assertEquals(7, other.get(0));
      other.buffer().put(1, 8);
      assertEquals(8, tensor.get(1));
    }
  }

  @Test
  void theMemoryLivesUntilBothAreClosed() {
    Shape large = Shape.of(16, 1 << 20);
    assertEquals("", Conv4j.nativeProblem());
    long before = NativeApi.conv4j_allocated_bytes();
    for (boolean firstIsFirst : new boolean[] {true, false}) {
      Tensor first = Fixtures.filled(3, large);
      Tensor second = first.reshape(1 << 20, 16);
      Tensor closedNow = firstIsFirst ? first : second;
      Tensor closedLater = firstIsFirst ? second : first;
      closedNow.close();
      closedNow.close();
      assertTrue(closedNow.isClosed());
      assertFalse(closedLater.isClosed());
      assertThrows(IllegalStateException.class, () -> closedNow.get(0));
      assertThrows(IllegalStateException.class, () -> closedNow.reshape(16 << 20));
      assertEquals(3, closedLater.get((16L << 20) - 1));
      assertTrue(NativeApi.conv4j_allocated_bytes() >= before + (32L << 20));
      closedLater.close();
      assertTrue(NativeApi.conv4j_allocated_bytes() < before + (32L << 20));
    }
  }

  @Test
  void anotherNumberOfElementsIsRefused() {
    try (Tensor tensor = Tensor.zeros(2, 3)) {
      for (long[] dims : new long[][] {{5}, {7}, {2, 3, 2}, {0}, {}}) {
        IllegalArgumentException refused =
            assertThrows(IllegalArgumentException.class, () -> tensor.reshape(dims));
        assertTrue(refused.getMessage().contains("[2, 3]"), refused.getMessage());
        assertTrue(refused.getMessage().contains(Shape.of(dims).toString()), refused.getMessage());
      }
      assertThrows(IllegalArgumentException.class, () -> tensor.reshape(-2, -3));
    }
  }

  @Test
  void wrappedBuffersAndViewsGoAlong() {
    try (Tensor tensor = Tensor.of(new float[] {1, 2, 3, 4}, 4)) {
      FloatBuffer view = tensor.buffer();
      try (Tensor wrapped = Tensor.wrap(view, 2, 2);
          Tensor other = wrapped.reshape(4, 1)) {
        other.set(3, 9);
      }
      assertEquals(9, tensor.get(3));
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void theyOverlap(Kernels kernels) {
    Conv2dGeometry g = Conv2dGeometry.of(1, 2, 1, 1, 2, 1, 1);
    Conv2dForward plan = kernels.conv2dForward(g, PlanOptions.DEFAULT);
    try (Tensor src = Tensor.zeros(1, 2, 1, 1);
        Tensor dst = src.reshape(2, 1, 1);
        Tensor weights = Tensor.zeros(2, 2, 1, 1);
        PreparedWeights prepared = plan.prepare(weights)) {
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> plan.run(src, prepared, null, dst));
      assertTrue(refused.getMessage().contains("dst overlaps src"), refused.getMessage());
    }
  }
}
