package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.internal.NativeLibrary;
import io.github.conv4j.kernel.Conv2dBackwardData;
import io.github.conv4j.kernel.Conv2dBackwardWeights;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.MaxPool2dBackward;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.MaxPoolOffsets;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.PreparedWeights;
import io.github.conv4j.kernel.ReferenceConv2d;
import io.github.conv4j.kernel.ReferenceKernels;
import io.github.conv4j.kernel.ReferenceMaxPool2d;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What the reference refuses, in which words, and that a refusal changes nothing. */
class ReferenceArgumentsTest {
  private static final Kernels KERNELS = ReferenceKernels.instance();
  private static final PlanOptions OPTIONS = PlanOptions.DEFAULT;
  private static final Conv2dGeometry CONV = Conv2dGeometry.of(1, 2, 4, 5, 3, 2, 3);
  private static final Pool2dGeometry POOL = Pool2dGeometry.of(1, 2, 4, 6, 2, 2, 2, 2);

  private final Tensor src = ones(1, 2, 4, 5);
  private final Tensor weights = ones(3, 2, 2, 3);
  private final Tensor bias = ones(3);
  private final Tensor dst = ones(1, 3, 3, 3);
  private final Tensor wrong = ones(1, 2, 3, 4);
  private final Conv2dForward forward = KERNELS.conv2dForward(CONV, OPTIONS);
  private final Conv2dBackwardData data = KERNELS.conv2dBackwardData(CONV, OPTIONS);
  private final Conv2dBackwardWeights forWeights = KERNELS.conv2dBackwardWeights(CONV, OPTIONS);
  private final PreparedWeights prepared = forward.prepare(weights);

  @AfterEach
  void sourcesAndDestinationsAreAsTheyWere() {
    for (Tensor tensor : new Tensor[] {src, weights, bias, dst, wrong}) {
      if (!tensor.isClosed()) {
        assertArrayEquals(ones(tensor.shape().toArray()).toArray(), tensor.toArray());
      }
      tensor.close();
    }
    prepared.close();
  }

  @Test
  void namesAreThoseOfTheReference() {
    assertEquals("reference", KERNELS.backend());
    assertEquals("reference", forward.algorithm());
    assertEquals("java", forward.isa());
    assertEquals(CONV, forward.geometry());
    assertDoesNotThrow(
        () -> KERNELS.conv2dForward(CONV, OPTIONS.withAlgorithm("any").withIsa("any")));
  }

  @Test
  void shapesOfAConvolution() {
    argument(
        "src has shape [1, 2, 3, 4]; it must be [1, 2, 4, 5]",
        () -> forward.run(wrong, prepared, bias, dst));
    argument(
        "dst has shape [1, 2, 3, 4]; it must be [1, 3, 3, 3]",
        () -> forward.run(src, prepared, bias, wrong));
    argument(
        "bias has shape [1, 2, 3, 4]; it must be [3]",
        () -> forward.run(src, prepared, wrong, dst));
    argument(
        "weights has shape [1, 2, 3, 4]; it must be [3, 2, 2, 3]", () -> forward.prepare(wrong));
    argument(
        "diff_dst has shape [1, 2, 3, 4]; it must be [1, 3, 3, 3]",
        () -> data.run(wrong, data.prepare(weights), src));
    argument(
        "diff_src has shape [1, 2, 3, 4]; it must be [1, 2, 4, 5]",
        () -> data.run(dst, data.prepare(weights), wrong));
    argument(
        "diff_weights has shape [1, 2, 3, 4]; it must be [3, 2, 2, 3]",
        () -> forWeights.run(src, dst, wrong, bias));
    argument(
        "diff_bias has shape [1, 2, 3, 4]; it must be [3]",
        () -> forWeights.run(src, dst, weights, wrong));
  }

  @Test
  void aBatchOfOneMayLeaveItsAxisOut() {
    try (Tensor image = ones(2, 4, 5);
        Tensor result = ones(3, 3, 3);
        Tensor three = ones(3, 4, 5)) {
      assertDoesNotThrow(() -> forward.run(image, prepared, bias, result));
      assertEquals(13, result.get(0));
      argument("src has shape [3, 4, 5]", () -> forward.run(three, prepared, bias, result));
    }
    Conv2dGeometry two = CONV.withBatch(2);
    Conv2dForward plan = KERNELS.conv2dForward(two, OPTIONS);
    try (Tensor image = ones(2, 4, 5);
        Tensor result = Tensor.empty(two.dstShape());
        PreparedWeights own = plan.prepare(weights)) {
      argument("src has shape [2, 4, 5]", () -> plan.run(image, own, null, result));
    }
    // Weights are no images: one output channel does not make the axis optional.
    Conv2dForward single = KERNELS.conv2dForward(Conv2dGeometry.of(1, 2, 4, 5, 1, 2, 3), OPTIONS);
    try (Tensor three = ones(2, 2, 3)) {
      argument("weights has shape [2, 2, 3]", () -> single.prepare(three));
    }
  }

