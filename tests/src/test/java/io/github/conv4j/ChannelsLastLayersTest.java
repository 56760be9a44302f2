package io.github.conv4j;

import static io.github.conv4j.MemoryFormat.CHANNELS_LAST;
import static io.github.conv4j.MemoryFormat.CONTIGUOUS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.nn.AdaptiveAvgPool2d;
import io.github.conv4j.nn.AdaptiveMaxPool2d;
import io.github.conv4j.nn.AvgPool2d;
import io.github.conv4j.nn.BatchNorm2d;
import io.github.conv4j.nn.Conv1d;
import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.ConvTranspose2d;
import io.github.conv4j.nn.CrossEntropyLoss;
import io.github.conv4j.nn.Dropout;
import io.github.conv4j.nn.Flatten;
import io.github.conv4j.nn.Layer;
import io.github.conv4j.nn.Linear;
import io.github.conv4j.nn.LogSoftmax;
import io.github.conv4j.nn.MSELoss;
import io.github.conv4j.nn.MaxPool1d;
import io.github.conv4j.nn.MaxPool2d;
import io.github.conv4j.nn.MaxUnpool2d;
import io.github.conv4j.nn.MinPool2d;
import io.github.conv4j.nn.Parameter;
import io.github.conv4j.nn.ReLU;
import io.github.conv4j.nn.Sequential;
import io.github.conv4j.nn.Sigmoid;
import io.github.conv4j.nn.Softmax;
import io.github.conv4j.nn.Tanh;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Layers on images that lie channels last: the same numbers, and results that lie alike. */
class ChannelsLastLayersTest {
  static List<Named<Kernels>> backends() {
    return Fixtures.backends();
  }

  private static Map<String, Supplier<Layer>> layers(Kernels k) {
    Map<String, Supplier<Layer>> layers = new TreeMap<>();
    layers.put(
        "Conv2d",
        () -> Conv2d.builder(3, 5, 3, 2).padding(1).relu(true).kernels(k).seed(1).build());
    layers.put("lazy Conv2d", () -> Conv2d.lazyBuilder(4, 3).kernels(k).seed(2).build());
    layers.put(
        "ConvTranspose2d", () -> ConvTranspose2d.builder(3, 4, 3).kernels(k).seed(3).build());
    layers.put("MaxPool2d", () -> MaxPool2d.builder(2).kernels(k).build());
    layers.put("MinPool2d", () -> MinPool2d.builder(3, 2).padding(1).kernels(k).build());
    layers.put("AvgPool2d", () -> AvgPool2d.builder(3).stride(2).kernels(k).build());
    layers.put("AdaptiveAvgPool2d", () -> new AdaptiveAvgPool2d(4, 3, k));
    layers.put("AdaptiveMaxPool2d", () -> new AdaptiveMaxPool2d(4, 3, k));
    layers.put("BatchNorm2d", () -> BatchNorm2d.builder(3).kernels(k).build());
    layers.put("ReLU", () -> new ReLU(k));
    layers.put("Tanh", () -> new Tanh(k));
    layers.put("Sigmoid", () -> new Sigmoid(k));
    layers.put("Softmax", () -> new Softmax(k));
    layers.put("LogSoftmax", () -> new LogSoftmax(k));
    layers.put("Dropout", () -> new Dropout(0.4, 5, k));
    layers.put("Flatten", Flatten::new);
    layers.put("Sequential", () -> network(k));
    layers.put("empty Sequential", Sequential::of);
    return layers;
  }

  private static Sequential network(Kernels k) {
    return Sequential.of(
        Conv2d.builder(3, 6, 3).padding(1).bias(false).kernels(k).seed(6).build(),
        BatchNorm2d.builder(6).kernels(k).build(),
        new ReLU(k),
        MaxPool2d.builder(2).kernels(k).build(),
        new Dropout(0.2, 7, k),
        new Flatten(),
        Linear.builder(6 * 4 * 5, 4).kernels(k).seed(8).build());
  }

  private static final List<Shape> SHAPES = List.of(Shape.of(2, 3, 8, 10), Shape.of(3, 8, 10));

  /** Every result of a training step and of an evaluation, in row-major order. */
  private static List<float[]> pass(Layer layer, Shape shape, MemoryFormat format, long seed) {
    List<float[]> results = new ArrayList<>();
    Shape dstShape = layer.outputShape(shape);
    boolean image = dstShape.rank() > 2;
    MemoryFormat dstFormat = image ? format : CONTIGUOUS;
    try (layer;
        Tensor planes = Fixtures.reals(seed, "src", shape);
        Tensor src = planes.to(format);
        Tensor diffPlanes = Fixtures.reals(seed, "diff_dst", dstShape);
        Tensor diffDst = diffPlanes.to(dstFormat);
        Tensor into = Tensor.zeros(shape, format);
        Tensor again = Tensor.zeros(dstShape, dstFormat)) {
      try (Tensor dst = layer.forward(src);
          Tensor diffSrc = layer.backward(diffDst)) {
        assertEquals(dstFormat, dst.memoryFormat());
        assertEquals(format, diffSrc.memoryFormat());
        results.add(dst.toArray());
        results.add(diffSrc.toArray());
        layer.backward(diffDst, into);
        results.add(into.toArray());
      }
      for (Parameter parameter : layer.parameters()) {
        results.add(parameter.gradient().toArray());
      }
      layer.eval();
      try (Tensor dst = layer.forward(src)) {
        results.add(dst.toArray());
        layer.forward(src, again);
        assertArrayEquals(dst.toArray(), again.toArray());
      }
    }
    return results;
  }

