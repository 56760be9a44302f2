package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.conv4j.kernel.Conv2dBackwardData;
import io.github.conv4j.kernel.Conv2dBackwardWeights;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.MaxPool2dBackward;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.MaxPoolOffsets;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.PreparedWeights;
import io.github.conv4j.kernel.ReferenceKernels;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Published and worked-out results, so that the reference itself is held against something. */
class ReferenceKnownAnswersTest {
  private static final float NAN = Float.NaN;
  private static final float INF = Float.POSITIVE_INFINITY;

  @Test
  @DisplayName("3x3 image 0..8 with [[0,1],[2,3]] gives [[19,25],[37,43]]")
  void convolutionOfNine() {
    float[] image = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    float[] kernel = {0, 1, 2, 3};
    assertArrayEquals(
        new float[] {19, 25, 37, 43}, conv(Conv2dGeometry.of(1, 1, 3, 3, 1, 2, 2), image, kernel));
  }

  @Test
  @DisplayName("a cross of ones over a 5x5 pattern counts the matches")
  void convolutionOfPattern() {
    float[] image = {
      1, 1, 1, 0, 0, //
      0, 1, 1, 1, 0, //
      0, 0, 1, 1, 1, //
      0, 0, 1, 1, 0, //
      0, 1, 1, 0, 0
    };
    float[] kernel = {1, 0, 1, 0, 1, 0, 1, 0, 1};
    assertArrayEquals(
        new float[] {4, 3, 4, 2, 4, 3, 2, 3, 4},
        conv(Conv2dGeometry.of(1, 1, 5, 5, 1, 3, 3), image, kernel));
  }

  @Test
  @DisplayName("a second difference of a signal, valid and zero-padded")
  void convolutionOfSignal() {
    float[] signal = {4, 1, 1, 2, 3, 5, 8, 13};
    float[] kernel = {1, -2, 1};
    Conv2dGeometry valid = Conv2dGeometry.of(1, 1, 1, 8, 1, 1, 3);
    assertArrayEquals(new float[] {3, 1, 0, 1, 1, 2}, conv(valid, signal, kernel));
    assertArrayEquals(
        new float[] {-7, 3, 1, 0, 1, 1, 2, -18},
        conv(valid.withPadding(0, 1, 0, 1), signal, kernel));
  }

  @Test
  @DisplayName("a signed 3x3 kernel over a 5x5 image")
  void convolutionWithSigns() {
    float[] image = {
      1, 0, 3, 0, 2, //
      0, 3, 4, 0, 2, //
      1, 0, 2, 0, 1, //
      8, 12, 0, 1, 0, //
      0, 6, 3, 2, 0
    };
    float[] kernel = {1, -1, 0, 0, 2, -2, -1, 0, 2};
    assertArrayEquals(
        new float[] {2, 5, -1, -15, -7, 2, 31, -6, 1},
        conv(Conv2dGeometry.of(1, 1, 5, 5, 1, 3, 3), image, kernel));
  }

  @Test
  @DisplayName("padding 1 and stride 3 over a 7x7 image")
  void convolutionPaddedAndStrided() {
    float[] image = {
      1, 1, 1, 0, 0, 0, 0, //
      0, 1, 1, 0, 1, 0, 1, //
      0, 0, 1, 1, 0, 0, 0, //
      1, 1, 0, 0, 0, 0, 1, //
      0, 0, 1, 1, 0, 0, 0, //
      0, 0, 0, 0, 1, 1, 1, //
      0, 0, 0, 1, 1, 0, 1
    };
    float[] kernel = {1, 0, 1, 0, 1, 0, 1, 0, 1};
    assertArrayEquals(
        new float[] {2, 2, 0, 1, 2, 1, 0, 2, 2},
        conv(
            Conv2dGeometry.of(1, 1, 7, 7, 1, 3, 3).withPadding(1, 1, 1, 1).withStride(3, 3),
            image,
            kernel));
  }

