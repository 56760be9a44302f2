package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.kernel.AdaptivePool2dGeometry;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.ConvTranspose2dGeometry;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.UnaryFunction;
import io.github.conv4j.nn.BatchNorm2d;
import io.github.conv4j.nn.ConvTranspose2d;
import io.github.conv4j.nn.CrossEntropyLoss;
import io.github.conv4j.nn.Layer;
import io.github.conv4j.nn.Linear;
import io.github.conv4j.nn.MaxPool2d;
import io.github.conv4j.nn.ReLU;
import io.github.conv4j.nn.Reduction;
import io.github.conv4j.nn.Sigmoid;
import io.github.conv4j.nn.Softmax;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rules that hold for many operators alike: extents, empty batches, overlap, bad values. */
class OperatorRulesTest {
  private static final float NAN = Float.NaN;

  static List<Named<Kernels>> backends() {
    return Fixtures.backends();
  }

  private static void refused(String message, Executable call) {
    IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, call, message);
    assertTrue(refused.getMessage().contains(message), refused.getMessage());
  }

  /** Sets one extent after the other to a value below the least, each of which is refused. */
  private static void refusesEach(
      long[] good, String[] names, long[] least, Consumer<long[]> create) {
    create.accept(good);
    for (int i = 0; i < names.length; i++) {
      long[] bad = good.clone();
      bad[i] = least[i] - 1;
      String message = names[i] + " is " + bad[i] + "; it must be at least " + least[i];
      refused(message, () -> create.accept(bad));
      bad[i] = Long.MIN_VALUE;
      refused(names[i] + " is " + Long.MIN_VALUE, () -> create.accept(bad));
    }
  }

  private static Conv2dGeometry conv(long... e) {
    return new Conv2dGeometry(
        e[0], e[1], e[2], e[3], e[4], e[5], e[6], e[7], e[8], e[9], e[10], e[11], e[12], e[13],
        e[14], e[15]);
  }

  private static Pool2dGeometry pool(long... e) {
    return new Pool2dGeometry(
        e[0], e[1], e[2], e[3], e[4], e[5], e[6], e[7], e[8], e[9], e[10], e[11], e[12], e[13],
        false);
  }

  @Test
  void everyExtentHasALeastValue() {
    refusesEach(
        new long[] {1, 4, 5, 6, 4, 3, 2, 2, 1, 1, 0, 1, 1, 1, 2, 2},
        "n ic ih iw oc kh kw sh sw pt pl pb pr dh dw g".split(" "),
        new long[] {0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1},
        OperatorRulesTest::conv);
    refusesEach(
        new long[] {1, 4, 5, 6, 3, 2, 2, 1, 1, 0, 1, 1, 1, 2},
        "n c ih iw kh kw sh sw pt pl pb pr dh dw".split(" "),
        new long[] {0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1},
        OperatorRulesTest::pool);
    refusesEach(
        new long[] {1, 4, 5, 6, 3, 2},
        "n c ih iw oh ow".split(" "),
        new long[] {0, 1, 1, 1, 1, 1},
        e -> new AdaptivePool2dGeometry(e[0], e[1], e[2], e[3], e[4], e[5]));
  }

  @Test
  void relationsBetweenExtents() {
    Conv2dGeometry g = Conv2dGeometry.of(1, 6, 5, 7, 4, 3, 3);
    refused("ic is 6; it must be a multiple of the 4 groups", () -> g.withGroups(4));
    refused("oc is 4; it must be a multiple of the 3 groups", () -> g.withGroups(3));
    // The kernel in its effective size, beside the padded input.
    refused("larger than the padded input height 5", () -> g.withDilation(3, 1));
    refused(
        "kernel height 7 (kh 3, dilation 3) is larger than the padded input height 6 (5 + 1 + 0)",
        () -> g.withPadding(1, 0, 0, 0).withDilation(3, 1));
    assertEquals(1, g.withPadding(1, 0, 1, 0).withDilation(3, 1).oh());
    refused("pl is 2; it must be at most 1", () -> pool(1, 1, 9, 9, 3, 3, 1, 1, 0, 2, 0, 0, 1, 1));
    // Half of the window, whatever the dilation.
    refused("pl is 2; it must be at most 1", () -> pool(1, 1, 9, 9, 3, 3, 1, 1, 0, 2, 0, 0, 1, 4));
    refused("the output height is below 1", () -> Pool2dGeometry.of(1, 1, 2, 9, 3, 3, 1, 1));
    refused("2^63", () -> Conv2dGeometry.of(1, 1, Long.MAX_VALUE, 1, 1, 1, 1).withStride(1, 1));
    refused(
        "height 5 with padding " + Long.MAX_VALUE + " and 1 is wider than 2^63",
        () -> g.withPadding(Long.MAX_VALUE, 0, 1, 0));
  }

  /** Both directions of an empty batch: nothing comes out, and nothing is learned. */
  @ParameterizedTest
  @MethodSource("backends")
  void anEmptyBatchPassesEveryLayer(Kernels k) {
    Shape image = Shape.of(0, 4, 6, 5);
    List<Layer> layers =
        List.of(
            ConvTranspose2d.builder(4, 3, 2).stride(2).kernels(k).build(),
            MaxPool2d.builder(2).kernels(k).build(),
            Linear.builder(5, 3).kernels(k).build(),
            BatchNorm2d.builder(4).kernels(k).build(),
            new ReLU(k),
            new Sigmoid(k),
            new Softmax(k));
    for (Layer layer : layers) {
      try (layer;
          Tensor src = Tensor.zeros(image);
          Tensor dst = layer.forward(src);
          Tensor diffSrc = layer.backward(dst)) {
        assertEquals(layer.outputShape(image), dst.shape(), layer.toString());
        assertEquals(0, dst.elements(), layer.toString());
        assertEquals(image, diffSrc.shape(), layer.toString());
        layer
            .parameters()
            .forEach(
                p ->
                    assertArrayEquals(
                        new float[(int) p.gradient().elements()],
                        p.gradient().toArray(),
                        layer + " " + p.name()));
      }
    }
    try (Tensor none = Tensor.zeros(0, 3);
        Tensor other = Tensor.zeros(0, 3);
        LongTensor classes = LongTensor.zeros(Shape.of(0))) {
      for (Reduction reduction : Reduction.values()) {
        CrossEntropyLoss loss = CrossEntropyLoss.builder().reduction(reduction).kernels(k).build();
        double expected = reduction == Reduction.MEAN ? Double.NaN : 0;
        assertEquals(expected, loss.forward(none, classes, other));
        assertEquals(expected, loss.forward(none, other));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aDestinationThatIsASourceIsRefused(Kernels k) {
    PlanOptions options = PlanOptions.DEFAULT;
    try (Tensor t = Fixtures.filled(3, Shape.of(4, 4));
        Tensor other = Tensor.zeros(4, 4);
        Tensor row = Tensor.zeros(4);
        Tensor images = Tensor.zeros(2, 2, 1, 4)) {
      refused("dst overlaps src", () -> k.linear(options).forward(t, other, null, t));
      refused("dst overlaps weights", () -> k.linear(options).forward(other, t, null, t));
      refused("diff_src overlaps diff_dst", () -> k.linear(options).backwardData(t, other, t));
      refused("diff_src overlaps weights", () -> k.linear(options).backwardData(other, t, t));
      refused(
          "diff_weights overlaps src", () -> k.linear(options).backwardWeights(t, other, t, null));
      refused(
          "diff_weights overlaps diff_dst",
          () -> k.linear(options).backwardWeights(other, t, t, row));
      refused("dst overlaps src", () -> k.normalization(options).softmax(false, t, t));
      refused(
          "diff_src overlaps dst",
          () -> k.normalization(options).softmaxBackward(true, t, other, t));
      refused("diff_src overlaps target", () -> k.losses(options).squaredError(true, other, t, t));
      refused(
          "diff_src overlaps dst",
          () -> k.elementwise(options).backward(UnaryFunction.TANH, t, other, t));
      try (BatchNorm2d norm = BatchNorm2d.builder(2).kernels(k).build()) {
        refused("dst overlaps src", () -> norm.forward(images, images));
      }
      assertArrayEquals(Fixtures.filled(3, t.shape()).toArray(), t.toArray());
    }
  }

  /** A pixel of a transposed convolution reaches where its kernel lies inside dst, no further. */
  @ParameterizedTest
  @MethodSource("backends")
  void aBadPixelStaysUnderItsKernel(Kernels k) {
    ConvTranspose2dGeometry g =
        ConvTranspose2dGeometry.of(1, 2, 1, 3, 2, 1, 2)
            .withStride(1, 2)
            .withPadding(0, 1, 0, 0)
            .withGroups(2);
    var plan = k.convTranspose2dForward(g, PlanOptions.DEFAULT);
    try (Tensor src = Tensor.of(new float[] {NAN, 1, 1, 1, 1, NAN}, 1, 2, 1, 3);
        Tensor weights = Tensor.of(new float[] {2, 3, 4, 5}, 2, 1, 1, 2);
        Tensor dst = Tensor.zeros(g.dstShape());
        var prepared = plan.prepare(weights)) {
      plan.run(src, prepared, null, dst);
      // The first tap of the first pixel is cut off.
      assertArrayEquals(new float[] {NAN, 2, 3, 2, 3, 5, 4, 5, NAN, NAN}, dst.toArray());
    }
  }

  /** q = w * p, and the mean is over N and positions, whatever the weights. */
  @ParameterizedTest
  @MethodSource("backends")
  void theMeanOverProbabilitiesDividesByTheRows(Kernels k) {
    try (Tensor logits = Tensor.zeros(2, 2, 3);
        Tensor p = Fixtures.filled(0.5f, Shape.of(2, 2, 3));
        Tensor weights = Tensor.of(new float[] {1, 3}, 2)) {
      CrossEntropyLoss.Builder settings = CrossEntropyLoss.builder().weight(weights).kernels(k);
      assertEquals(2 * Math.log(2), settings.build().forward(logits, p), 1e-6);
      assertEquals(
          12 * Math.log(2), settings.reduction(Reduction.SUM).build().forward(logits, p), 1e-5);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void evaluationLeavesTheStatisticsAlone(Kernels k) {
    try (BatchNorm2d norm = BatchNorm2d.builder(2).eps(0).kernels(k).build();
        Tensor src = Tensor.of(new float[] {3, 5, 1, 9}, 1, 2, 1, 2)) {
      norm.runningMean().set(new float[] {1, 5});
      norm.runningVar().set(new float[] {4, 16});
      norm.eval();
      try (Tensor dst = norm.forward(src)) {
        assertArrayEquals(new float[] {1, 2, -1, 1}, dst.toArray());
      }
      assertArrayEquals(new float[] {1, 5}, norm.runningMean().toArray());
      assertArrayEquals(new float[] {4, 16}, norm.runningVar().toArray());
      assertEquals(0, norm.numBatchesTracked());
    }
  }

  /** Indices into the caller's tensors are those of the form that makes its own. */
  @ParameterizedTest
  @MethodSource("backends")
  void valuesWithIndicesInTensorsOfTheCallers(Kernels k) {
    Function<Shape, Tensor> image = shape -> Fixtures.reals(4, "src", shape);
    try (MaxPool2d pool = MaxPool2d.builder(2, 3).stride(1, 2).padding(1).kernels(k).build();
        Tensor src = image.apply(Shape.of(2, 3, 5, 7));
        Tensor wrong = Tensor.zeros(2, 3, 5, 7);
        MaxPool2d.Result expected = pool.forwardWithIndices(src);
        Tensor dst = Fixtures.filled(NAN, expected.values().shape());
        LongTensor indices = LongTensor.zeros(dst.shape())) {
      pool.forwardWithIndices(src, dst, indices);
      assertArrayEquals(expected.values().toArray(), dst.toArray());
      assertArrayEquals(expected.indices().toArray(), indices.toArray());
      refused("dst has shape", () -> pool.forwardWithIndices(src, wrong, indices));
    }
  }
}