  @ParameterizedTest
  @MethodSource("backends")
  void theNumbersAreThoseOfPlanes(Kernels kernels) {
    long seed = Fixtures.seed();
    for (Map.Entry<String, Supplier<Layer>> entry : layers(kernels).entrySet()) {
      for (Shape shape : SHAPES) {
        String name = entry.getKey();
        if (shape.rank() == 3 && name.equals("Sequential")) {
          continue; // its Flatten would give [C*H*W] rows to a loss that has no batch
        }
        Supplier<Layer> make = entry.getValue();
        List<float[]> expected = pass(make.get(), shape, CONTIGUOUS, seed);
        List<float[]> found = pass(make.get(), shape, CHANNELS_LAST, seed);
        assertEquals(expected.size(), found.size());
        for (int i = 0; i < expected.size(); i++) {
          String where = name + " " + shape + ", result " + i + ", seed " + seed;
          assertArrayEquals(expected.get(i), found.get(i), where);
        }
      }
    }
  }

  /** Plans are kept for each shape and each format. */
  @ParameterizedTest
  @MethodSource("backends")
  void oneLayerTakesBothFormatsInTurn(Kernels kernels) {
    try (Sequential net = network(kernels);
        Tensor planes = Fixtures.reals(1, "src", SHAPES.get(0));
        Tensor turned = planes.to(CHANNELS_LAST)) {
      for (int pass = 0; pass < 2; pass++) {
        net.eval();
        try (Tensor a = net.forward(planes);
            Tensor b = net.forward(turned);
            Tensor c = net.forward(planes)) {
          assertArrayEquals(a.toArray(), b.toArray());
          assertArrayEquals(a.toArray(), c.toArray());
        }
        net.train();
        net.forward(turned).close();
        net.forward(planes).close();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void indicesLieLikeTheImage(Kernels kernels) {
    Shape shape = Shape.of(2, 3, 6, 8);
    try (MaxPool2d pool = MaxPool2d.builder(2).kernels(kernels).build();
        AdaptiveMaxPool2d adaptive = new AdaptiveMaxPool2d(3, 4, kernels);
        Tensor planes = Fixtures.integers(2, "src", shape);
        Tensor turned = planes.to(CHANNELS_LAST);
        MaxPool2d.Result expected = pool.forwardWithIndices(planes);
        MaxPool2d.Result found = pool.forwardWithIndices(turned);
        MaxPool2d.Result same = adaptive.forwardWithIndices(turned)) {
      assertEquals(CHANNELS_LAST, found.indices().memoryFormat());
      assertEquals(CHANNELS_LAST, same.indices().memoryFormat());
      assertArrayEquals(expected.indices().toArray(), found.indices().toArray());
      assertArrayEquals(expected.indices().toArray(), same.indices().toArray());
      assertArrayEquals(expected.values().toArray(), found.values().toArray());
      try (Tensor dst = Tensor.zeros(found.values().shape(), CHANNELS_LAST);
          LongTensor indices = LongTensor.zeros(dst.shape(), CHANNELS_LAST);
          LongTensor ofPlanes = LongTensor.zeros(dst.shape())) {
        pool.forwardWithIndices(turned, dst, indices);
        assertArrayEquals(expected.indices().toArray(), indices.toArray());
        assertArrayEquals(expected.values().toArray(), dst.toArray());
        indices.set(new long[(int) indices.elements()]);
        adaptive.forwardWithIndices(turned, dst, indices);
        assertArrayEquals(expected.indices().toArray(), indices.toArray());
        refused("indices lies CONTIGUOUS", () -> pool.forwardWithIndices(turned, dst, ofPlanes));
        refused(
            "indices lies CONTIGUOUS", () -> adaptive.forwardWithIndices(turned, dst, ofPlanes));
      }
      MaxUnpool2d unpool = MaxUnpool2d.builder(2).kernels(kernels).build();
      try (Tensor back = unpool.forward(expected.values(), expected.indices());
          Tensor turnedBack = unpool.forward(found.values(), found.indices());
          Tensor diff = unpool.backward(turned, found.indices());
          Tensor diffPlanes = unpool.backward(planes, expected.indices())) {
        assertEquals(CHANNELS_LAST, turnedBack.memoryFormat());
        assertEquals(CHANNELS_LAST, diff.memoryFormat());
        assertArrayEquals(back.toArray(), turnedBack.toArray());
        assertArrayEquals(diffPlanes.toArray(), diff.toArray());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void lossesOfImages(Kernels kernels) {
    Shape shape = Shape.of(2, 3, 4, 5);
    CrossEntropyLoss entropy = CrossEntropyLoss.builder().kernels(kernels).build();
    MSELoss squares = new MSELoss(io.github.conv4j.nn.Reduction.MEAN, kernels);
    try (Tensor logits = Fixtures.reals(3, "logits", shape);
        Tensor other = Fixtures.reals(3, "other", shape);
        LongTensor classes = LongTensor.zeros(Shape.of(2, 4, 5));
        Tensor diff = Tensor.zeros(shape);
        Tensor logitsLast = logits.to(CHANNELS_LAST);
        Tensor otherLast = other.to(CHANNELS_LAST);
        Tensor diffLast = Tensor.zeros(shape, CHANNELS_LAST)) {
      long[] targets = new long[40];
      for (int i = 0; i < targets.length; i++) {
        targets[i] = i * 7 % 3;
      }
      classes.set(targets);
      assertEquals(
          entropy.forward(logits, classes, diff), entropy.forward(logitsLast, classes, diffLast));
      assertArrayEquals(diff.toArray(), diffLast.toArray());
      assertEquals(
          entropy.forward(logits, other, diff), entropy.forward(logitsLast, otherLast, diffLast));
      assertArrayEquals(diff.toArray(), diffLast.toArray());
      assertEquals(
          squares.forward(logits, other, diff), squares.forward(logitsLast, otherLast, diffLast));
      assertArrayEquals(diff.toArray(), diffLast.toArray());
      refused("target lies CONTIGUOUS", () -> squares.forward(logitsLast, other, diffLast));
      refused("diff_logits lies", () -> entropy.forward(logitsLast, classes, diff));
      refused("probabilities lies", () -> entropy.forward(logitsLast, other, diffLast));
      try (LongTensor turned = LongTensor.zeros(Shape.of(2, 4, 5), CHANNELS_LAST)) {
        refused("classes lies CHANNELS_LAST", () -> entropy.forward(logits, turned, diff));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void mixedFormatsAreRefusedByName(Kernels kernels) {
    Shape shape = Shape.of(2, 3, 8, 10);
    try (Conv2d conv = Conv2d.builder(3, 3, 3).padding(1).kernels(kernels).build();
        MaxPool2d pool = MaxPool2d.builder(1).kernels(kernels).build();
        BatchNorm2d norm = BatchNorm2d.builder(3).kernels(kernels).build();
        ReLU relu = new ReLU(kernels);
        Linear linear = Linear.builder(10, 4).kernels(kernels).build();
        Conv1d line = Conv1d.builder(8, 2, 3).kernels(kernels).build();
        MaxPool1d signals = MaxPool1d.builder(2).kernels(kernels).build();
        Tensor src = Tensor.zeros(shape, CHANNELS_LAST);
        Tensor dst = Tensor.zeros(shape);
        Tensor rows = Tensor.zeros(Shape.of(2, 3, 8, 4), CHANNELS_LAST);
        Tensor signal = Tensor.zeros(Shape.of(2, 8, 10), CHANNELS_LAST)) {
      for (Layer layer : List.of(conv, pool, norm, relu)) {
        refused("dst lies CONTIGUOUS", () -> layer.forward(src, dst));
        layer.forward(src).close();
      }
      for (Layer layer : List.of(conv, pool, norm)) {
        refused("diff_dst lies CONTIGUOUS", () -> layer.backward(dst));
      }
      refused("src lies CHANNELS_LAST; it must lie CONTIGUOUS", () -> linear.forward(src, rows));
      refused("and lies CHANNELS_LAST", () -> line.forward(signal));
      refused("lies CHANNELS_LAST", () -> signals.forward(signal));
    }
  }

  /** Twice 24 MiB of planes are leased for each pass, and given back. */
  @Test
  void noWorkspaceIsLeft() {
    Shape shape = Shape.of(2, 3, 1024, 1024);
    long large = shape.elements() * Float.BYTES;
    try (Tensor src = Tensor.zeros(shape, CHANNELS_LAST);
        Tensor dst = Tensor.zeros(shape, CHANNELS_LAST);
        MaxPool2d pool = MaxPool2d.builder(1).build();
        Softmax softmax = new Softmax(NativeKernels.instance())) {
      NativeKernels.releaseWorkspaces();
      long before = NativeApi.conv4j_allocated_bytes();
      for (Layer layer : List.of(pool.eval(), softmax.eval())) {
        for (int pass = 0; pass < 3; pass++) {
          layer.forward(src, dst);
        }
        long kept = NativeApi.conv4j_allocated_bytes() - before;
        assertTrue(kept >= large && kept < 3 * large, layer + " keeps " + kept + " bytes");
        NativeKernels.releaseWorkspaces();
        long left = NativeApi.conv4j_allocated_bytes() - before;
        assertTrue(left < large / 2, layer + " leaves " + left + " bytes");
      }
    }
  }

  private static void refused(String words, Executable call) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }
}
