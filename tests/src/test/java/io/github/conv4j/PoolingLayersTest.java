package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.kernel.AdaptivePool2dGeometry;
import io.github.conv4j.kernel.AvgPool2dGeometry;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.ReferenceKernels;
import io.github.conv4j.nn.AdaptiveAvgPool2d;
import io.github.conv4j.nn.AdaptiveMaxPool2d;
import io.github.conv4j.nn.AvgPool1d;
import io.github.conv4j.nn.AvgPool2d;
import io.github.conv4j.nn.Layer;
import io.github.conv4j.nn.MaxPool1d;
import io.github.conv4j.nn.MaxPool2d;
import io.github.conv4j.nn.MaxUnpool2d;
import io.github.conv4j.nn.MinPool2d;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The pooling layers: gradients, modes, threads, memory, and what they refuse in which words. */
class PoolingLayersTest {
  static List<Named<Kernels>> backends() {
    return Fixtures.backends();
  }

  private static List<Layer> images(Kernels kernels) {
    return List.of(
        MaxPool2d.builder(3, 2).stride(2, 1).padding(1).ceilMode(true).kernels(kernels).build(),
        MinPool2d.builder(2, 3).stride(1, 2).padding(1).dilation(2, 1).kernels(kernels).build(),
        AvgPool2d.builder(3, 4).stride(2, 3).padding(1, 2, 0, 1).kernels(kernels).build(),
        AvgPool2d.builder(3)
            .stride(2)
            .padding(1)
            .ceilMode(true)
            .countIncludePad(false)
            .kernels(kernels)
            .build(),
        new AdaptiveAvgPool2d(4, 3, kernels),
        new AdaptiveMaxPool2d(4, 3, kernels));
  }

  /** Layers with a shape that suits them. */
  private record Setting(Layer layer, Shape shape) {}

  private static List<Setting> settings(Kernels kernels) {
    List<Setting> settings = new ArrayList<>();
    for (Layer layer : images(kernels)) {
      settings.add(new Setting(layer, Shape.of(2, 3, 7, 8)));
    }
    settings.add(
        new Setting(
            MaxPool1d.builder(3).stride(2).padding(1).kernels(kernels).build(), Shape.of(2, 3, 9)));
    settings.add(
        new Setting(
            AvgPool1d.builder(4).stride(3).padding(2).kernels(kernels).build(), Shape.of(3, 9)));
    return settings;
  }

  @ParameterizedTest
  @MethodSource("backends")
  void gradientsAreDifferenceQuotients(Kernels kernels) {
    long seed = Fixtures.seed();
    for (Setting setting : settings(kernels)) {
      try (Layer layer = setting.layer();
          Tensor src = distinct(seed, setting.shape());
          Tensor dst = layer.forward(src);
          Tensor diffDst = Fixtures.integers(seed, "diff_dst", dst.shape());
          Tensor diffSrc = layer.backward(diffDst)) {
        assertEquals(layer.outputShape(src.shape()), dst.shape());
        // Values are a hundredth apart or more, so that such a step changes no maximum.
        float step = 1 / 256f;
        for (int i = 0; i < src.elements(); i++) {
          float before = src.get(i);
          src.set(i, before + step);
          double up = loss(layer, src, diffDst);
          src.set(i, before - step);
          double down = loss(layer, src, diffDst);
          src.set(i, before);
          assertEquals(
              diffSrc.get(i),
              (up - down) / (2 * step),
              2e-2,
              () -> layer + " on " + src.shape() + ", seed " + seed);
        }
      }
    }
  }

  private static double loss(Layer layer, Tensor src, Tensor diffDst) {
    try (Tensor dst = layer.forward(src)) {
      double sum = 0;
      for (int i = 0; i < dst.elements(); i++) {
        // A window with no tap inside gives an infinity that no pixel changes.
        sum += Float.isFinite(dst.get(i)) ? (double) dst.get(i) * diffDst.get(i) : 0;
      }
      return sum;
    }
  }

  /** All values different, in random order. */
  private static Tensor distinct(long seed, Shape shape) {
    float[] keys = new float[Math.toIntExact(shape.elements())];
    Integer[] order = new Integer[keys.length];
    try (Tensor random = Fixtures.reals(seed, "order", shape)) {
      random.copyTo(keys);
    }
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    Arrays.sort(order, (a, b) -> Float.compare(keys[a], keys[b]));
    float[] values = new float[keys.length];
    for (int i = 0; i < values.length; i++) {
      values[order[i]] = (i - values.length / 2) / 64f;
    }
    return Tensor.of(values, shape.toArray());
  }

