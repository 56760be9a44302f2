package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.ReferenceKernels;
import io.github.conv4j.nn.BatchNorm2d;
import io.github.conv4j.nn.Buffer;
import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.CrossEntropyLoss;
import io.github.conv4j.nn.Dropout;
import io.github.conv4j.nn.Flatten;
import io.github.conv4j.nn.Layer;
import io.github.conv4j.nn.Linear;
import io.github.conv4j.nn.MaxPool2d;
import io.github.conv4j.nn.Parameter;
import io.github.conv4j.nn.ReLU;
import io.github.conv4j.nn.Sequential;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Layers in sequence: names, modes, folding, and steady loops that allocate nothing. */
class SequentialTest {
  private static final Shape SRC = Shape.of(4, 3, 12, 10);

  static List<Named<Kernels>> backends() {
    return Fixtures.backends();
  }

  private static Sequential network(Kernels k) {
    Sequential features =
        Sequential.of(
            Conv2d.builder(3, 6, 3).padding(1).bias(false).seed(1).kernels(k).build(),
            BatchNorm2d.builder(6).kernels(k).build(),
            new ReLU(k),
            Conv2d.builder(6, 8, 3).padding(1).seed(2).kernels(k).build(),
            new ReLU(k),
            MaxPool2d.builder(2).kernels(k).build());
    Sequential net =
        Sequential.builder()
            .add("features", features)
            .add(new Flatten())
            .add(new Dropout(0.5, 9, k))
            .add("head", Linear.builder(8 * 6 * 5, 10).seed(3).kernels(k).build())
            .build();
    BatchNorm2d norm = (BatchNorm2d) features.layers().get(1);
    norm.weight().set(new float[] {1, 2, -0.5f, 3, 0.25f, 1});
    norm.bias().set(new float[] {0, 1, 0.5f, -1, 2, 0.125f});
    norm.runningMean().set(new float[] {0.1f, -0.2f, 0.3f, 0, 0.05f, 1});
    norm.runningVar().set(new float[] {1, 2, 0.5f, 0.1f, 4, 0.75f});
    return net;
  }

  @Test
  void namesAreThoseOfPytorch() {
    try (Sequential net = network(NativeKernels.instance())) {
      assertEquals(
          List.of(
              "features.0.weight",
              "features.1.weight",
              "features.1.bias",
              "features.3.weight",
              "features.3.bias",
              "head.weight",
              "head.bias"),
          net.parameters().stream().map(Parameter::name).toList());
      assertEquals(
          List.of(
              "features.1.running_mean",
              "features.1.running_var",
              "features.1.num_batches_tracked"),
          net.buffers().stream().map(Buffer::name).toList());
      assertEquals(List.of("features", "1", "2", "head"), net.names());
      assertEquals(Shape.of(4, 10), net.outputShape(SRC));
    }
  }

  /** What the layers give one by one, in their present mode. */
  private static float[] oneByOne(Layer layer, Tensor src) {
    List<Tensor> made = new ArrayList<>();
    Tensor tensor = src;
    for (Layer step : flat(layer)) {
      tensor = step.forward(tensor);
      made.add(tensor);
    }
    float[] values = tensor.toArray();
    made.forEach(Tensor::close);
    return values;
  }