  @Test
  @DisplayName("[1,-1] finds the edges of a dark bar")
  void convolutionFindsEdges() {
    float[] image = new float[6 * 8];
    float[] edges = new float[6 * 7];
    for (int h = 0; h < 6; h++) {
      for (int w = 0; w < 8; w++) {
        image[h * 8 + w] = w >= 2 && w <= 5 ? 0 : 1;
      }
      edges[h * 7 + 1] = 1;
      edges[h * 7 + 5] = -1;
    }
    assertArrayEquals(
        edges, conv(Conv2dGeometry.of(1, 1, 6, 8, 1, 1, 2), image, new float[] {1, -1}));
  }

  @Test
  @DisplayName("a tap in the padding contributes nothing, even under a weight that is NaN")
  void paddingIsNeverMultiplied() {
    Conv2dGeometry geometry = new Conv2dGeometry(1, 1, 1, 2, 1, 1, 3, 1, 1, 0, 1, 0, 0, 1, 1, 1);
    assertArrayEquals(new float[] {2 * 5 + 3 * 7}, conv(geometry, f(5, 7), f(NAN, 2, 3)));
  }

  @Test
  @DisplayName("a NaN pixel reaches the outputs whose window holds it; 0 * Inf inside is NaN")
  void nonFinitePixels() {
    Conv2dGeometry geometry = Conv2dGeometry.of(1, 1, 1, 5, 1, 1, 2);
    assertArrayEquals(f(3, NAN, NAN, 9), conv(geometry, f(1, 2, NAN, 4, 5), f(1, 1)));
    assertArrayEquals(f(NAN, INF, 3, 4), conv(geometry, f(1, INF, 3, 4, 5), f(1, 0)));
  }

  @Test
  @DisplayName("the gradients of a 1x3 signal under a kernel of two taps")
  void gradients() {
    Conv2dGeometry geometry = Conv2dGeometry.of(1, 1, 1, 3, 1, 1, 2);
    PlanOptions options = PlanOptions.DEFAULT;
    Conv2dBackwardData data = ReferenceKernels.instance().conv2dBackwardData(geometry, options);
    Conv2dBackwardWeights forWeights =
        ReferenceKernels.instance().conv2dBackwardWeights(geometry, options);
    try (Tensor src = Tensor.of(f(2, 3, 5), 1, 1, 1, 3);
        Tensor weights = Tensor.of(f(7, 11), 1, 1, 1, 2);
        Tensor diffDst = Tensor.of(f(1, 10), 1, 1, 1, 2);
        Tensor diffSrc = Tensor.empty(geometry.srcShape());
        Tensor diffWeights = Tensor.empty(geometry.weightsShape());
        Tensor diffBias = Tensor.empty(geometry.biasShape());
        PreparedWeights prepared = data.prepare(weights)) {
      data.run(diffDst, prepared, diffSrc);
      forWeights.run(src, diffDst, diffWeights, diffBias);
      assertArrayEquals(f(7, 11 + 70, 110), diffSrc.toArray());
      assertArrayEquals(f(2 + 30, 3 + 50), diffWeights.toArray());
      assertArrayEquals(f(11), diffBias.toArray());
    }
  }

  @Test
  @DisplayName("bias and ReLU: negative sums become 0, NaN stays NaN")
  void biasAndRelu() {
    Conv2dGeometry geometry = Conv2dGeometry.of(1, 1, 1, 3, 1, 1, 1);
    Conv2dForward plan =
        ReferenceKernels.instance().conv2dForward(geometry, PlanOptions.DEFAULT.withRelu(true));
    try (Tensor src = Tensor.of(f(-4, 2, NAN), 1, 1, 3);
        Tensor weights = Tensor.of(f(3), 1, 1, 1, 1);
        Tensor bias = Tensor.of(f(1), 1);
        Tensor dst = Tensor.empty(Shape.of(1, 1, 3));
        PreparedWeights prepared = plan.prepare(weights)) {
      plan.run(src, prepared, bias, dst);
      assertArrayEquals(f(0, 7, NAN), dst.toArray());
    }
  }

