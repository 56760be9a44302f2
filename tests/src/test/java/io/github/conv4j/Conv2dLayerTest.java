package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.Parameter;
import java.util.List;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The convolution as a layer: its modes, gradients, parameters and builder, on both backends. */
class Conv2dLayerTest {
  static List<Named<Kernels>> backends() {
    return Fixtures.backends();
  }

  /** One tap of one channel: dst = weight * src. */
  private static Conv2d scale(Kernels kernels, float weight) {
    Conv2d conv = Conv2d.builder(1, 1, 1).bias(false).kernels(kernels).build();
    conv.weight().fill(weight);
    return conv;
  }

  private static float[] forward(Conv2d conv, Tensor src) {
    try (Tensor dst = conv.forward(src)) {
      return dst.toArray();
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void trainingSeesNewWeightsAtOnce(Kernels kernels) {
    try (Conv2d conv = scale(kernels, 2);
        Tensor src = Tensor.of(new float[] {1, 3}, 1, 1, 1, 2)) {
      assertTrue(conv.isTraining());
      assertArrayEquals(new float[] {2, 6}, forward(conv, src));
      conv.weight().fill(5);
      assertArrayEquals(new float[] {5, 15}, forward(conv, src));
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void inferenceSeesThemAtTheNextEval(Kernels kernels) {
    try (Conv2d conv = scale(kernels, 2);
        Tensor src = Tensor.of(new float[] {1, 3}, 1, 1, 1, 2)) {
      conv.eval();
      assertFalse(conv.isTraining());
      assertArrayEquals(new float[] {2, 6}, forward(conv, src));
      conv.weight().fill(5);
      assertArrayEquals(new float[] {2, 6}, forward(conv, src));
      conv.eval();
      assertArrayEquals(new float[] {5, 15}, forward(conv, src));
      // Back and forth.
      conv.weight().fill(7);
      conv.train();
      assertArrayEquals(new float[] {7, 21}, forward(conv, src));
      conv.weight().fill(8);
      conv.eval();
      assertArrayEquals(new float[] {8, 24}, forward(conv, src));
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void gradientsAddUpUntilTheyAreZeroed(Kernels kernels) {
    try (Conv2d conv = Conv2d.builder(1, 2, 1).kernels(kernels).build();
        Tensor src = Tensor.of(new float[] {1, 3}, 1, 1, 1, 2);
        Tensor diffDst = Tensor.of(new float[] {1, 10, 100, 1000}, 1, 2, 1, 2)) {
      conv.weight().set(new float[] {2, 5});
      for (int pass = 1; pass <= 3; pass++) {
        conv.forward(src).close();
        try (Tensor diffSrc = conv.backward(diffDst)) {
          assertArrayEquals(new float[] {502, 5020}, diffSrc.toArray());
        }
        assertGradients(
            conv, new float[] {31 * pass, 3100 * pass}, new float[] {11 * pass, 1100 * pass});
      }
      // A second backward of one forward adds once more.
      conv.backward(diffDst).close();
      assertGradients(conv, new float[] {124, 12400}, new float[] {44, 4400});
      conv.zeroGrad();
      assertGradients(conv, new float[2], new float[2]);
      assertArrayEquals(new float[] {2, 5}, conv.weight().toArray());
    }
  }

  private static void assertGradients(Conv2d conv, float[] weight, float[] bias) {
    assertArrayEquals(weight, conv.parameters().get(0).gradient().toArray());
    assertArrayEquals(bias, conv.parameters().get(1).gradient().toArray());
  }

  @ParameterizedTest
  @MethodSource("backends")
  void theFirstLayerNeedsNoGradientOfItsInput(Kernels kernels) {
    try (Conv2d conv = Conv2d.builder(1, 2, 1).kernels(kernels).build();
        Tensor src = Tensor.of(new float[] {1, 3}, 1, 1, 1, 2);
        Tensor diffDst = Tensor.of(new float[] {1, 10, 100, 1000}, 1, 2, 1, 2)) {
      conv.forward(src).close();
      conv.backward(diffDst, null);
      assertGradients(conv, new float[] {31, 3100}, new float[] {11, 1100});
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void backwardNeedsAForwardInTraining(Kernels kernels) {
    try (Conv2d conv = scale(kernels, 2);
        Tensor src = Tensor.of(new float[] {1, 3}, 1, 1, 1, 2);
        Tensor diffDst = Tensor.of(new float[] {1, 1}, 1, 1, 1, 2)) {
      refused(conv, diffDst);
      conv.eval();
      forward(conv, src);
      refused(conv, diffDst);
      conv.train();
      refused(conv, diffDst);
      forward(conv, src);
      conv.backward(diffDst).close();
      conv.eval();
      refused(conv, diffDst);
    }
  }

  private static void refused(Conv2d conv, Tensor diffDst) {
    IllegalStateException refused =
        assertThrows(IllegalStateException.class, () -> conv.backward(diffDst));
    assertTrue(refused.getMessage().contains("forward"), refused.getMessage());
    assertThrows(IllegalStateException.class, () -> conv.backward(diffDst, null));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void backwardNeedsTheInputOfTheForwardPass(Kernels kernels) {
    try (Conv2d conv = scale(kernels, 2);
        Tensor diffDst = Tensor.of(new float[] {1, 1}, 1, 1, 1, 2)) {
      Tensor src = Tensor.of(new float[] {1, 3}, 1, 1, 1, 2);
      forward(conv, src);
      src.close();
      IllegalStateException refused =
          assertThrows(IllegalStateException.class, () -> conv.backward(diffDst));
      assertTrue(refused.getMessage().contains("src is closed"), refused.getMessage());
      assertArrayEquals(new float[1], conv.parameters().get(0).gradient().toArray());
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aFailedForwardPassLeavesNothingToGoBackThrough(Kernels kernels) {
    try (Conv2d conv = scale(kernels, 2);
        Tensor src = Tensor.of(new float[] {1, 3}, 1, 1, 1, 2);
        Tensor wrong = Tensor.zeros(1, 1, 1, 3);
        Tensor diffDst = Tensor.of(new float[] {1, 1}, 1, 1, 1, 2)) {
      forward(conv, src);
      assertThrows(IllegalArgumentException.class, () -> conv.forward(src, wrong));
      refused(conv, diffDst);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aRefusedBackwardPassAddsNothing(Kernels kernels) {
    try (Conv2d conv = scale(kernels, 2);
        Tensor src = Tensor.of(new float[] {1, 3}, 1, 1, 1, 2);
        Tensor diffDst = Tensor.of(new float[] {1, 1}, 1, 1, 1, 2);
        Tensor wrong = Tensor.zeros(1, 1, 1, 3)) {
      forward(conv, src);
      assertThrows(IllegalArgumentException.class, () -> conv.backward(wrong));
      assertThrows(IllegalArgumentException.class, () -> conv.backward(diffDst, wrong));
      assertThrows(IllegalArgumentException.class, () -> conv.backward(diffDst, diffDst));
      assertArrayEquals(new float[1], conv.parameters().get(0).gradient().toArray());
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aFusedReluMasksItsGradient(Kernels kernels) {
    try (Conv2d conv = Conv2d.builder(1, 1, 1).relu(true).kernels(kernels).build();
        Tensor src = Tensor.of(new float[] {-2, -1, 0, 1, 2, 3}, 1, 1, 2, 3);
        Tensor diffDst = Tensor.of(new float[] {1, 10, 100, 1000, 10000, 100000}, 1, 1, 2, 3)) {
      conv.weight().fill(2);
      conv.bias().fill(-2);
      float[] given = diffDst.toArray();
      try (Tensor dst = conv.forward(src)) {
        // 2x - 2 is 0 for the pixel 1: no gradient there, as in PyTorch.
        assertArrayEquals(new float[] {0, 0, 0, 0, 2, 4}, dst.toArray());
        try (Tensor diffSrc = conv.backward(diffDst)) {
          assertArrayEquals(new float[] {0, 0, 0, 0, 20000, 200000}, diffSrc.toArray());
        }
      }
      assertGradients(conv, new float[] {320000}, new float[] {110000});
      assertArrayEquals(given, diffDst.toArray());
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aFusedReluNeedsItsOutputForTheGradient(Kernels kernels) {
    try (Conv2d conv = Conv2d.builder(1, 1, 1).relu(true).kernels(kernels).build();
        Tensor src = Tensor.zeros(1, 1, 1, 2);
        Tensor diffDst = Tensor.zeros(1, 1, 1, 2)) {
      conv.forward(src).close();
      assertThrows(IllegalStateException.class, () -> conv.backward(diffDst));
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void anImageWithoutABatchKeepsItsRank(Kernels kernels) {
    for (boolean relu : new boolean[] {false, true}) {
      try (Conv2d conv = Conv2d.builder(2, 3, 2).relu(relu).seed(1).kernels(kernels).build();
          Tensor single = Fixtures.integers(1, "src", Shape.of(2, 4, 5));
          Tensor batch = Tensor.of(single.toArray(), 1, 2, 4, 5);
          Tensor ofSingle = conv.forward(single);
          Tensor diffDst = Fixtures.integers(1, "diff_dst", Shape.of(3, 3, 4));
          Tensor diffSingle = conv.backward(diffDst);
          Tensor ofBatch = conv.forward(batch);
          Tensor diffOfBatch = Tensor.of(diffDst.toArray(), 1, 3, 3, 4);
          Tensor diffBatch = conv.backward(diffOfBatch)) {
        assertEquals(Shape.of(3, 3, 4), ofSingle.shape());
        assertEquals(Shape.of(2, 4, 5), diffSingle.shape());
        assertEquals(Shape.of(1, 3, 3, 4), ofBatch.shape());
        assertEquals(Shape.of(1, 2, 4, 5), diffBatch.shape());
        assertArrayEquals(ofBatch.toArray(), ofSingle.toArray());
        assertArrayEquals(diffBatch.toArray(), diffSingle.toArray());
      }
    }
  }

  /**
   * A batch of one and its image are the same to every plan, so to a layer, too, with a ReLU or
   * not.
   */
  @ParameterizedTest
  @MethodSource("backends")
  void theRanksOfABatchOfOneMayBeMixed(Kernels kernels) {
    for (boolean relu : new boolean[] {false, true}) {
      try (Conv2d conv = Conv2d.builder(1, 1, 1).relu(relu).kernels(kernels).build();
          Tensor src = Tensor.of(new float[] {1, 3}, 1, 1, 1, 2);
          Tensor dst3 = Tensor.zeros(1, 1, 2);
          Tensor dst4 = Tensor.zeros(1, 1, 1, 2);
          Tensor diff4 = Tensor.of(new float[] {1, 10}, 1, 1, 1, 2);
          Tensor diff3 = Tensor.of(new float[] {1, 10}, 1, 1, 2);
          Tensor diffSrc = Tensor.zeros(1, 1, 1, 2)) {
        conv.weight().fill(2);
        conv.bias().fill(0);
        for (Tensor dst : List.of(dst3, dst4, dst3)) {
          for (Tensor diff : List.of(diff3, diff4)) {
            conv.forward(src, dst);
            assertArrayEquals(new float[] {2, 6}, dst.toArray());
            conv.backward(diff, diffSrc);
            assertArrayEquals(new float[] {2, 20}, diffSrc.toArray());
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void manyShapesMayTakeTurns(Kernels kernels) {
    try (Conv2d conv = scale(kernels, 2)) {
      for (int round = 0; round < 3; round++) {
        for (int width = 1; width <= 20; width++) {
          try (Tensor src = Fixtures.filled(width, Shape.of(1, 1, 1, width));
              Tensor dst = conv.forward(src);
              Tensor diffSrc = conv.backward(dst)) {
            assertEquals(2 * width, dst.get(width - 1));
            assertEquals(4 * width, diffSrc.get(width - 1));
          }
        }
        conv.eval();
        for (int width = 1; width <= 20; width++) {
          try (Tensor src = Fixtures.filled(width, Shape.of(1, 1, 1, width));
              Tensor dst = conv.forward(src)) {
            assertEquals(2 * width, dst.get(0));
          }
        }
        conv.train();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void anEmptyBatchGivesNoGradient(Kernels kernels) {
    try (Conv2d conv = Conv2d.builder(2, 3, 2).kernels(kernels).build();
        Tensor src = Tensor.zeros(0, 2, 4, 5);
        Tensor dst = conv.forward(src);
        Tensor diffSrc = conv.backward(dst)) {
      assertEquals(Shape.of(0, 3, 3, 4), dst.shape());
      assertEquals(src.shape(), diffSrc.shape());
      assertGradients(conv, new float[24], new float[3]);
    }
  }

  @Test
  void parametersHaveTheirNames() {
    try (Conv2d conv = Conv2d.builder(4, 6, 3, 2).groups(2).build();
        Conv2d unbiased = Conv2d.builder(4, 6, 3).bias(false).build()) {
      List<Parameter> parameters = conv.parameters();
      assertEquals(List.of("weight", "bias"), parameters.stream().map(Parameter::name).toList());
      assertEquals(Shape.of(6, 2, 3, 2), parameters.get(0).value().shape());
      assertEquals(Shape.of(6), parameters.get(1).value().shape());
      for (Parameter parameter : parameters) {
        assertEquals(parameter.value().shape(), parameter.gradient().shape());
        assertArrayEquals(
            new float[(int) parameter.value().elements()], parameter.gradient().toArray());
      }
      assertEquals(conv.weight(), parameters.get(0).value());
      assertEquals(conv.bias(), parameters.get(1).value());
      assertEquals(1, unbiased.parameters().size());
      assertNull(unbiased.bias());
    }
  }

  @Test
  void initialWeightsAreUniformWithinTheFanIn() {
    try (Conv2d conv = Conv2d.builder(8, 64, 3, 5).groups(2).seed(1).build()) {
      float bound = (float) (1 / Math.sqrt(4 * 3 * 5));
      for (Tensor values : List.of(conv.weight(), conv.bias())) {
        float least = 0;
        float largest = 0;
        for (float value : values.toArray()) {
          assertTrue(Math.abs(value) <= bound, () -> "value " + value);
          least = Math.min(least, value);
          largest = Math.max(largest, value);
        }
        assertTrue(least < -0.8 * bound, "the least is " + least);
        assertTrue(largest > 0.8 * bound, "the largest is " + largest);
      }
    }
  }

  @Test
  void aSeedMakesInitialWeightsRepeat() {
    try (Conv2d once = Conv2d.builder(3, 4, 3).seed(7).build();
        Conv2d again = Conv2d.builder(3, 4, 3).seed(7).build();
        Conv2d other = Conv2d.builder(3, 4, 3).seed(8).build();
        Conv2d random = Conv2d.builder(3, 4, 3).build();
        Conv2d another = Conv2d.builder(3, 4, 3).build()) {
      assertArrayEquals(once.weight().toArray(), again.weight().toArray());
      assertArrayEquals(once.bias().toArray(), again.bias().toArray());
      assertNotEquals(once.weight().get(0), other.weight().get(0));
      assertNotEquals(random.weight().get(0), another.weight().get(0));
    }
  }

  @Test
  void theShapeOfTheResultIsKnownBefore() {
    try (Conv2d conv = Conv2d.builder(3, 8, 3, 2).stride(2, 1).padding(1, 0, 2, 3).build()) {
      assertEquals(Shape.of(5, 8, 6, 13), conv.outputShape(Shape.of(5, 3, 10, 11)));
      assertEquals(Shape.of(8, 6, 13), conv.outputShape(Shape.of(3, 10, 11)));
      refusedShape(conv, Shape.of(5, 4, 10, 11), "4 channels", "takes 3");
      refusedShape(conv, Shape.of(10, 11), "[10, 11]", "[N, C, H, W] or [C, H, W]");
      refusedShape(conv, Shape.of(1, 5, 3, 10, 11), "[N, C, H, W] or [C, H, W]");
      try (Conv2d large = Conv2d.builder(3, 8, 5).build()) {
        refusedShape(large, Shape.of(1, 3, 4, 9), "kernel height 5", "padded input height 4");
        refusedShape(large, Shape.of(1, 3, 9, 4), "kernel width 5", "padded input width 4");
        refusedShape(large, Shape.of(1, 3, 0, 9), "ih is 0");
      }
    }
  }

  private static void refusedShape(Conv2d conv, Shape src, String... words) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> conv.outputShape(src));
    for (String word : words) {
      assertTrue(refused.getMessage().contains(word), refused.getMessage());
    }
    try (Tensor tensor = Tensor.zeros(src)) {
      assertThrows(IllegalArgumentException.class, () -> conv.forward(tensor));
    }
  }

  @Test
  void theBuilderNamesWhatIsWrong() {
    refusedBuilder(Conv2d.builder(0, 1, 1), "ic is 0", "at least 1");
    refusedBuilder(Conv2d.builder(1, 0, 1), "oc is 0");
    refusedBuilder(Conv2d.builder(1, -3, 1), "oc is -3");
    refusedBuilder(Conv2d.builder(1, 1, 0), "kh is 0");
    refusedBuilder(Conv2d.builder(1, 1, 1, 0), "kw is 0");
    refusedBuilder(Conv2d.builder(1, 1, 1).stride(0), "sh is 0");
    refusedBuilder(Conv2d.builder(1, 1, 1).stride(1, -1), "sw is -1");
    refusedBuilder(Conv2d.builder(1, 1, 1).padding(-1), "pt is -1", "at least 0");
    refusedBuilder(Conv2d.builder(1, 1, 1).padding(0, -1, 0, 0), "pl is -1");
    refusedBuilder(Conv2d.builder(1, 1, 1).padding(0, 0, -1, 0), "pb is -1");
    refusedBuilder(Conv2d.builder(1, 1, 1).padding(0, 0, 0, -1), "pr is -1");
    refusedBuilder(Conv2d.builder(1, 1, 1).dilation(0), "dh is 0");
    refusedBuilder(Conv2d.builder(1, 1, 1).dilation(1, 0), "dw is 0");
    refusedBuilder(Conv2d.builder(4, 6, 1).groups(0), "g is 0");
    refusedBuilder(Conv2d.builder(4, 6, 1).groups(3), "ic is 4", "multiple of the 3 groups");
    refusedBuilder(Conv2d.builder(6, 4, 1).groups(3), "oc is 4", "multiple of the 3 groups");
    refusedBuilder(Conv2d.builder(1, 1, 1L << 40).dilation(1L << 40), "2^63");
    assertThrows(NullPointerException.class, () -> Conv2d.builder(1, 1, 1).accuracy(null));
    assertThrows(NullPointerException.class, () -> Conv2d.builder(1, 1, 1).kernels(null));
  }

  private static void refusedBuilder(Conv2d.Builder builder, String... words) {
    IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, builder::build);
    for (String word : words) {
      assertTrue(refused.getMessage().contains(word), refused.getMessage());
    }
  }

  @Test
  void aBuilderMayBeUsedAgain() {
    Conv2d.Builder builder = Conv2d.builder(1, 1, 3).padding(1);
    try (Conv2d padded = builder.build();
        Conv2d plain = builder.padding(0).build()) {
      assertEquals(Shape.of(1, 5, 5), padded.outputShape(Shape.of(1, 5, 5)));
      assertEquals(Shape.of(1, 3, 3), plain.outputShape(Shape.of(1, 5, 5)));
      assertTrue(padded.toString().contains("padding=1,1,1,1"), padded.toString());
    }
  }
}
