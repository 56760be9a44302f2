package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.nn.AdaptiveAvgPool2d;
import io.github.conv4j.nn.AdaptiveMaxPool2d;
import io.github.conv4j.nn.AvgPool1d;
import io.github.conv4j.nn.AvgPool2d;
import io.github.conv4j.nn.Layer;
import io.github.conv4j.nn.MaxPool1d;
import io.github.conv4j.nn.MaxPool2d;
import io.github.conv4j.nn.MaxUnpool2d;
import io.github.conv4j.nn.MinPool2d;
import java.util.List;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Published and worked-out results of the poolings beside max pooling, on either backend. */
class PoolingKnownAnswersTest {
  private static final float NAN = Float.NaN;
  private static final float INF = Float.POSITIVE_INFINITY;

  static List<Named<Kernels>> backends() {
    return Fixtures.backends();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void averageThatCountsThePaddingButNotTheOverhang(Kernels kernels) {
    AvgPool2d.Builder pooling =
        AvgPool2d.builder(3).stride(2).padding(1).ceilMode(true).kernels(kernels);
    float[] image = counting(1, 16);
    assertArrayEquals(
        f(1.5555556f, 3.3333333f, 2, 6.3333335f, 11, 6, 4.5f, 7.5f, 4),
        forward(pooling.build(), image, 1, 1, 4, 4));
    // Without it, each sum by the number of its pixels: 14/4, 30/6, 12/2, ...
    assertArrayEquals(
        f(3.5f, 5, 6, 9.5f, 11, 12, 13.5f, 15, 16),
        forward(pooling.countIncludePad(false).build(), image, 1, 1, 4, 4));
    assertArrayEquals(
        f(-7, -15, -6, -28.5f, -49.5f, -18, -13.5f, -22.5f, -8),
        forward(pooling.divisorOverride(-2).build(), image, 1, 1, 4, 4));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void averageOfASignal(Kernels kernels) {
    float[] signal = {
      2.0903f, 4.6493f, 1.6320f, -3.2051f, 4.6975f, 4.7296f, 3.3653f, -1.5815f, -2.3832f
    };
    AvgPool1d pooling =
        AvgPool1d.builder(7).stride(3).padding(3).ceilMode(true).kernels(kernels).build();
    assertArrayEquals(
        f(0.7381f, 2.5656f, 0.8032f, -0.0999f), forward(pooling, signal, 1, 1, 9), 5e-5f);
    assertArrayEquals(
        forward(pooling, signal, 1, 1, 9), forward(pooling, signal, 1, 9), "without a batch");
  }

  @ParameterizedTest
  @MethodSource("backends")
  void averageOfCeilWindows(Kernels kernels) {
    AvgPool2d pooling = AvgPool2d.builder(2).stride(3).ceilMode(true).kernels(kernels).build();
    assertArrayEquals(
        f(4, 7, 9.5f, 25, 28, 30.5f, 42.5f, 45.5f, 48),
        forward(pooling, counting(0, 49), 1, 1, 7, 7));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void averageKeepsNonFiniteValuesInTheirWindows(Kernels kernels) {
    AvgPool1d pooling = AvgPool1d.builder(2).stride(1).padding(1).kernels(kernels).build();
    assertArrayEquals(
        f(0.5f, NAN, NAN, INF, NAN, -INF, 3, 2.5f),
        forward(pooling, f(1, NAN, 3, INF, -INF, 1, 5), 1, 1, 7));
    // An average of zeros is +0, whatever their signs and that of the divisor.
    assertArrayEquals(f(0f, 0f, 0f), forward(pooling, f(-0f, -0f), 1, 1, 2));
    AvgPool1d negative = AvgPool1d.builder(2).divisorOverride(-1).kernels(kernels).build();
    assertArrayEquals(f(0f), forward(negative, f(-0f, -0f), 1, 1, 2));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void averageGradient(Kernels kernels) {
    AvgPool1d pooling = AvgPool1d.builder(2).stride(1).padding(1).kernels(kernels).build();
    assertArrayEquals(f(5, 10, 30), gradient(pooling, f(1, 2, 3), f(2, 8, 12, 48), 1, 1, 3));
    AvgPool1d uncounted =
        AvgPool1d.builder(2).stride(1).padding(1).countIncludePad(false).kernels(kernels).build();
    assertArrayEquals(f(6, 10, 54), gradient(uncounted, f(1, 2, 3), f(2, 8, 12, 48), 1, 1, 3));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void adaptiveWindowsOverlap(Kernels kernels) {
    // Of 5 columns, 3 windows: 0-1, 1-3, 3-4.
    float[] row = {1, 3, 5, 9, 2};
    assertArrayEquals(
        f(2, 17 / 3f, 5.5f), forward(new AdaptiveAvgPool2d(1, 3, kernels), row, 1, 1, 1, 5));
    assertArrayEquals(
        f(3 * 0.5f, 3 * 0.5f + 1, 1, 1 + 4, 4),
        gradient(new AdaptiveAvgPool2d(1, 3, kernels), row, f(3, 3, 8), 1, 1, 1, 5));
    AdaptiveMaxPool2d max = new AdaptiveMaxPool2d(1, 3, kernels);
    indexed(max.forwardWithIndices(image(row, 1, 1, 1, 5)), f(3, 9, 9), 1, 3, 3);
    assertArrayEquals(f(0, 10, 0, 20 + 40, 0), gradient(max, row, f(10, 20, 40), 1, 1, 1, 5));
    // More outputs than pixels: each pixel again and again.
    assertArrayEquals(
        f(4, 4, 5, 6, 6), forward(new AdaptiveAvgPool2d(1, 5, kernels), f(4, 6), 1, 1, 1, 2));
    assertArrayEquals(
        f(4, 4, 6, 6, 6), forward(new AdaptiveMaxPool2d(1, 5, kernels), f(4, 6), 1, 1, 1, 2));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void globalPoolings(Kernels kernels) {
    float[] two = {1, 2, 3, 4, 5, 9, -8, -8, -8, -8, -8, 40};
    assertArrayEquals(f(4, 0), forward(new AdaptiveAvgPool2d(1, 1, kernels), two, 1, 2, 2, 3));
    assertArrayEquals(f(9, 40), forward(new AdaptiveMaxPool2d(1, 1, kernels), two, 1, 2, 2, 3));
    assertArrayEquals(f(9, 40), forward(AdaptiveMaxPool2d.global(), two, 2, 2, 3));
    assertArrayEquals(f(4, 0), forward(AdaptiveAvgPool2d.global(), two, 2, 2, 3));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void adaptiveMaxOfSpecialValues(Kernels kernels) {
    AdaptiveMaxPool2d global = new AdaptiveMaxPool2d(1, 1, kernels);
    indexed(global.forwardWithIndices(image(f(1, NAN, 3, NAN, 2), 1, 1, 5)), f(NAN), 3);
    indexed(global.forwardWithIndices(image(f(5, 5, 1, 5), 1, 2, 2)), f(5), 0);
    indexed(global.forwardWithIndices(image(f(-0f, 0f), 1, 2, 1)), f(-0f), 0);
    indexed(global.forwardWithIndices(image(f(-INF, -INF, -INF), 1, 3, 1)), f(-INF), 0);
    // Windows that do not begin at 0 and hold nothing but -infinity.
    AdaptiveMaxPool2d two = new AdaptiveMaxPool2d(2, 1, kernels);
    indexed(two.forwardWithIndices(image(f(-INF, -INF, -INF, -INF), 1, 2, 2)), f(-INF, -INF), 0, 2);
    // Rows long enough for whole vectors: ties and NaN far apart, in any lane.
    float[] wide = new float[200];
    wide[37] = 7;
    wide[36] = 7;
    wide[150] = 7;
    indexed(global.forwardWithIndices(image(wide, 1, 1, 200)), f(7), 36);
    wide[90] = NAN;
    wide[17] = NAN;
    indexed(global.forwardWithIndices(image(wide, 1, 1, 200)), f(NAN), 90);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void maxOfADilatedSignal(Kernels kernels) {
    MaxPool1d pooling =
        MaxPool1d.builder(2).stride(1).padding(1).dilation(2).kernels(kernels).build();
    float[] signal = {1, 9, 2, 8, 3, 7, 4, 6, 5};
    long[] indices = {1, 2, 1, 4, 3, 6, 5, 8, 7};
    float[] values = {9, 2, 9, 3, 8, 4, 7, 5, 6};
    indexed(pooling.forwardWithIndices(image(signal, 1, 1, 9)), values, indices);
    indexed(pooling.forwardWithIndices(image(signal, 1, 9)), values, indices);
    assertArrayEquals(
        f(0, 5, 2, 16, 8, 64, 32, 256, 128),
        gradient(pooling, signal, f(1, 2, 4, 8, 16, 32, 64, 128, 256), 1, 1, 9));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void minIsMaxOfTheNegated(Kernels kernels) {
    MinPool2d pooling = MinPool2d.builder(1, 3).stride(1).kernels(kernels).build();
    indexed(pooling.forwardWithIndices(image(f(4, 1, 1, 7, 9), 1, 1, 5)), f(1, 1, 1), 1, 1, 2);
    indexed(pooling.forwardWithIndices(image(f(INF, INF, INF), 1, 1, 3)), f(INF), 0);
    indexed(pooling.forwardWithIndices(image(f(0f, -0f, 1), 1, 1, 3)), f(0f), 0);
    indexed(pooling.forwardWithIndices(image(f(-0f, 0f, 1), 1, 1, 3)), f(-0f), 0);
    indexed(pooling.forwardWithIndices(image(f(NAN, -INF, NAN), 1, 1, 3)), f(NAN), 2);
    assertArrayEquals(
        f(0, 30, 4, 0, 0), gradient(pooling, f(4, 1, 1, 7, 9), f(10, 20, 4), 1, 1, 1, 5));
    // Padding is never chosen, and a window with no tap inside gives +infinity and -1.
    MinPool2d hollow =
        MinPool2d.builder(2).stride(1).padding(1).dilation(2).kernels(kernels).build();
    indexed(hollow.forwardWithIndices(image(f(3), 1, 1, 1)), f(INF), -1);
    MinPool2d padded = MinPool2d.builder(3).stride(2).padding(1).kernels(kernels).build();
    indexed(padded.forwardWithIndices(image(f(5, 6, 7, 8), 1, 2, 2)), f(5), 0);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void unpoolingPutsValuesBack(Kernels kernels) {
    MaxPool2d pooling = MaxPool2d.builder(2).kernels(kernels).build();
    MaxUnpool2d unpooling = MaxUnpool2d.builder(2).kernels(kernels).build();
    float[] four = {12, 10, 3, 2, 8, 6, 1, 0, 4, 7, 5, 7, 4, 6, 6, 8};
    try (Tensor src = image(four, 1, 4, 4);
        MaxPool2d.Result pooled = pooling.forwardWithIndices(src);
        Tensor back = unpooling.forward(pooled.values(), pooled.indices());
        Tensor gradient = unpooling.backward(src, pooled.indices())) {
      assertEquals(Shape.of(1, 4, 4), back.shape());
      assertArrayEquals(f(12, 0, 3, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 8), back.toArray());
      assertArrayEquals(f(12, 3, 7, 8), gradient.toArray());
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void unpoolingKeepsTheLastOfARepeatedIndex(Kernels kernels) {
    try (Tensor src = image(f(1, 2, 3, 4, 5, 6), 2, 1, 3);
        LongTensor indices = LongTensor.zeros(Shape.of(2, 1, 3));
        Tensor dst = Fixtures.filled(NAN, Shape.of(2, 2, 2));
        Tensor diffSrc = Fixtures.filled(NAN, Shape.of(2, 1, 3))) {
      indices.set(new long[] {3, 3, 0, 1, 2, 1});
      MaxUnpool2d unpooling = MaxUnpool2d.builder(2).kernels(kernels).build();
      unpooling.forward(src, indices, dst);
      assertArrayEquals(f(3, 0, 0, 2, 0, 6, 5, 0), dst.toArray());
      unpooling.backward(dst, indices, diffSrc);
      assertArrayEquals(f(2, 2, 3, 6, 5, 6), diffSrc.toArray());
      kernels.adaptiveMaxPool2dBackward(src, indices, dst);
      assertArrayEquals(f(3, 0, 0, 3, 0, 10, 5, 0), dst.toArray());
    }
    MaxUnpool2d padded = MaxUnpool2d.builder(3, 4).stride(2, 3).padding(1, 2).build();
    assertEquals(Shape.of(2, 5, 7, 9), padded.outputShape(Shape.of(2, 5, 4, 4)));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aBatchOfOneMayHaveEitherRank(Kernels kernels) {
    AdaptiveMaxPool2d pooling = new AdaptiveMaxPool2d(1, 2, kernels);
    for (long[] given : new long[][] {{2, 1, 3}, {1, 2, 1, 3}}) {
      for (long[] diffs : new long[][] {{2, 1, 2}, {1, 2, 1, 2}}) {
        try (Tensor src = image(f(1, 5, 2, 3, 2, 9), given);
            Tensor dst = pooling.forward(src);
            Tensor diffDst = image(f(1, 2, 3, 4), diffs);
            Tensor diffSrc = pooling.backward(diffDst)) {
          assertArrayEquals(f(5, 5, 3, 9), dst.toArray());
          assertArrayEquals(f(0, 3, 0, 3, 0, 4), diffSrc.toArray());
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void anEmptyBatchGivesAnEmptyResult(Kernels kernels) {
    for (Layer layer :
        List.of(
            AvgPool2d.builder(2).kernels(kernels).build(),
            MinPool2d.builder(2).kernels(kernels).build(),
            new AdaptiveAvgPool2d(1, 2, kernels),
            new AdaptiveMaxPool2d(1, 2, kernels))) {
      try (Tensor src = Tensor.zeros(0, 3, 4, 5);
          Tensor dst = layer.forward(src);
          Tensor diffSrc = layer.backward(dst)) {
        assertEquals(0, dst.elements());
        assertEquals(src.shape(), diffSrc.shape());
      }
    }
  }

  private static float[] f(float... values) {
    return values;
  }

  private static float[] counting(int first, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = first + i;
    }
    return values;
  }

  private static Tensor image(float[] values, long... shape) {
    return Tensor.of(values, shape);
  }

  private static float[] forward(Layer layer, float[] image, long... shape) {
    try (Tensor src = Tensor.of(image, shape);
        Tensor dst = layer.forward(src)) {
      return dst.toArray();
    }
  }

  private static float[] gradient(Layer layer, float[] image, float[] diff, long... shape) {
    try (Tensor src = Tensor.of(image, shape);
        Tensor dst = layer.forward(src);
        Tensor diffDst = Tensor.of(diff, dst.shape().toArray());
        Tensor diffSrc = layer.backward(diffDst)) {
      return diffSrc.toArray();
    }
  }

  private static void indexed(MaxPool2d.Result found, float[] values, long... indices) {
    try (found) {
      assertArrayEquals(values, found.values().toArray());
      assertArrayEquals(indices, found.indices().toArray());
    }
  }
}