  @Test
  @DisplayName("an empty batch: nothing forward, zeros for the weights")
  void emptyBatch() {
    Conv2dGeometry geometry = Conv2dGeometry.of(0, 2, 3, 4, 2, 1, 2);
    Conv2dBackwardWeights plan =
        ReferenceKernels.instance().conv2dBackwardWeights(geometry, PlanOptions.DEFAULT);
    try (Tensor src = Tensor.empty(geometry.srcShape());
        Tensor diffDst = Tensor.empty(geometry.dstShape());
        Tensor diffWeights = Tensor.empty(geometry.weightsShape());
        Tensor diffBias = Tensor.empty(geometry.biasShape())) {
      diffWeights.fill(NAN);
      diffBias.fill(NAN);
      plan.run(src, diffDst, diffWeights, diffBias);
      assertArrayEquals(new float[8], diffWeights.toArray());
      assertArrayEquals(new float[2], diffBias.toArray());
    }
    assertEquals(0, conv(geometry, new float[0], new float[8]).length);
  }

  @Test
  @DisplayName("max 2x2 of the 3x3 image 0..8 gives [[4,5],[7,8]]")
  void poolingOfNine() {
    pool(
        Pool2dGeometry.of(1, 1, 3, 3, 2, 2, 1, 1),
        f(0, 1, 2, 3, 4, 5, 6, 7, 8),
        f(4, 5, 7, 8),
        4,
        5,
        7,
        8);
  }

  @Test
  @DisplayName("max 2x2 stride 2 of a 6x6 and of a 4x4 image")
  void poolingStrided() {
    float[] six = {
      3, 0, 1, 0, 2, 4, //
      0, 1, 8, 12, 0, 0, //
      4, 0, 0, 3, 2, 2, //
      2, 0, 1, 0, 1, 1, //
      3, 2, 0, 6, 0, 5, //
      1, 0, 6, 0, 0, 9
    };
    pool(
        Pool2dGeometry.of(1, 1, 6, 6, 2, 2, 2, 2),
        six,
        f(3, 12, 4, 4, 3, 2, 3, 6, 9),
        0,
        9,
        5,
        12,
        15,
        16,
        24,
        27,
        35);
    float[] four = {12, 10, 3, 2, 8, 6, 1, 0, 4, 7, 5, 7, 4, 6, 6, 8};
    pool(Pool2dGeometry.of(1, 1, 4, 4, 2, 2, 2, 2), four, f(12, 3, 7, 8), 0, 2, 9, 15);
  }

  @Test
  @DisplayName("a dilated window over a signal keeps its phase at the edges")
  void poolingDilated() {
    pool(
        new Pool2dGeometry(1, 1, 1, 9, 1, 2, 1, 1, 0, 1, 0, 1, 1, 2, false),
        f(1, 9, 2, 8, 3, 7, 4, 6, 5),
        f(9, 2, 9, 3, 8, 4, 7, 5, 6),
        1,
        2,
        1,
        4,
        3,
        6,
        5,
        8,
        7);
  }

  @Test
  @DisplayName(
      "NaN wins and the last one gives the index; the first of equal values; all -infinity")
  void poolingOfSpecialValues() {
    pool(row(5, 5), f(1, NAN, 3, NAN, 2), f(NAN), 3);
    pool(row(4, 4), f(5, 5, 1, 5), f(5), 0);
    pool(row(3, 3), f(-INF, -INF, -INF), f(-INF), 0);
    pool(row(2, 2), f(-0f, 0f), f(-0f), 0);
    pool(row(2, 2), f(0f, -0f), f(0f), 0);
    pool(row(3, 3), f(NAN, INF, 1), f(NAN), 0);
  }

