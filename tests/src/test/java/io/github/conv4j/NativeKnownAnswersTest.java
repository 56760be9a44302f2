package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.MaxPool2d;
import java.util.List;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Published worked examples, through the layers as a user has them, on both backends. */
class NativeKnownAnswersTest {
  private static final float NAN = Float.NaN;
  private static final float INF = Float.POSITIVE_INFINITY;

  static List<Named<Kernels>> backends() {
    return Fixtures.backends();
  }

  /** One image of one channel, row by row. */
  private static Tensor image(float[]... rows) {
    Tensor image = Tensor.empty(Shape.of(1, 1, rows.length, rows[0].length));
    for (int h = 0; h < rows.length; h++) {
      for (int w = 0; w < rows[h].length; w++) {
        image.set((long) h * rows[0].length + w, rows[h][w]);
      }
    }
    return image;
  }

  private static float[] row(float... values) {
    return values;
  }

  private static void assertImage(Tensor found, float[]... rows) {
    try (Tensor expected = image(rows)) {
      assertEquals(expected.shape(), found.shape());
      assertArrayEquals(expected.toArray(), found.toArray());
    }
  }

  /** A convolution without bias whose kernel is given, its weights copied into the layer. */
  private static Conv2d.Builder kernel(Kernels kernels, Tensor kernel) {
    return Conv2d.builder(1, 1, kernel.shape().dim(2), kernel.shape().dim(3))
        .bias(false)
        .kernels(kernels);
  }

  private static void convolution(
      Conv2d.Builder builder, Tensor src, Tensor kernel, float[]... rows) {
    try (src;
        kernel;
        Conv2d conv = builder.build()) {
      conv.weight().set(kernel.toArray());
      try (Tensor training = conv.forward(src)) {
        assertImage(training, rows);
      }
      try (Tensor inference = conv.eval().forward(src)) {
        assertImage(inference, rows);
      }
    }
  }

  private static void maxPooling(MaxPool2d.Builder builder, Tensor src, float[]... rows) {
    try (src;
        MaxPool2d pool = builder.build()) {
      try (Tensor training = pool.forward(src)) {
        assertImage(training, rows);
      }
      try (Tensor inference = pool.eval().forward(src)) {
        assertImage(inference, rows);
      }
    }
  }