  @Test
  void closedTensors() {
    src.close();
    state("src is closed", () -> forward.run(src, prepared, bias, dst));
    state("src is closed", () -> forWeights.run(src, dst, weights, bias));
    bias.close();
    weights.close();
    state("weights is closed", () -> forward.prepare(weights));
    state("weights is closed", () -> forward.prepare(weights, prepared));
    try (Tensor image = ones(1, 2, 4, 5)) {
      state("bias is closed", () -> forward.run(image, prepared, bias, dst));
      dst.close();
      state("dst is closed", () -> forward.run(image, prepared, null, dst));
    }
  }

  @Test
  void destinationsThatAreSources() {
    Conv2dGeometry same = Conv2dGeometry.of(1, 1, 1, 1, 1, 1, 1);
    try (Tensor one = ones(1, 1, 1, 1);
        Tensor other = ones(1, 1, 1, 1)) {
      Conv2dForward plan = KERNELS.conv2dForward(same, OPTIONS);
      argument("dst overlaps src", () -> plan.run(one, plan.prepare(other), null, one));
      Conv2dBackwardData gradient = KERNELS.conv2dBackwardData(same, OPTIONS);
      argument("diff_src overlaps diff_dst", () -> gradient.run(one, gradient.prepare(other), one));
      Conv2dBackwardWeights both = KERNELS.conv2dBackwardWeights(same, OPTIONS);
      argument("diff_weights overlaps src", () -> both.run(one, other, one, null));
      argument("diff_weights overlaps diff_dst", () -> both.run(one, other, other, null));
      MaxPool2dForward pooling =
          KERNELS.maxPool2dForward(Pool2dGeometry.of(1, 1, 1, 1, 1, 1, 1, 1), OPTIONS);
      argument("dst overlaps src", () -> pooling.run(one, one, null));
    }
  }

  @Test
  void buffersThatOverlap() {
    // Addresses are known where the native library is there.
    NativeLibrary.require();
    FloatBuffer buffer =
        ByteBuffer.allocateDirect(67 * Float.BYTES).order(ByteOrder.nativeOrder()).asFloatBuffer();
    try (Tensor image = Tensor.wrap(buffer.slice(0, 40), 1, 2, 4, 5);
        Tensor inside = Tensor.wrap(buffer.slice(13, 27), 1, 3, 3, 3);
        Tensor across = Tensor.wrap(buffer.slice(39, 27), 1, 3, 3, 3);
        Tensor beside = Tensor.wrap(buffer.slice(40, 27), 1, 3, 3, 3);
        Tensor third = Tensor.wrap(buffer.slice(40, 3), 3)) {
      argument("dst overlaps src", () -> forward.run(image, prepared, null, inside));
      argument("dst overlaps src", () -> forward.run(image, prepared, null, across));
      argument("dst overlaps bias", () -> forward.run(src, prepared, third, beside));
      assertDoesNotThrow(() -> forward.run(image, prepared, null, beside));
    }
  }

  @Test
  void preparedWeights() {
    Conv2dForward other = KERNELS.conv2dForward(CONV, OPTIONS);
    argument("come from another plan", () -> other.run(src, prepared, bias, dst));
    argument("come from another plan", () -> data.run(dst, prepared, src));
    argument("come from another plan", () -> other.prepare(weights, prepared));
    PreparedWeights foreign = () -> {};
    argument("come from another backend", () -> forward.run(src, foreign, bias, dst));
    assertThrows(NullPointerException.class, () -> forward.run(src, null, bias, dst));
    prepared.close();
    prepared.close();
    state("the prepared weights are closed", () -> forward.run(src, prepared, bias, dst));
    state("the prepared weights are closed", () -> forward.prepare(weights, prepared));
  }

  @Test
  void preparedWeightsAreACopy() {
    try (Tensor changing = ones(3, 2, 2, 3);
        Tensor result = ones(1, 3, 3, 3);
        PreparedWeights copy = forward.prepare(changing)) {
      changing.fill(2);
      forward.run(src, copy, null, result);
      assertEquals(12, result.get(0));
      forward.prepare(changing, copy);
      forward.run(src, copy, null, result);
      assertEquals(24, result.get(0));
    }
  }

