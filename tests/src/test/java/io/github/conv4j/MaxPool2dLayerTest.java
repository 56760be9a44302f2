package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.nn.MaxPool2d;
import java.util.List;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Max pooling as a layer: its modes, gradient and builder, on both backends. */
class MaxPool2dLayerTest {
  static List<Named<Kernels>> backends() {
    return Fixtures.backends();
  }

  private static Tensor image() {
    return Tensor.of(new float[] {3, 1, 2, 8, 5, 4, 7, 6}, 1, 1, 2, 4);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void theGradientGoesToTheLargest(Kernels kernels) {
    try (MaxPool2d pool = MaxPool2d.builder(2).kernels(kernels).build();
        Tensor src = image();
        Tensor dst = pool.forward(src);
        Tensor diffDst = Tensor.of(new float[] {10, 20}, 1, 1, 1, 2);
        Tensor diffSrc = pool.backward(diffDst);
        Tensor given = Fixtures.filled(9, src.shape())) {
      assertArrayEquals(new float[] {5, 8}, dst.toArray());
      assertArrayEquals(new float[] {0, 0, 0, 20, 10, 0, 0, 0}, diffSrc.toArray());
      pool.backward(diffDst, given);
      assertArrayEquals(diffSrc.toArray(), given.toArray());
      pool.backward(diffDst, null);
      assertEquals(List.of(), pool.parameters());
      pool.zeroGrad();
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void backwardNeedsAForwardInTraining(Kernels kernels) {
    try (MaxPool2d pool = MaxPool2d.builder(2).kernels(kernels).build();
        Tensor src = image();
        Tensor diffDst = Tensor.of(new float[] {10, 20}, 1, 1, 1, 2)) {
      assertTrue(pool.isTraining());
      refused(pool, diffDst);
      pool.eval();
      assertFalse(pool.isTraining());
      pool.forward(src).close();
      refused(pool, diffDst);
      pool.train();
      refused(pool, diffDst);
      pool.forward(src).close();
      pool.backward(diffDst).close();
    }
  }

  private static void refused(MaxPool2d pool, Tensor diffDst) {
    IllegalStateException refused =
        assertThrows(IllegalStateException.class, () -> pool.backward(diffDst));
    assertTrue(refused.getMessage().contains("forward"), refused.getMessage());
    assertThrows(IllegalStateException.class, () -> pool.backward(diffDst, null));
  }

  /** The gradient needs to know where the largest stood, not what they were. */
  @ParameterizedTest
  @MethodSource("backends")
  void askingForIndicesLeavesTheBackwardPassAlone(Kernels kernels) {
    try (MaxPool2d pool = MaxPool2d.builder(2).kernels(kernels).build();
        Tensor src = image();
        Tensor dst = pool.forward(src);
        Tensor reversed = Tensor.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 1, 1, 2, 4);
        MaxPool2d.Result result = pool.forwardWithIndices(reversed);
        Tensor diffDst = Tensor.of(new float[] {10, 20}, 1, 1, 1, 2);
        Tensor diffSrc = pool.backward(diffDst)) {
      assertArrayEquals(new float[] {5, 8}, dst.toArray());
      assertArrayEquals(new float[] {6, 8}, result.values().toArray());
      assertArrayEquals(new long[] {5, 7}, result.indices().toArray());
      assertArrayEquals(new float[] {0, 0, 0, 20, 10, 0, 0, 0}, diffSrc.toArray());
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aResultClosesBothTensors(Kernels kernels) {
    try (MaxPool2d pool = MaxPool2d.builder(2).kernels(kernels).build();
        Tensor src = image()) {
      MaxPool2d.Result result = pool.eval().forwardWithIndices(src);
      assertArrayEquals(new long[] {4, 3}, result.indices().toArray());
      result.close();
      assertTrue(result.values().isClosed());
      assertTrue(result.indices().isClosed());
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void anImageWithoutABatchKeepsItsRank(Kernels kernels) {
    try (MaxPool2d pool = MaxPool2d.builder(2).kernels(kernels).build();
        Tensor src = Tensor.of(new float[] {3, 1, 2, 8, 5, 4, 7, 6}, 1, 2, 4);
        Tensor dst = pool.forward(src);
        Tensor diffSrc = pool.backward(dst);
        MaxPool2d.Result result = pool.forwardWithIndices(src)) {
      assertEquals(Shape.of(1, 1, 2), dst.shape());
      assertEquals(Shape.of(1, 1, 2), result.values().shape());
      assertEquals(Shape.of(1, 1, 2), result.indices().shape());
      assertArrayEquals(new float[] {0, 0, 0, 8, 5, 0, 0, 0}, diffSrc.toArray());
      assertEquals(src.shape(), diffSrc.shape());
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void manyShapesMayTakeTurns(Kernels kernels) {
    try (MaxPool2d pool = MaxPool2d.builder(1, 2).kernels(kernels).build()) {
      for (int round = 0; round < 3; round++) {
        for (int width = 2; width <= 20; width++) {
          try (Tensor src = Fixtures.filled(width, Shape.of(1, 1, 1, width));
              Tensor dst = pool.forward(src);
              Tensor diffSrc = pool.backward(dst)) {
            assertEquals(width, dst.get(0));
            assertEquals(width, diffSrc.get(0));
            assertEquals(0, diffSrc.get(1));
          }
        }
      }
    }
  }

  @Test
  void theStrideIsTheWindowUnlessGiven() {
    try (MaxPool2d pool = MaxPool2d.builder(3, 2).build();
        MaxPool2d dense = MaxPool2d.builder(3, 2).stride(1).build()) {
      assertEquals(Shape.of(2, 5, 3, 5), pool.outputShape(Shape.of(2, 5, 10, 11)));
      assertEquals(Shape.of(2, 5, 8, 10), dense.outputShape(Shape.of(2, 5, 10, 11)));
    }
  }

  @Test
  void unsuitableShapesAreRefused() {
    try (MaxPool2d pool = MaxPool2d.builder(3).build()) {
      for (Shape shape : List.of(Shape.of(9), Shape.of(9, 9), Shape.of(1, 1, 1, 9, 9))) {
        assertThrows(IllegalArgumentException.class, () -> pool.outputShape(shape));
      }
      IllegalArgumentException refused =
          assertThrows(
              IllegalArgumentException.class, () -> pool.outputShape(Shape.of(1, 1, 2, 9)));
      assertTrue(refused.getMessage().contains("height"), refused.getMessage());
    }
  }

  @Test
  void theBuilderNamesWhatIsWrong() {
    refusedBuilder(MaxPool2d.builder(0), "kh is 0");
    refusedBuilder(MaxPool2d.builder(1, 0), "kw is 0");
    refusedBuilder(MaxPool2d.builder(2).stride(0), "sh is 0");
    refusedBuilder(MaxPool2d.builder(2).stride(1, -2), "sw is -2");
    refusedBuilder(MaxPool2d.builder(2).dilation(0), "dh is 0");
    refusedBuilder(MaxPool2d.builder(2).dilation(1, -1), "dw is -1");
    refusedBuilder(MaxPool2d.builder(3).padding(2), "pt is 2", "at most 1", "kh 3");
    refusedBuilder(MaxPool2d.builder(3).padding(1, 2), "pl is 2", "at most 1", "kw 3");
    refusedBuilder(MaxPool2d.builder(3).padding(0, 0, 2, 0), "pb is 2");
    refusedBuilder(MaxPool2d.builder(3).padding(0, 0, 0, -1), "pr is -1", "at least 0");
    // Half the window, whatever the dilation.
    refusedBuilder(MaxPool2d.builder(3).dilation(4).padding(2), "pt is 2", "at most 1");
    refusedBuilder(MaxPool2d.builder(1L << 40).dilation(1L << 40), "2^63");
    assertThrows(NullPointerException.class, () -> MaxPool2d.builder(2).kernels(null));
  }

  private static void refusedBuilder(MaxPool2d.Builder builder, String... words) {
    IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, builder::build);
    for (String word : words) {
      assertTrue(refused.getMessage().contains(word), refused.getMessage());
    }
  }
}