  private static List<Layer> flat(Layer layer) {
    if (!(layer instanceof Sequential sequential)) {
      return List.of(layer);
    }
    return sequential.layers().stream().flatMap(inner -> flat(inner).stream()).toList();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void foldingChangesTheResultByRoundingAlone(Kernels k) {
    long seed = Fixtures.seed();
    try (Sequential net = network(k);
        Tensor src = Fixtures.reals(seed, "src", SRC)) {
      List<float[]> before = net.parameters().stream().map(p -> p.value().toArray()).toList();
      net.eval();
      float[] expected = oneByOne(net, src);
      try (Tensor dst = net.forward(src)) {
        assertArrayEquals(expected, dst.toArray(), 2e-5f, () -> "seed " + seed);
      }
      for (int i = 0; i < before.size(); i++) {
        assertArrayEquals(before.get(i), net.parameters().get(i).value().toArray());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aFoldedNormalisationIsSeenAgainAfterEvalAlone(Kernels k) {
    try (Conv2d conv = Conv2d.builder(1, 1, 1).bias(false).kernels(k).build();
        BatchNorm2d norm = BatchNorm2d.builder(1).eps(0).kernels(k).build();
        Sequential net = Sequential.of(conv, norm, new ReLU(k));
        Tensor src = Tensor.of(new float[] {1, -3}, 1, 1, 1, 2)) {
      conv.weight().fill(2);
      norm.runningMean().fill(1);
      norm.runningVar().fill(4);
      norm.bias().fill(0.5f);
      net.eval();
      assertArrayEquals(new float[] {1, 0}, result(net, src)); // (2 - 1) / 2 + 0.5
      norm.bias().fill(7);
      assertArrayEquals(new float[] {1, 0}, result(net, src));
      net.eval();
      assertArrayEquals(new float[] {7.5f, 3.5f}, result(net, src));
      norm.bias().fill(0);
      net.train();
      assertArrayEquals(new float[] {1, 0}, result(net, src)); // normalised by the batch
      assertEquals(2, conv.weight().get(0));
    }
  }

  private static float[] result(Layer layer, Tensor src) {
    try (Tensor dst = layer.forward(src)) {
      return dst.toArray();
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aConvolutionWithItsOwnReluIsNotFolded(Kernels k) {
    try (Conv2d conv = Conv2d.builder(1, 1, 1).bias(false).relu(true).kernels(k).build();
        BatchNorm2d norm = BatchNorm2d.builder(1).eps(0).kernels(k).build();
        Sequential net = Sequential.of(conv, norm);
        Tensor src = Tensor.of(new float[] {1, -3}, 1, 1, 1, 2)) {
      conv.weight().fill(2);
      norm.bias().fill(-5);
      net.eval();
      assertArrayEquals(new float[] {-3, -5}, result(net, src));
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void trainingGivesWhatTheLayersGiveOneByOne(Kernels k) {
    long seed = Fixtures.seed();
    try (Sequential net = network(k);
        Sequential same = network(k);
        Tensor src = Fixtures.reals(seed, "src", SRC)) {
      float[] expected = oneByOne(same, src);
      assertArrayEquals(expected, result(net, src));
      assertArrayEquals(
          same.buffers().get(0).value().toArray(), net.buffers().get(0).value().toArray());
    }
  }

  @Test
  void bothBackendsGiveTheSameGradients() {
    long seed = Fixtures.seed();
    List<float[]> expected = gradients(ReferenceKernels.instance(), seed);
    List<float[]> found = gradients(NativeKernels.instance(), seed);
    for (int i = 0; i < expected.size(); i++) {
      int number = i;
      assertArrayEquals(
          expected.get(i), found.get(i), 2e-4f, () -> "parameter " + number + ", seed " + seed);
    }
  }

  /** Of all parameters after two passes, and of src. */
  private static List<float[]> gradients(Kernels k, long seed) {
    CrossEntropyLoss loss = CrossEntropyLoss.builder().kernels(k).labelSmoothing(0.1).build();
    try (Sequential net = network(k);
        Tensor src = Fixtures.reals(seed, "src", SRC);
        Tensor dst = Tensor.empty(net.outputShape(SRC));
        Tensor diff = Tensor.empty(dst.shape());
        Tensor diffSrc = Tensor.empty(SRC);
        LongTensor classes = LongTensor.zeros(Shape.of(SRC.dim(0)))) {
      classes.set(new long[] {3, 1, 4, 9});
      for (int pass = 0; pass < 2; pass++) {
        net.forward(src, dst);
        loss.forward(dst, classes, diff);
        net.backward(diff, diffSrc);
      }
      List<float[]> all = new ArrayList<>();
      net.parameters().forEach(parameter -> all.add(parameter.gradient().toArray()));
      all.add(diffSrc.toArray());
      return all;
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void oneLayerOrNoneWillDo(Kernels k) {
    try (Tensor src = Tensor.of(new float[] {1, -2, 3, -4}, 1, 1, 2, 2)) {
      for (Sequential net :
          List.of(Sequential.of(), Sequential.of(new Flatten()), Sequential.of(new Dropout(0)))) {
        for (boolean training : new boolean[] {true, false}) {
          Layer layer = training ? net.train() : net.eval();
          assertArrayEquals(src.toArray(), result(layer, src));
          if (training) {
            try (Tensor diff = layer.forward(src);
                Tensor back = layer.backward(diff)) {
              assertArrayEquals(src.toArray(), back.toArray());
              assertEquals(src.shape(), back.shape());
            }
          }
        }
        net.close();
      }
    }
  }

  /** Bytes on the Java heap and blocks outside it that a call of the loop takes. */
  private static void assertAllocatesNothing(Runnable loop) {
    ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int i = 0; i < 2000; i++) {
      loop.run();
    }
    int calls = 500;
    long blocks = NativeApi.conv4j_allocation_count();
    long before = bean.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < calls; i++) {
      loop.run();
    }
    long bytes = bean.getCurrentThreadAllocatedBytes() - before;
    assertEquals(0, NativeApi.conv4j_allocation_count() - blocks, "blocks outside the heap");
    // The measurement itself and a recompilation now and then take some; a tensor a call takes
    // more.
    assertTrue(bytes < calls * 16L, bytes + " bytes in " + calls + " calls");
  }

  @Test
  void aSteadyLoopAllocatesNothing() {
    Kernels k = NativeKernels.instance();
    CrossEntropyLoss loss = CrossEntropyLoss.builder().kernels(k).build();
    try (Sequential net = network(k);
        Tensor src = Fixtures.reals(1, "src", SRC);
        Tensor dst = Tensor.empty(net.outputShape(SRC));
        Tensor diff = Tensor.empty(dst.shape());
        LongTensor classes = LongTensor.zeros(Shape.of(SRC.dim(0)))) {
      assertAllocatesNothing(
          () -> {
            net.forward(src, dst);
            loss.forward(dst, classes, diff);
            net.backward(diff, null);
          });
      net.eval();
      assertAllocatesNothing(() -> net.forward(src, dst));
    }
  }

  @Test
  void manyThreadsMayEvaluateAtOnce() throws Exception {
    Kernels k = NativeKernels.instance();
    ExecutorService executor = Executors.newFixedThreadPool(6);
    try (Sequential net = network(k)) {
      net.eval();
      List<Future<Boolean>> done = new ArrayList<>();
      for (int caller = 0; caller < 6; caller++) {
        int number = caller;
        done.add(
            executor.submit(
                () -> {
                  Shape shape = number % 2 == 0 ? SRC : Shape.of(1, 3, 12, 10);
                  try (Tensor src = Fixtures.reals(number, "src", shape);
                      Tensor dst = Tensor.empty(net.outputShape(shape))) {
                    net.forward(src, dst);
                    float[] once = dst.toArray();
                    for (int i = 0; i < 100; i++) {
                      dst.fill(Float.NaN);
                      net.forward(src, dst);
                      assertArrayEquals(once, dst.toArray());
                    }
                  }
                  return true;
                }));
      }
      for (Future<Boolean> result : done) {
        assertTrue(result.get());
      }
    } finally {
      executor.shutdown();
    }
  }

  @Test
  void trainingLowersTheLoss() {
    Kernels k = NativeKernels.instance();
    CrossEntropyLoss loss = CrossEntropyLoss.builder().kernels(k).build();
    try (Sequential net =
            Sequential.of(
                Conv2d.builder(3, 6, 3).padding(1).bias(false).seed(1).kernels(k).build(),
                BatchNorm2d.builder(6).kernels(k).build(),
                new ReLU(k),
                new Flatten(),
                Linear.builder(6 * 12 * 10, 3).seed(3).kernels(k).build());
        Tensor src = Fixtures.reals(1, "src", SRC);
        Tensor dst = Tensor.empty(net.outputShape(SRC));
        Tensor diff = Tensor.empty(dst.shape());
        LongTensor classes = LongTensor.zeros(Shape.of(4))) {
      classes.set(new long[] {0, 1, 2, 1});
      net.forward(src, dst);
      double first = loss.forward(dst, classes);
      double last = first;
      for (int step = 0; step < 20; step++) {
        net.zeroGrad();
        net.forward(src, dst);
        last = loss.forward(dst, classes, diff);
        net.backward(diff, null);
        for (Parameter parameter : net.parameters()) {
          k.axpy(-0.05f, parameter.gradient(), parameter.value());
        }
      }
      assertTrue(last < first / 4, first + " became " + last);
    }
  }

  @Test
  void badArgumentsAreRefused() {
    Kernels k = NativeKernels.instance();
    ReLU relu = new ReLU(k);
    for (String name : List.of("", "a.b")) {
      assertThrows(
          IllegalArgumentException.class, () -> Sequential.builder().add(name, new Flatten()));
    }
    assertThrows(IllegalArgumentException.class, () -> Sequential.of(relu, relu));
    assertThrows(
        IllegalArgumentException.class,
        () -> Sequential.builder().add("a", new Flatten()).add("a", new ReLU(k)));
    try (Sequential net = network(k);
        Tensor src = Tensor.zeros(SRC);
        Tensor wrong = Tensor.zeros(4, 11)) {
      for (Layer mode : List.of(net.train(), net.eval())) {
        IllegalArgumentException refused =
            assertThrows(IllegalArgumentException.class, () -> mode.forward(src, wrong));
        assertTrue(refused.getMessage().contains("[4, 10]"), refused.getMessage());
      }
      assertThrows(IllegalStateException.class, () -> net.backward(wrong));
      Sequential closed = network(k);
      closed.close();
      assertThrows(IllegalStateException.class, () -> closed.forward(src));
      Sequential closedInEvaluation = network(k).eval();
      closedInEvaluation.close();
      assertThrows(IllegalStateException.class, () -> closedInEvaluation.forward(src));
    }
  }
}