  @Test
  void backendsAgreeOnLayersOfEveryRank() {
    long seed = Fixtures.seed();
    List<Layer> fast = images(NativeKernels.instance());
    List<Layer> plain = images(ReferenceKernels.instance());
    for (Shape shape : List.of(Shape.of(3, 9, 11), Shape.of(1, 3, 9, 11))) {
      try (Tensor src = Fixtures.integers(seed, "src", shape)) {
        for (int i = 0; i < fast.size(); i++) {
          try (Tensor found = fast.get(i).forward(src);
              Tensor expected = plain.get(i).forward(src)) {
            assertEquals(shape.rank(), found.shape().rank());
            assertArrayEquals(expected.toArray(), found.toArray(), fast.get(i) + ", seed " + seed);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void evalRemembersNothing(Kernels kernels) {
    for (Setting setting : settings(kernels)) {
      Layer layer = setting.layer();
      try (Tensor src = Fixtures.integers(1, "src", setting.shape());
          Tensor dst = layer.forward(src)) {
        assertTrue(layer.isTraining() && layer.parameters().isEmpty());
        layer.backward(dst).close();
        layer.eval().forward(src, dst);
        assertThrows(IllegalStateException.class, () -> layer.backward(dst), layer.toString());
        layer.train().forward(src, dst);
        layer.backward(dst, null);
        assertThrows(IllegalArgumentException.class, () -> layer.backward(src), layer.toString());
        assertThrows(IllegalArgumentException.class, () -> layer.forward(src, src));
        layer.close();
        assertThrows(IllegalStateException.class, () -> layer.backward(dst), layer.toString());
      }
    }
  }

  @Test
  void threadsChangeNoBitAndAllocateNothing() {
    long seed = Fixtures.seed();
    int before = Conv4j.threads();
    try (Tensor src = Fixtures.reals(seed, "src", Shape.of(3, 11, 129, 67))) {
      for (Layer layer : images(NativeKernels.instance())) {
        float[] first = null;
        float[] firstGradient = null;
        try (Tensor dst = Tensor.empty(layer.outputShape(src.shape()));
            Tensor diffSrc = Tensor.empty(src.shape())) {
          for (int threads = 1; threads <= 3; threads++) {
            Conv4j.setThreads(threads);
            dst.fill(Float.NaN);
            diffSrc.fill(Float.NaN);
            layer.forward(src, dst);
            layer.backward(dst, diffSrc);
            first = first == null ? dst.toArray() : first;
            firstGradient = firstGradient == null ? diffSrc.toArray() : firstGradient;
            assertArrayEquals(first, dst.toArray(), layer + ", seed " + seed);
            assertArrayEquals(firstGradient, diffSrc.toArray(), layer + ", seed " + seed);
          }
          long allocations = NativeApi.conv4j_allocation_count();
          for (int i = 0; i < 3; i++) {
            layer.forward(src, dst);
            layer.backward(dst, diffSrc);
          }
          assertEquals(allocations, NativeApi.conv4j_allocation_count(), layer.toString());
        }
      }
    } finally {
      Conv4j.setThreads(before);
    }
  }

  @Test
  void settingsAreRefused() {
    argument("kh is 0; it must be at least 1", () -> AvgPool2d.builder(0, 2).build());
    argument("sw is 0; it must be at least 1", () -> AvgPool2d.builder(2).stride(1, 0).build());
    argument(
        "pl is 2; it must be at most 1, half of kw 3 rounded down",
        () -> AvgPool2d.builder(3).padding(1, 2).build());
    argument(
        "dilation is 2x1; average pooling has none, it must be 1x1",
        () -> AvgPool2d.builder(3).dilation(2, 1).build());
    argument(
        "divisorOverride is 0; it must not be 0",
        () -> AvgPool2d.builder(3).divisorOverride(0).build());
    argument("oh is 0; it must be at least 1", () -> new AdaptiveAvgPool2d(0, 2));
    argument("ow is -1; it must be at least 1", () -> new AdaptiveMaxPool2d(1, -1));
    argument("dw is 0; it must be at least 1", () -> MinPool2d.builder(3).dilation(1, 0).build());
    argument("kw is 0; it must be at least 1", () -> MaxPool1d.builder(0).build());
    argument("kernel width is 0; it must be at least 1", () -> MaxUnpool2d.builder(2, 0).build());
    argument(
        "vertical stride is 0; it must be at least 1",
        () -> MaxUnpool2d.builder(2).stride(0, 1).build());
    argument(
        "padding at the left is -1; it must be at least 0",
        () -> MaxUnpool2d.builder(2).padding(0, -1).build());
    argument(
        "dilation is 1x2; max unpooling has none, it must be 1x1",
        () -> MaxUnpool2d.builder(2).dilation(1, 2).build());
    argument(
        "the output height is 0 (0*1 - 1 - 1 + 2); it must be at least 1",
        () -> MaxUnpool2d.builder(2).stride(1).padding(1).build().outputShape(Shape.of(1, 1, 1)));
    argument(
        "ih * oh [4611686018427387904, 8] has more than 2^63 bytes",
        () -> new AdaptivePool2dGeometry(0, 1, 1L << 62, 1, 8, 1));
  }

  @SuppressWarnings("try") // closed on purpose while in use
  @ParameterizedTest
  @MethodSource("backends")
  void tensorsAreRefused(Kernels kernels) {
    AvgPool2d average = AvgPool2d.builder(2).kernels(kernels).build();
    MaxPool1d signal = MaxPool1d.builder(2).kernels(kernels).build();
    try (Tensor src = Tensor.zeros(1, 2, 4, 6);
        Tensor two = Tensor.zeros(4, 6);
        Tensor wrong = Tensor.zeros(1, 2, 2, 2)) {
      argument(
          "src has shape [4, 6]; it must be [N, C, H, W] or [C, H, W]", () -> average.forward(two));
      argument(
          "dst has shape [1, 2, 2, 2]; it must be [1, 2, 2, 3]", () -> average.forward(src, wrong));
      argument(
          "src has shape [1, 2, 4, 6]; it must be [N, C, L] or [C, L]", () -> signal.forward(src));
      argument("dst has shape [4, 6]; it must be [4, 3]", () -> signal.forward(two, two));
      wrong.close();
      IllegalStateException closed =
          assertThrows(IllegalStateException.class, () -> average.forward(wrong));
      assertTrue(closed.getMessage().contains("closed"), closed.getMessage());
    }
    Pool2dGeometry same = Pool2dGeometry.of(1, 1, 2, 2, 1, 1, 1, 1);
    PlanOptions options = PlanOptions.DEFAULT;
    try (Tensor image = Tensor.zeros(1, 1, 2, 2)) {
      argument(
          "dst overlaps src",
          () -> kernels.avgPool2dForward(AvgPool2dGeometry.of(same), options).run(image, image));
      argument(
          "diff_src overlaps diff_dst",
          () -> kernels.avgPool2dBackward(AvgPool2dGeometry.of(same), options).run(image, image));
      argument(
          "dst overlaps src",
          () ->
              kernels
                  .adaptiveMaxPool2dForward(new AdaptivePool2dGeometry(1, 1, 2, 2, 2, 2), options)
                  .run(image, image, null));
      argument(
          "dst overlaps src",
          () -> kernels.minPool2dForward(same, options).run(image, image, null));
    }
    argument(
        "relu", () -> kernels.avgPool2dForward(AvgPool2dGeometry.of(same), options.withRelu(true)));
  }

  @SuppressWarnings("try") // closed on purpose while in use
  @ParameterizedTest
  @MethodSource("backends")
  void indicesAreRefusedBeforeAnythingIsWritten(Kernels kernels) {
    Shape shape = Shape.of(2, 2, 2);
    try (Tensor small = Fixtures.filled(1, shape);
        Tensor large = Fixtures.filled(7, Shape.of(2, 3, 3));
        Tensor other = Fixtures.filled(7, Shape.of(3, 3, 3));
        LongTensor indices = LongTensor.zeros(shape);
        LongTensor wrong = LongTensor.zeros(Shape.of(2, 2, 3))) {
      for (long bad : new long[] {-1, 9, Long.MIN_VALUE, Long.MAX_VALUE}) {
        indices.set(new long[] {0, 1, 2, 3, 4, bad, 6, 7});
        String message =
            "index " + bad + " at element 5 (plane 1) is outside its plane; it must be 0 to 8";
        argument(message, () -> kernels.maxUnpool2d(small, indices, large));
        argument(message, () -> kernels.adaptiveMaxPool2dBackward(small, indices, large));
        argument(message, () -> kernels.maxUnpool2dBackward(large, indices, small));
      }
      argument(
          "dst has shape [3, 3, 3]; but for height and width it must be that of src, [2, 2, 2]",
          () -> kernels.maxUnpool2d(small, indices, other));
      argument(
          "indices has shape [2, 2, 3]; it must be [2, 2, 2]",
          () -> kernels.maxUnpool2d(small, wrong, large));
      argument("dst overlaps src", () -> kernels.maxUnpool2d(small, indices, small));
      assertArrayEquals(Fixtures.filled(7, large.shape()).toArray(), large.toArray());
      assertArrayEquals(Fixtures.filled(1, small.shape()).toArray(), small.toArray());
      indices.close();
      IllegalStateException closed =
          assertThrows(
              IllegalStateException.class, () -> kernels.maxUnpool2d(small, indices, large));
      assertEquals("indices is closed", closed.getMessage());
    }
  }

  private static void argument(String message, Executable call) {
    IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, call, message);
    assertTrue(refused.getMessage().contains(message), refused.getMessage());
  }
}
