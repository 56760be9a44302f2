package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.nn.BatchNorm2d;
import io.github.conv4j.nn.CrossEntropyLoss;
import io.github.conv4j.nn.Dropout;
import io.github.conv4j.nn.Flatten;
import io.github.conv4j.nn.Layer;
import io.github.conv4j.nn.Linear;
import io.github.conv4j.nn.LogSoftmax;
import io.github.conv4j.nn.MSELoss;
import io.github.conv4j.nn.ReLU;
import io.github.conv4j.nn.Reduction;
import io.github.conv4j.nn.Sequential;
import io.github.conv4j.nn.Softmax;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the layers promise about odd values, empty batches, and arguments; on both backends. */
class LayerRulesTest {
  private static final float NAN = Float.NaN;
  private static final float INF = Float.POSITIVE_INFINITY;

  static List<Named<Kernels>> backends() {
    return Fixtures.backends();
  }

  private static float[] apply(Layer layer, float[] values, long... dims) {
    try (layer;
        Tensor src = Tensor.of(values, dims);
        Tensor dst = layer.forward(src)) {
      return dst.toArray();
    }
  }

  private static void refused(Executable call, String... words) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
    for (String word : words) {
      assertTrue(e.getMessage().contains(word), () -> e.getMessage() + " lacks " + word);
    }
  }

  // ------------------------------------------------------------------------------ softmax

  @ParameterizedTest
  @MethodSource("backends")
  void softmaxOfRowsWithOddValues(Kernels k) {
    float[] rows = {0, 0, NAN, 1, INF, 1, -INF, -INF, -INF, 0, -INF, 0};
    float[] y = apply(new Softmax(k), rows, 4, 3);
    for (int i = 0; i < 9; i++) {
      assertTrue(Float.isNaN(y[i]), "element " + i + " is " + y[i]);
    }
    assertArrayEquals(new float[] {0.5f, 0, 0.5f}, new float[] {y[9], y[10], y[11]});
    float[] log = apply(new LogSoftmax(k), rows, 4, 3);
    for (int i = 0; i < 9; i++) {
      assertTrue(Float.isNaN(log[i]), "element " + i + " is " + log[i]);
    }
    float half = (float) Math.log(0.5);
    assertArrayEquals(new float[] {half, -INF, half}, new float[] {log[9], log[10], log[11]});
  }

  @ParameterizedTest
  @MethodSource("backends")
  void softmaxAlongTheChannelsOfImagesKeepsOddColumnsApart(Kernels k) {
    // [1, 2, 1, 3]: three columns, the middle one with NaN.
    float[] y = apply(new Softmax(k), new float[] {0, NAN, 1000, 0, 1, -1000}, 1, 2, 1, 3);
    assertArrayEquals(new float[] {0.5f, NAN, 1, 0.5f, NAN, 0}, y);
    assertArrayEquals(y, apply(new Softmax(k), new float[] {0, NAN, 1000, 0, 1, -1000}, 2, 1, 3));
  }

  // -------------------------------------------------------------------------------- losses

  private static LongTensor classes(long... values) {
    LongTensor tensor = LongTensor.zeros(Shape.of(values.length));
    tensor.set(values);
    return tensor;
  }

  @ParameterizedTest
  @MethodSource("backends")
  void crossEntropyOfOneRow(Kernels k) {
    try (Tensor logits = Tensor.of(new float[] {1, 2, 3}, 1, 3);
        LongTensor target = classes(2);
        Tensor gradient = Tensor.empty(logits.shape())) {
      double sum = Math.exp(-2) + Math.exp(-1) + 1;
      CrossEntropyLoss loss = CrossEntropyLoss.builder().kernels(k).build();
      assertEquals(Math.log(sum), loss.forward(logits, target, gradient), 1e-6);
      float[] expected = {
        (float) (Math.exp(-2) / sum), (float) (Math.exp(-1) / sum), (float) (1 / sum - 1)
      };
      assertArrayEquals(expected, gradient.toArray(), 1e-6f);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void theMeanDividesByTheWeightOfTheRowsThatAreKept(Kernels k) {
    // Rows of equal logits: every log p is -log 2.
    try (Tensor logits = Tensor.zeros(4, 2);
        Tensor weights = Tensor.of(new float[] {1, 3}, 2);
        LongTensor target = classes(0, 1, -100, 1)) {
      CrossEntropyLoss.Builder settings = CrossEntropyLoss.builder().kernels(k).weight(weights);
      assertEquals(Math.log(2), settings.build().forward(logits, target), 1e-6);
      assertEquals(
          7 * Math.log(2), settings.reduction(Reduction.SUM).build().forward(logits, target), 1e-6);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void ignoredRowsCountNothingWhateverTheyHold(Kernels k) {
    try (Tensor logits = Tensor.of(new float[] {NAN, 1, 0, 0, INF, INF}, 3, 2);
        Tensor gradient = Fixtures.filled(7, logits.shape());
        LongTensor some = classes(1, 0, 1);
        LongTensor none = classes(1, 1, 1)) {
      CrossEntropyLoss loss = CrossEntropyLoss.builder().kernels(k).ignoreIndex(1).build();
      assertEquals(Math.log(2), loss.forward(logits, some, gradient), 1e-6);
      assertArrayEquals(new float[] {0, 0, -0.5f, 0.5f, 0, 0}, gradient.toArray(), 1e-6f);
      assertTrue(Double.isNaN(loss.forward(logits, none, gradient)));
      assertArrayEquals(new float[6], gradient.toArray());
      CrossEntropyLoss sum =
          CrossEntropyLoss.builder().kernels(k).ignoreIndex(1).reduction(Reduction.SUM).build();
      assertEquals(0, sum.forward(logits, none));
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aClassThatIsMinusInfinityIsInfinitelyFarOffHoweverMuchIsSmoothed(Kernels k) {
    try (Tensor logits = Tensor.of(new float[] {0, -INF, 0}, 1, 3);
        LongTensor target = classes(1)) {
      for (double smoothing : new double[] {0, 0.5, 1}) {
        CrossEntropyLoss loss =
            CrossEntropyLoss.builder().kernels(k).labelSmoothing(smoothing).build();
        assertEquals(INF, loss.forward(logits, target), "smoothing " + smoothing);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aClassThatIsMinusInfinityElsewhereDoesNotMatter(Kernels k) {
    try (Tensor logits = Tensor.of(new float[] {0, -INF, 0}, 1, 3);
        LongTensor target = classes(0)) {
      assertEquals(
          Math.log(2), CrossEntropyLoss.builder().kernels(k).build().forward(logits, target), 1e-6);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void probabilitiesOfOneAreClasses(Kernels k) {
    try (Tensor logits = Fixtures.reals(3, "logits", Shape.of(4, 3, 2));
        Tensor probabilities = Tensor.zeros(4, 3, 2);
        LongTensor target = LongTensor.zeros(Shape.of(4, 2));
        Tensor a = Tensor.empty(logits.shape());
        Tensor b = Tensor.empty(logits.shape())) {
      long[] classes = {0, 1, 2, 1, 0, 2, 2, 0};
      target.set(classes);
      for (int i = 0; i < classes.length; i++) {
        probabilities.set(i / 2 * 6 + classes[i] * 2 + i % 2, 1);
      }
      CrossEntropyLoss loss = CrossEntropyLoss.builder().kernels(k).labelSmoothing(0.1).build();
      assertEquals(loss.forward(logits, target, a), loss.forward(logits, probabilities, b), 1e-6);
      assertArrayEquals(a.toArray(), b.toArray(), 1e-7f);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void badTargetsAreRefusedAndNothingIsWritten(Kernels k) {
    CrossEntropyLoss loss = CrossEntropyLoss.builder().kernels(k).build();
    try (Tensor logits = Tensor.zeros(2, 3);
        Tensor gradient = Fixtures.filled(7, logits.shape());
        Tensor weights = Tensor.zeros(2);
        LongTensor large = classes(0, 3);
        LongTensor negative = classes(-1, 0);
        LongTensor longer = classes(0, 0, 0)) {
      refused(() -> loss.forward(logits, large, gradient), "classes[1]", "3", "0 to 2");
      refused(() -> loss.forward(logits, negative, gradient), "classes[0]", "-1");
      refused(() -> loss.forward(logits, longer, gradient), "classes", "[3]");
      CrossEntropyLoss weighted = CrossEntropyLoss.builder().kernels(k).weight(weights).build();
      refused(() -> weighted.forward(logits, large, gradient), "weights", "[2]", "[3]");
      refused(() -> loss.forward(logits, large, logits), "diff_logits", "overlaps");
      assertArrayEquals(new float[] {7, 7, 7, 7, 7, 7}, gradient.toArray());
      refused(() -> CrossEntropyLoss.builder().labelSmoothing(1.5).build(), "labelSmoothing");
      refused(() -> CrossEntropyLoss.builder().labelSmoothing(-0.1).build(), "labelSmoothing");
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void squaredErrors(Kernels k) {
    try (Tensor src = Tensor.of(new float[] {1, 2, 3, 4}, 2, 2);
        Tensor target = Tensor.of(new float[] {0, 2, 5, 1}, 2, 2);
        Tensor none = Tensor.zeros(0, 2);
        Tensor gradient = Tensor.empty(src.shape())) {
      assertEquals(14, new MSELoss(Reduction.SUM, k).forward(src, target, gradient));
      assertArrayEquals(new float[] {2, 0, -4, 6}, gradient.toArray());
      assertEquals(3.5, new MSELoss(Reduction.MEAN, k).forward(src, target, gradient));
      assertArrayEquals(new float[] {0.5f, 0, -1, 1.5f}, gradient.toArray());
      assertTrue(Double.isNaN(new MSELoss(Reduction.MEAN, k).forward(none, none)));
      refused(() -> new MSELoss(Reduction.SUM, k).forward(src, none), "target", "[2, 2]");
    }
  }

  // ---------------------------------------------------------------------------- batch norm

  @ParameterizedTest
  @MethodSource("backends")
  void batchNormTrainsWithTheBiasedVarianceAndKeepsTheUnbiasedOne(Kernels k) {
    try (BatchNorm2d norm = BatchNorm2d.builder(1).eps(0).kernels(k).build();
        Tensor src = Tensor.of(new float[] {1, 3}, 1, 1, 1, 2);
        Tensor dst = norm.forward(src)) {
      assertArrayEquals(new float[] {-1, 1}, dst.toArray()); // mean 2, variance 1
      assertEquals(0.2f, norm.runningMean().get(0));
      assertEquals(0.9f + 0.1f * 2, norm.runningVar().get(0), 1e-7f);
      assertEquals(1, norm.numBatchesTracked());
      norm.eval();
      try (Tensor evaluated = norm.forward(src)) {
        assertEquals(0.8 / Math.sqrt(1.1), evaluated.get(0), 1e-6);
      }
      assertEquals(0.2f, norm.runningMean().get(0));
      assertEquals(1, norm.numBatchesTracked());
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void withoutMomentumTheAverageIsPlain(Kernels k) {
    try (BatchNorm2d norm = BatchNorm2d.builder(1).withoutMomentum().kernels(k).build()) {
      for (float start : new float[] {0, 3, 6}) {
        try (Tensor src = Tensor.of(new float[] {start, start + 2}, 1, 1, 1, 2)) {
          norm.forward(src).close();
        }
      }
      assertEquals(4, norm.runningMean().get(0), 1e-6); // of 1, 4, 7
      assertEquals(2, norm.runningVar().get(0), 1e-6);
      assertEquals(3, norm.numBatchesTracked());
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aLargeMeanCostsNoAccuracy(Kernels k) {
    float[] values = new float[4096];
    for (int i = 0; i < values.length; i++) {
      values[i] = 4096 + (i % 2 == 0 ? 1 : -1) / 512f;
    }
    float[] y = apply(BatchNorm2d.builder(1).eps(0).kernels(k).build(), values, 1, 1, 64, 64);
    for (int i = 0; i < y.length; i++) {
      assertEquals(i % 2 == 0 ? 1 : -1, y[i], 1e-6, "element " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void batchNormOfOneValueIsRefusedAndOfNoneLeavesTheStatistics(Kernels k) {
    try (BatchNorm2d norm = BatchNorm2d.builder(2).kernels(k).build();
        Tensor one = Tensor.zeros(1, 2, 1, 1);
        Tensor none = Tensor.zeros(0, 2, 4, 4)) {
      refused(() -> norm.forward(one), "src", "[1, 2, 1, 1]", "more than one value");
      norm.forward(none).close();
      assertEquals(0, norm.numBatchesTracked());
      assertArrayEquals(new float[] {1, 1}, norm.runningVar().toArray());
      try (Tensor three = Tensor.zeros(1, 3, 2, 2)) {
        refused(() -> norm.forward(three), "3 channels", "takes 2");
      }
      norm.eval();
      norm.forward(one).close();
    }
    refused(() -> BatchNorm2d.builder(0), "channels");
    refused(() -> BatchNorm2d.builder(1).eps(-1), "eps");
    refused(() -> BatchNorm2d.builder(1).momentum(2), "momentum");
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aRefusedResultLeavesTheRunningStatistics(Kernels k) {
    try (BatchNorm2d norm = BatchNorm2d.builder(2).kernels(k).build();
        Tensor src = Fixtures.filled(3, Shape.of(1, 2, 2, 2));
        Tensor wrong = Tensor.zeros(1, 2, 2, 3)) {
      refused(() -> norm.forward(src, wrong), "dst", "[1, 2, 2, 3]");
      assertArrayEquals(new float[] {0, 0}, norm.runningMean().toArray());
    }
  }

  // ------------------------------------------------------------------------------- dropout

  @ParameterizedTest
  @MethodSource("backends")
  void dropoutIsReproducibleAndScaled(Kernels k) {
    int count = 100_000;
    float[] ones = new float[count];
    java.util.Arrays.fill(ones, 1);
    float[] y = apply(new Dropout(0.25, 42, k), ones, count);
    int kept = 0;
    for (float value : y) {
      assertTrue(value == 0 || value == (float) (1 / 0.75), () -> "a value of " + value);
      kept += value == 0 ? 0 : 1;
    }
    assertEquals(75_000, kept, 700); // five standard deviations
    int threads = Conv4j.threads();
    try {
      for (int number : new int[] {1, 2, 3}) {
        Conv4j.setThreads(number);
        for (Named<Kernels> other : Fixtures.backends()) {
          assertArrayEquals(y, apply(new Dropout(0.25, 42, other.getPayload()), ones, count));
        }
      }
    } finally {
      Conv4j.setThreads(threads);
    }
    float[] again = apply(new Dropout(0.25, 43, k), ones, count);
    assertTrue(!Arrays.equals(y, again), "another seed drops the same elements");
  }

  /** Where the generators of a network stand can be read and put back. */
  @ParameterizedTest
  @MethodSource("backends")
  void dropoutGoesOnWhereItStood(Kernels k) {
    try (Sequential net =
            Sequential.builder()
                .add("a", Sequential.of(new ReLU(k), new Dropout(0.5, 1, k)))
                .add("b", new Dropout(0.5, 2, k))
                .build();
        Tensor ones = Fixtures.filled(1, Shape.of(100))) {
      net.forward(ones).close();
      Map<String, Long> states = net.generatorStates();
      assertEquals(Set.of("a.1.generator", "b.generator"), states.keySet());
      float[] second = values(net, ones);
      float[] third = values(net, ones);
      assertFalse(Arrays.equals(second, third));
      net.loadGeneratorStates(states);
      assertArrayEquals(second, values(net, ones));
      assertArrayEquals(third, values(net, ones));
      Map<String, Long> before = net.generatorStates();
      refused(() -> net.loadGeneratorStates(Map.of("b.generator", 1L)), "a.1.generator");
      assertEquals(before, net.generatorStates());
    }
  }

  private static float[] values(Layer layer, Tensor src) {
    try (Tensor dst = layer.forward(src)) {
      return dst.toArray();
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void dropoutDropsOtherElementsEveryTimeAndTheGradientTheSame(Kernels k) {
    try (Dropout dropout = new Dropout(0.5, 1, k);
        Tensor ones = Fixtures.filled(1, Shape.of(2, 500));
        Tensor first = dropout.forward(ones);
        Tensor second = dropout.forward(ones);
        Tensor gradient = dropout.backward(ones)) {
      assertTrue(!java.util.Arrays.equals(first.toArray(), second.toArray()));
      assertArrayEquals(second.toArray(), gradient.toArray());
      dropout.eval();
      try (Tensor same = dropout.forward(ones)) {
        assertArrayEquals(ones.toArray(), same.toArray());
      }
    }
    assertArrayEquals(new float[3], apply(new Dropout(1, 1, k), new float[] {1, 2, 3}, 3));
    assertArrayEquals(new float[] {1, 2, 3}, apply(new Dropout(0, 1, k), new float[] {1, 2, 3}, 3));
    refused(() -> new Dropout(1.1, 0, k), "p is 1.1");
    refused(() -> new Dropout(Double.NaN, 0, k), "p is NaN");
  }

  // -------------------------------------------------------------------------------- linear

  @ParameterizedTest
  @MethodSource("backends")
  void linearTakesAnyLeadingExtents(Kernels k) {
    try (Linear linear = Linear.builder(2, 3).kernels(k).build()) {
      linear.weight().set(new float[] {1, 2, 3, 4, 5, 6});
      linear.bias().set(new float[] {10, 20, 30});
      float[] x = {1, -1, 2, 0};
      float[] y = {9, 19, 29, 12, 26, 40};
      for (long[] dims : new long[][] {{2, 2}, {1, 2, 2}, {2, 1, 2}}) {
        try (Tensor src = Tensor.of(x, dims);
            Tensor dst = linear.forward(src)) {
          assertArrayEquals(y, dst.toArray());
          assertEquals(dims.length, dst.shape().rank());
        }
      }
      try (Tensor single = Tensor.of(new float[] {1, -1}, 2);
          Tensor none = Tensor.zeros(0, 2);
          Tensor diff = Tensor.zeros(0, 3);
          Tensor wrong = Tensor.zeros(2, 3);
          Tensor dst = linear.forward(single)) {
        assertArrayEquals(new float[] {9, 19, 29}, dst.toArray());
        assertEquals(Shape.of(3), dst.shape());
        linear.forward(none).close();
        linear.backward(diff).close();
        assertArrayEquals(new float[6], linear.parameters().get(0).gradient().toArray());
        refused(() -> linear.forward(wrong), "src", "[2, 3]", "2");
        refused(() -> linear.forward(single, single), "dst", "[2]");
      }
    }
    refused(() -> Linear.builder(0, 1), "inFeatures");
  }

  @ParameterizedTest
  @MethodSource("backends")
  void linearKeepsNanInItsRow(Kernels k) {
    try (Linear linear = Linear.builder(3, 2).kernels(k).build();
        Tensor src = Tensor.of(new float[] {0, NAN, 0, 1, 1, 1}, 2, 3)) {
      linear.weight().set(new float[] {1, 1, 1, 2, 2, 2});
      linear.bias().fill(0);
      try (Tensor dst = linear.forward(src)) {
        assertArrayEquals(new float[] {NAN, NAN, 3, 6}, dst.toArray());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void initialWeightsAreWithinOneOverTheRootOfTheInputs(Kernels k) {
    try (Linear a = Linear.builder(25, 40).seed(3).kernels(k).build();
        Linear b = Linear.builder(25, 40).seed(3).kernels(k).build()) {
      float largest = 0;
      for (float value : a.weight().toArray()) {
        largest = Math.max(largest, Math.abs(value));
      }
      assertTrue(largest <= 0.2f && largest > 0.19f, "the largest weight is " + largest);
      assertArrayEquals(a.weight().toArray(), b.weight().toArray());
      assertArrayEquals(a.bias().toArray(), b.bias().toArray());
    }
  }

  // ------------------------------------------------------------------------------- general

  @ParameterizedTest
  @MethodSource("backends")
  void flattenSharesTheMemory(Kernels k) {
    try (Flatten flatten = new Flatten();
        Tensor src = Tensor.zeros(2, 3, 2, 2);
        Tensor dst = flatten.forward(src)) {
      assertEquals(Shape.of(2, 12), dst.shape());
      src.set(13, 5);
      assertEquals(5, dst.get(13));
      try (Tensor back = flatten.backward(dst)) {
        assertEquals(src.shape(), back.shape());
      }
      assertEquals(Shape.of(12), flatten.outputShape(Shape.of(3, 2, 2)));
      refused(() -> flatten.backward(src), "diff_dst", "[2, 12]");
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void backwardNeedsAForwardInTrainingMode(Kernels k) {
    try (Tensor t = Tensor.zeros(1, 2, 2, 2)) {
      for (Layer layer :
          List.of(
              new ReLU(k),
              new Softmax(k),
              new Flatten(),
              new Dropout(0.5, 1, k),
              BatchNorm2d.builder(2).kernels(k).build(),
              Linear.builder(2, 2).kernels(k).build())) {
        try (layer) {
          assertThrows(IllegalStateException.class, () -> layer.backward(t), layer::toString);
          layer.eval();
          layer.forward(t).close();
          assertThrows(IllegalStateException.class, () -> layer.backward(t), layer::toString);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void closedTensorsAreRefused(Kernels k) {
    Tensor closed = Tensor.zeros(2, 2);
    closed.close();
    try (Tensor open = Tensor.zeros(2, 2)) {
      assertThrows(IllegalStateException.class, () -> new ReLU(k).forward(closed, open));
      assertThrows(IllegalStateException.class, () -> new Softmax(k).forward(open, closed));
      assertThrows(
          IllegalStateException.class,
          () -> new MSELoss(Reduction.SUM, k).forward(open, open, closed));
    }
  }
}