  @Test
  void poolingOffsets() {
    MaxPool2dForward plan = KERNELS.maxPool2dForward(POOL, OPTIONS);
    MaxPool2dBackward backward = KERNELS.maxPool2dBackward(POOL, OPTIONS);
    MaxPool2dForward other = KERNELS.maxPool2dForward(POOL.withCeilMode(true), OPTIONS);
    LongTensor indices = LongTensor.zeros(Shape.of(1, 2, 2, 3));
    MaxPoolOffsets offsets = plan.newOffsets();
    try (Tensor image = ones(1, 2, 4, 6);
        Tensor result = ones(1, 2, 2, 3);
        LongTensor few = LongTensor.zeros(Shape.of(1, 2, 2, 2))) {
      assertEquals(POOL, offsets.geometry());
      state("no forward run has filled the offsets", () -> offsets.toIndices(indices));
      state("no forward run has filled", () -> backward.run(result, offsets, image));
      argument("the offsets belong to", () -> plan.run(image, result, other.newOffsets()));
      plan.run(image, result, offsets);
      argument(
          "indices has shape [1, 2, 2, 2]; it must be [1, 2, 2, 3]", () -> offsets.toIndices(few));
      argument("diff_dst has shape", () -> backward.run(image, offsets, image));
      offsets.toIndices(indices);
      assertArrayEquals(new long[] {0, 2, 4, 12, 14, 16, 0, 2, 4, 12, 14, 16}, indices.toArray());
      offsets.close();
      offsets.close();
      state("the offsets are closed", () -> offsets.toIndices(indices));
      state("the offsets are closed", () -> plan.run(image, result, offsets));
      state("the offsets are closed", () -> backward.run(result, offsets, image));
      indices.close();
      MaxPoolOffsets filled = plan.newOffsets();
      plan.run(image, result, filled);
      state("indices is closed", () -> filled.toIndices(indices));
    }
  }

  @Test
  void reluBelongsToForwardConvolutions() {
    PlanOptions relu = OPTIONS.withRelu(true);
    argument("relu is true", () -> KERNELS.conv2dBackwardData(CONV, relu));
    argument("relu is true", () -> KERNELS.conv2dBackwardWeights(CONV, relu));
    argument("relu is true", () -> KERNELS.maxPool2dForward(POOL, relu));
    argument("relu is true", () -> KERNELS.maxPool2dBackward(POOL, relu));
  }

  @Test
  void reluGradient() {
    try (Tensor result = Tensor.of(new float[] {-1, 0, 2, Float.NaN}, 4);
        Tensor gradient = Tensor.of(new float[] {5, 6, 7, 8}, 4);
        Tensor out = ones(4)) {
      KERNELS.reluBackward(result, gradient, out);
      assertArrayEquals(new float[] {0, 0, 7, 8}, out.toArray());
      KERNELS.reluBackward(result, gradient, gradient);
      assertArrayEquals(new float[] {0, 0, 7, 8}, gradient.toArray());
      argument("out overlaps dst", () -> KERNELS.reluBackward(result, gradient, result));
      argument(
          "diff_dst has shape [3]; it must be [4]", () -> KERNELS.reluBackward(result, bias, out));
    }
  }

  @Test
  void singleElements() {
    float[] x = src.toArray();
    float[] w = weights.toArray();
    assertEquals(12, ReferenceConv2d.forward(CONV, x, w, null, 0, 2, 2, 2));
    argument(
        "src has 12 elements; the geometry requires 40",
        () -> ReferenceConv2d.forward(CONV, new float[12], w, null, 0, 0, 0, 0));
    assertThrows(
        IndexOutOfBoundsException.class,
        () -> ReferenceConv2d.forward(CONV, x, w, null, 0, 0, 0, 3));
    assertThrows(
        IndexOutOfBoundsException.class,
        () -> ReferenceMaxPool2d.tap(POOL, new float[48], 0, 0, -1, 0));
  }

  private static Tensor ones(long... dims) {
    Tensor tensor = Tensor.empty(Shape.of(dims));
    tensor.fill(1);
    return tensor;
  }

  private static void argument(String message, Executable call) {
    refused(IllegalArgumentException.class, message, call);
  }

  private static void state(String message, Executable call) {
    refused(IllegalStateException.class, message, call);
  }

  private static void refused(
      Class<? extends RuntimeException> type, String message, Executable call) {
    RuntimeException e = assertThrows(type, call);
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