  private static void maxPooling(
      MaxPool2d.Builder builder, Tensor src, float[] values, long[] indices) {
    try (src;
        MaxPool2d pool = builder.build();
        MaxPool2d.Result result = pool.forwardWithIndices(src)) {
      assertArrayEquals(values, result.values().toArray());
      assertArrayEquals(indices, result.indices().toArray());
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void theImageOfNinePixels(Kernels kernels) {
    Tensor kernel = image(row(0, 1), row(2, 3));
    convolution(
        kernel(kernels, kernel),
        image(row(0, 1, 2), row(3, 4, 5), row(6, 7, 8)),
        kernel,
        row(19, 25),
        row(37, 43));
    maxPooling(
        MaxPool2d.builder(2).stride(1).kernels(kernels),
        image(row(0, 1, 2), row(3, 4, 5), row(6, 7, 8)),
        row(4, 5),
        row(7, 8));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void theBinaryImageAndTheDiagonalCross(Kernels kernels) {
    Tensor kernel = image(row(1, 0, 1), row(0, 1, 0), row(1, 0, 1));
    convolution(
        kernel(kernels, kernel),
        image(
            row(1, 1, 1, 0, 0),
            row(0, 1, 1, 1, 0),
            row(0, 0, 1, 1, 1),
            row(0, 0, 1, 1, 0),
            row(0, 1, 1, 0, 0)),
        kernel,
        row(4, 3, 4),
        row(2, 4, 3),
        row(2, 3, 4));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void theSecondDifferenceOfASignal(Kernels kernels) {
    float[] signal = {4, 1, 1, 2, 3, 5, 8, 13};
    Tensor valid = image(row(1, -2, 1));
    convolution(kernel(kernels, valid), image(signal), valid, row(3, 1, 0, 1, 1, 2));
    Tensor padded = image(row(1, -2, 1));
    convolution(
        kernel(kernels, padded).padding(0, 1),
        image(signal),
        padded,
        row(-7, 3, 1, 0, 1, 1, 2, -18));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void theMapOfSixBySixPooled(Kernels kernels) {
    maxPooling(
        MaxPool2d.builder(2).kernels(kernels),
        image(
            row(3, 0, 1, 0, 2, 4),
            row(0, 1, 8, 12, 0, 0),
            row(4, 0, 0, 3, 2, 2),
            row(2, 0, 1, 0, 1, 1),
            row(3, 2, 0, 6, 0, 5),
            row(1, 0, 6, 0, 0, 9)),
        row(3, 12, 4),
        row(4, 3, 2),
        row(3, 6, 9));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void theKernelOfBothSigns(Kernels kernels) {
    Tensor kernel = image(row(1, -1, 0), row(0, 2, -2), row(-1, 0, 2));
    convolution(
        kernel(kernels, kernel),
        image(
            row(1, 0, 3, 0, 2),
            row(0, 3, 4, 0, 2),
            row(1, 0, 2, 0, 1),
            row(8, 12, 0, 1, 0),
            row(0, 6, 3, 2, 0)),
        kernel,
        row(2, 5, -1),
        row(-15, -7, 2),
        row(31, -6, 1));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void paddingOneAndStrideThree(Kernels kernels) {
    Tensor kernel = image(row(1, 0, 1), row(0, 1, 0), row(1, 0, 1));
    convolution(
        kernel(kernels, kernel).padding(1).stride(3),
        image(
            row(1, 1, 1, 0, 0, 0, 0),
            row(0, 1, 1, 0, 1, 0, 1),
            row(0, 0, 1, 1, 0, 0, 0),
            row(1, 1, 0, 0, 0, 0, 1),
            row(0, 0, 1, 1, 0, 0, 0),
            row(0, 0, 0, 0, 1, 1, 1),
            row(0, 0, 0, 1, 1, 0, 1)),
        kernel,
        row(2, 2, 0),
        row(1, 2, 1),
        row(0, 2, 2));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void theMapOfFourByFourPooled(Kernels kernels) {
    maxPooling(
        MaxPool2d.builder(2).stride(2).kernels(kernels),
        image(row(12, 10, 3, 2), row(8, 6, 1, 0), row(4, 7, 5, 7), row(4, 6, 6, 8)),
        row(12, 3),
        row(7, 8));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void theEdgesOfABlackBar(Kernels kernels) {
    float[][] bar = new float[6][];
    float[][] edges = new float[6][];
    for (int h = 0; h < 6; h++) {
      bar[h] = row(1, 1, 0, 0, 0, 0, 1, 1);
      edges[h] = row(0, 1, 0, 0, 0, -1, 0);
    }
    Tensor kernel = image(row(1, -1));
    convolution(kernel(kernels, kernel), image(bar), kernel, edges);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aDilatedPoolingKeepsItsPhaseAtTheBorder(Kernels kernels) {
    maxPooling(
        MaxPool2d.builder(1, 2).stride(1).padding(0, 1).dilation(1, 2).kernels(kernels),
        image(row(1, 9, 2, 8, 3, 7, 4, 6, 5)),
        row(9, 2, 9, 3, 8, 4, 7, 5, 6),
        new long[] {1, 2, 1, 4, 3, 6, 5, 8, 7});
  }

  @ParameterizedTest
  @MethodSource("backends")
  void specialWindows(Kernels kernels) {
    maxPooling(
        MaxPool2d.builder(1, 5).kernels(kernels),
        image(row(1, NAN, 3, NAN, 2)),
        row(NAN),
        new long[] {3});
    maxPooling(
        MaxPool2d.builder(1, 4).kernels(kernels), image(row(5, 5, 1, 5)), row(5), new long[] {0});
    maxPooling(
        MaxPool2d.builder(1, 3).kernels(kernels),
        image(row(-INF, -INF, -INF)),
        row(-INF),
        new long[] {0});
  }

  @ParameterizedTest
  @MethodSource("backends")
  void extentsRoundedUp(Kernels kernels) {
    assertEquals(3, width(MaxPool2d.builder(1, 2).stride(1, 2), kernels, 5));
    assertEquals(1, width(MaxPool2d.builder(1, 3).stride(1, 3).padding(0, 1), kernels, 2));
    assertEquals(1, width(MaxPool2d.builder(1, 2).stride(1, 3), kernels, 3));
    assertEquals(2, width(MaxPool2d.builder(1, 2).stride(1, 2), kernels, 3));
  }

  /** The width of the result in ceil mode, of the layer and of its output alike. */
  private static long width(MaxPool2d.Builder builder, Kernels kernels, long width) {
    try (MaxPool2d pool = builder.ceilMode(true).kernels(kernels).build();
        Tensor src = Tensor.zeros(1, 1, 1, width);
        Tensor dst = pool.forward(src)) {
      assertEquals(pool.outputShape(src.shape()), dst.shape());
      return dst.shape().dim(3);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void anImageWithoutABatchGivesOne(Kernels kernels) {
    try (Conv2d conv = Conv2d.builder(1, 1, 2).bias(false).kernels(kernels).build();
        MaxPool2d pool = MaxPool2d.builder(2).stride(1).kernels(kernels).build();
        Tensor src = Tensor.of(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8}, 1, 3, 3)) {
      conv.weight().set(new float[] {0, 1, 2, 3});
      try (Tensor dst = conv.forward(src);
          Tensor pooled = pool.forward(src)) {
        assertEquals(Shape.of(1, 2, 2), dst.shape());
        assertArrayEquals(new float[] {19, 25, 37, 43}, dst.toArray());
        assertEquals(Shape.of(1, 2, 2), pooled.shape());
        assertArrayEquals(new float[] {4, 5, 7, 8}, pooled.toArray());
      }
    }
  }
}