  @Test
  @DisplayName("padding is never chosen, and a window with no tap inside gives -infinity and -1")
  void poolingPadding() {
    pool(
        new Pool2dGeometry(1, 1, 1, 2, 1, 2, 1, 1, 0, 1, 0, 1, 1, 1, false),
        f(-INF, -7),
        f(-INF, -7, -7),
        0,
        1,
        1);
    pool(new Pool2dGeometry(1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1, 1, 2, 2, false), f(3), f(-INF), -1);
  }

  @Test
  @DisplayName("rounding up")
  void poolingCeilExtents() {
    assertEquals(3, Pool2dGeometry.of(1, 1, 5, 5, 2, 2, 2, 2).withCeilMode(true).oh());
    assertEquals(1, new Pool2dGeometry(1, 1, 2, 2, 3, 3, 3, 3, 1, 1, 1, 1, 1, 1, true).ow());
    assertEquals(1, Pool2dGeometry.of(1, 1, 3, 3, 2, 2, 3, 3).withCeilMode(true).oh());
    assertEquals(2, Pool2dGeometry.of(1, 1, 3, 3, 2, 2, 2, 2).withCeilMode(true).ow());
  }

  @Test
  @DisplayName("overlapping windows add up; a window with no tap inside adds nothing")
  void poolingGradient() {
    assertArrayEquals(f(0, 30, 0, 4), poolGradient(row(4, 2), f(1, 9, 2, 9), f(10, 20, 4)));
    assertArrayEquals(
        f(0),
        poolGradient(
            new Pool2dGeometry(1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1, 1, 2, 2, false), f(3), f(5)));
  }

  private static float[] f(float... values) {
    return values;
  }

  /** A window of so many taps over a signal, stride 1. */
  private static Pool2dGeometry row(long width, long kernel) {
    return Pool2dGeometry.of(1, 1, 1, width, 1, kernel, 1, 1);
  }

  private static float[] conv(Conv2dGeometry geometry, float[] image, float[] kernel) {
    Conv2dForward plan = ReferenceKernels.instance().conv2dForward(geometry, PlanOptions.DEFAULT);
    try (Tensor src = Tensor.of(image, geometry.srcShape().toArray());
        Tensor weights = Tensor.of(kernel, geometry.weightsShape().toArray());
        Tensor dst = Tensor.empty(geometry.dstShape());
        PreparedWeights prepared = plan.prepare(weights)) {
      plan.run(src, prepared, null, dst);
      return dst.toArray();
    }
  }

  private static void pool(
      Pool2dGeometry geometry, float[] image, float[] values, long... indices) {
    MaxPool2dForward plan =
        ReferenceKernels.instance().maxPool2dForward(geometry, PlanOptions.DEFAULT);
    try (Tensor src = Tensor.of(image, geometry.srcShape().toArray());
        Tensor dst = Tensor.empty(geometry.dstShape());
        MaxPoolOffsets offsets = plan.newOffsets();
        LongTensor chosen = LongTensor.zeros(geometry.dstShape())) {
      plan.run(src, dst, offsets);
      offsets.toIndices(chosen);
      assertArrayEquals(values, dst.toArray());
      assertArrayEquals(indices, chosen.toArray());
    }
  }

  private static float[] poolGradient(Pool2dGeometry geometry, float[] image, float[] gradient) {
    MaxPool2dForward forward =
        ReferenceKernels.instance().maxPool2dForward(geometry, PlanOptions.DEFAULT);
    MaxPool2dBackward backward =
        ReferenceKernels.instance().maxPool2dBackward(geometry, PlanOptions.DEFAULT);
    try (Tensor src = Tensor.of(image, geometry.srcShape().toArray());
        Tensor dst = Tensor.empty(geometry.dstShape());
        Tensor diffDst = Tensor.of(gradient, geometry.dstShape().toArray());
        Tensor diffSrc = Tensor.empty(geometry.srcShape());
        MaxPoolOffsets offsets = forward.newOffsets()) {
      forward.run(src, dst, offsets);
      backward.run(diffDst, offsets, diffSrc);
      return diffSrc.toArray();
    }
  }
}
