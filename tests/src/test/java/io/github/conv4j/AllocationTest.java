package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.kernel.AdaptiveMaxPool2dForward;
import io.github.conv4j.kernel.AdaptivePool2dGeometry;
import io.github.conv4j.kernel.AvgPool2dBackward;
import io.github.conv4j.kernel.AvgPool2dForward;
import io.github.conv4j.kernel.AvgPool2dGeometry;
import io.github.conv4j.kernel.Conv2dBackwardData;
import io.github.conv4j.kernel.Conv2dBackwardWeights;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.ConvTranspose2dBackwardData;
import io.github.conv4j.kernel.ConvTranspose2dBackwardWeights;
import io.github.conv4j.kernel.ConvTranspose2dForward;
import io.github.conv4j.kernel.ConvTranspose2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.MaxPool2dBackward;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.MaxPoolOffsets;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.PreparedWeights;
import io.github.conv4j.nn.AdaptiveAvgPool2d;
import io.github.conv4j.nn.AdaptiveMaxPool2d;
import io.github.conv4j.nn.AvgPool1d;
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
import io.github.conv4j.nn.ReLU;
import io.github.conv4j.nn.Sequential;
import io.github.conv4j.nn.Sigmoid;
import io.github.conv4j.nn.Softmax;
import io.github.conv4j.nn.Tanh;
import io.github.conv4j.optim.Adam;
import io.github.conv4j.optim.Optimizer;
import io.github.conv4j.optim.SGD;
import io.github.conv4j.optim.Schedule;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A steady loop allocates neither native memory nor Java objects. */
class AllocationTest {
  private static final int WARM_UP = 3000;
  private static final int CALLS = 1000;

  /** Over all calls: what the virtual machine itself may do on this thread meanwhile. */
  private static final long FEW_BYTES = 1024;

  private static final Kernels KERNELS = NativeKernels.instance();
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private int threads;

  @BeforeEach
  void useTwoThreads() {
    threads = Conv4j.threads();
    Conv4j.setThreads(2);
  }

  @AfterEach
  void restore() {
    Conv4j.setThreads(threads);
  }

  static List<String> forward() {
    return NativeKernels.conv2dAlgorithms(Direction.FORWARD);
  }

  static List<String> backwardData() {
    return NativeKernels.conv2dAlgorithms(Direction.BACKWARD_DATA);
  }

  static List<String> backwardWeights() {
    return NativeKernels.conv2dAlgorithms(Direction.BACKWARD_WEIGHTS);
  }

  private static void assertAllocatesNothing(Runnable call) {
    for (int i = 0; i < WARM_UP; i++) {
      call.run();
    }
    long least = Long.MAX_VALUE;
    // A compilation that ends just now may cost some bytes once, not three times.
    for (int attempt = 0; attempt < 3 && least > FEW_BYTES; attempt++) {
      long blocks = NativeApi.conv4j_allocation_count();
      long bytes = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < CALLS; i++) {
        call.run();
      }
      least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - bytes);
      assertEquals(blocks, NativeApi.conv4j_allocation_count(), "native allocations");
    }
    assertTrue(least <= FEW_BYTES, least + " bytes of Java objects in " + CALLS + " calls");
  }

  /**
   * Padded, unless the kernel is of one tap, and strided where the algorithm is for that alone, so
   * that each algorithm finds a geometry that it takes.
   */
  private static Conv2dGeometry geometry(String algorithm) {
    if (algorithm.equals("pointwise")) {
      return Conv2dGeometry.of(1, 8, 7, 9, 8, 1, 1);
    }
    Conv2dGeometry padded = Conv2dGeometry.of(1, 6, 7, 9, 8, 3, 3).withPadding(1, 1, 1, 1);
    return algorithm.equals("parity") ? padded.withStride(2, 2) : padded;
  }

  @ParameterizedTest
  @MethodSource("forward")
  void convolutionForward(String algorithm) {
    Conv2dGeometry g = geometry(algorithm);
    Conv2dForward plan = KERNELS.conv2dForward(g, PlanOptions.DEFAULT.withAlgorithm(algorithm));
    try (Tensor src = Tensor.zeros(g.srcShape());
        Tensor weights = Tensor.zeros(g.weightsShape());
        Tensor bias = Tensor.zeros(g.biasShape());
        Tensor dst = Tensor.zeros(g.dstShape());
        PreparedWeights prepared = plan.prepare(weights)) {
      assertAllocatesNothing(() -> plan.run(src, prepared, bias, dst));
      assertAllocatesNothing(() -> plan.prepare(weights, prepared));
    }
  }

  @ParameterizedTest
  @MethodSource("backwardData")
  void convolutionBackwardData(String algorithm) {
    Conv2dGeometry g = geometry(algorithm);
    Conv2dBackwardData plan =
        KERNELS.conv2dBackwardData(g, PlanOptions.DEFAULT.withAlgorithm(algorithm));
    try (Tensor diffDst = Tensor.zeros(g.dstShape());
        Tensor weights = Tensor.zeros(g.weightsShape());
        Tensor diffSrc = Tensor.zeros(g.srcShape());
        PreparedWeights prepared = plan.prepare(weights)) {
      assertAllocatesNothing(() -> plan.run(diffDst, prepared, diffSrc));
      assertAllocatesNothing(() -> plan.prepare(weights, prepared));
    }
  }

  @ParameterizedTest
  @MethodSource("backwardWeights")
  void convolutionBackwardWeights(String algorithm) {
    Conv2dGeometry g = geometry(algorithm);
    Conv2dBackwardWeights plan =
        KERNELS.conv2dBackwardWeights(g, PlanOptions.DEFAULT.withAlgorithm(algorithm));
    try (Tensor src = Tensor.zeros(g.srcShape());
        Tensor diffDst = Tensor.zeros(g.dstShape());
        Tensor diffWeights = Tensor.zeros(g.weightsShape());
        Tensor diffBias = Tensor.zeros(g.biasShape())) {
      assertAllocatesNothing(() -> plan.run(src, diffDst, diffWeights, diffBias));
    }
  }

  @Test
  void maxPooling() {
    Pool2dGeometry g = Pool2dGeometry.of(1, 5, 9, 11, 3, 2, 2, 1).withPadding(1, 1, 1, 1);
    MaxPool2dForward forward = KERNELS.maxPool2dForward(g, PlanOptions.DEFAULT);
    MaxPool2dBackward backward = KERNELS.maxPool2dBackward(g, PlanOptions.DEFAULT);
    try (Tensor src = Tensor.zeros(g.srcShape());
        Tensor dst = Tensor.zeros(g.dstShape());
        Tensor diffSrc = Tensor.zeros(g.srcShape());
        LongTensor indices = LongTensor.zeros(g.dstShape());
        MaxPoolOffsets offsets = forward.newOffsets()) {
      assertAllocatesNothing(() -> forward.run(src, dst, null));
      assertAllocatesNothing(() -> forward.run(src, dst, offsets));
      assertAllocatesNothing(() -> backward.run(dst, offsets, diffSrc));
      assertAllocatesNothing(() -> offsets.toIndices(indices));
    }
  }

  @Test
  void channelsLast() {
    try (Sequential net =
            Sequential.of(
                Conv2d.builder(3, 4, 3).padding(1).relu(true).build(),
                BatchNorm2d.builder(4).build(),
                MaxPool2d.builder(2).build(),
                new Dropout(0.5, 1),
                new Softmax(),
                new Flatten(),
                Linear.builder(80, 2).build());
        Tensor src = Tensor.zeros(Shape.of(2, 3, 8, 10), MemoryFormat.CHANNELS_LAST);
        Tensor dst = Tensor.zeros(2, 2);
        Tensor diffSrc = Tensor.zeros(src.shape(), MemoryFormat.CHANNELS_LAST)) {
      assertAllocatesNothing(
          () -> {
            net.forward(src, dst);
            net.backward(dst, diffSrc);
          });
      net.eval();
      assertAllocatesNothing(() -> net.forward(src, dst));
    }
  }

  /** Two megabytes, two, a half and a half between the layers: the block is of four. */
  @Test
  void evaluationKeepsTwoNeighboursAtATime() {
    try (Sequential net =
            Sequential.of(
                new ReLU(),
                new Tanh(),
                AvgPool2d.builder(2).build(),
                new ReLU(),
                new Flatten(),
                new Sigmoid());
        Tensor src = Fixtures.reals(Fixtures.seed(), "src", Shape.of(1, 8, 256, 256));
        Tensor expected = net.forward(src);
        Tensor dst = Tensor.empty(expected.shape())) {
      net.eval();
      NativeKernels.releaseWorkspaces();
      long before = NativeApi.conv4j_allocated_bytes();
      net.forward(src, dst);
      NativeKernels.releaseWorkspaces();
      long kept = NativeApi.conv4j_allocated_bytes() - before;
      assertTrue(kept >= 4L << 20 && kept < (4L << 20) + 4096, "bytes kept: " + kept);
      assertArrayEquals(expected.toArray(), dst.toArray());
      net.train();
      assertEquals(before, NativeApi.conv4j_allocated_bytes());
    }
  }

  @Test
  void elementwise() {
    try (Tensor x = Tensor.zeros(3, 50);
        Tensor y = Tensor.zeros(3, 50);
        Tensor z = Tensor.zeros(3, 50)) {
      assertAllocatesNothing(() -> KERNELS.axpy(0.5f, x, y));
      assertAllocatesNothing(() -> KERNELS.reluBackward(x, y, z));
    }
  }

  @Test
  void transposedConvolution() {
    ConvTranspose2dGeometry g =
        ConvTranspose2dGeometry.of(2, 4, 5, 6, 6, 3, 2).withStride(2, 1).withGroups(2);
    ConvTranspose2dForward forward = KERNELS.convTranspose2dForward(g, PlanOptions.DEFAULT);
    ConvTranspose2dBackwardData data = KERNELS.convTranspose2dBackwardData(g, PlanOptions.DEFAULT);
    ConvTranspose2dBackwardWeights forWeights =
        KERNELS.convTranspose2dBackwardWeights(g, PlanOptions.DEFAULT);
    try (Tensor src = Tensor.zeros(g.srcShape());
        Tensor dst = Tensor.zeros(g.dstShape());
        Tensor weights = Tensor.zeros(g.weightsShape());
        Tensor bias = Tensor.zeros(g.biasShape());
        PreparedWeights forForward = forward.prepare(weights);
        PreparedWeights forData = data.prepare(weights)) {
      assertAllocatesNothing(() -> forward.run(src, forForward, bias, dst));
      assertAllocatesNothing(() -> forward.prepare(weights, forForward));
      assertAllocatesNothing(() -> data.run(dst, forData, src));
      assertAllocatesNothing(() -> forWeights.run(src, dst, weights, bias));
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyPaddingMode(PaddingMode mode) {
    Conv2dGeometry g = Conv2dGeometry.of(2, 4, 7, 9, 6, 3, 3).withPadding(1, 2, 0, 1);
    PlanOptions options = PlanOptions.DEFAULT.withPaddingMode(mode);
    Conv2dForward forward = KERNELS.conv2dForward(g, options.withRelu(true));
    Conv2dBackwardData data = KERNELS.conv2dBackwardData(g, options);
    Conv2dBackwardWeights forWeights = KERNELS.conv2dBackwardWeights(g, options);
    try (Tensor src = Tensor.zeros(g.srcShape());
        Tensor dst = Tensor.zeros(g.dstShape());
        Tensor weights = Tensor.zeros(g.weightsShape());
        PreparedWeights forForward = forward.prepare(weights);
        PreparedWeights forData = data.prepare(weights)) {
      assertAllocatesNothing(() -> forward.run(src, forForward, null, dst));
      assertAllocatesNothing(() -> data.run(dst, forData, src));
      assertAllocatesNothing(() -> forWeights.run(src, dst, weights, null));
    }
  }

  @Test
  void otherPoolings() {
    Pool2dGeometry g = Pool2dGeometry.of(2, 3, 9, 11, 3, 2, 2, 1).withPadding(1, 1, 1, 1);
    PlanOptions options = PlanOptions.DEFAULT;
    MaxPool2dForward min = KERNELS.minPool2dForward(g, options);
    AdaptivePool2dGeometry adaptive = new AdaptivePool2dGeometry(2, 3, 9, 11, 4, 5);
    AdaptiveMaxPool2dForward max = KERNELS.adaptiveMaxPool2dForward(adaptive, options);
    try (Tensor src = Tensor.zeros(g.srcShape());
        Tensor dst = Tensor.zeros(g.dstShape());
        Tensor small = Tensor.zeros(adaptive.dstShape());
        LongTensor indices = LongTensor.zeros(adaptive.dstShape());
        MaxPoolOffsets offsets = min.newOffsets()) {
      assertAllocatesNothing(() -> min.run(src, dst, offsets));
      for (AvgPool2dGeometry average :
          List.of(AvgPool2dGeometry.of(g), AvgPool2dGeometry.of(g).withDivisorOverride(-3))) {
        AvgPool2dForward forward = KERNELS.avgPool2dForward(average, options);
        AvgPool2dBackward backward = KERNELS.avgPool2dBackward(average, options);
        assertAllocatesNothing(() -> forward.run(src, dst));
        assertAllocatesNothing(() -> backward.run(dst, src));
      }
      AvgPool2dForward forward = KERNELS.avgPool2dForward(adaptive, options);
      AvgPool2dBackward backward = KERNELS.avgPool2dBackward(adaptive, options);
      assertAllocatesNothing(() -> forward.run(src, small));
      assertAllocatesNothing(() -> backward.run(small, src));
      assertAllocatesNothing(() -> max.run(src, small, indices));
      assertAllocatesNothing(() -> KERNELS.adaptiveMaxPool2dBackward(small, indices, src));
      assertAllocatesNothing(() -> KERNELS.maxUnpool2d(small, indices, src));
      assertAllocatesNothing(() -> KERNELS.maxUnpool2dBackward(src, indices, small));
    }
  }

  @Test
  void readingAndWritingElements() {
    float[] values = new float[150];
    try (Tensor tensor = Tensor.zeros(3, 50)) {
      assertAllocatesNothing(
          () -> {
            tensor.set(7, tensor.get(8));
            tensor.set(values);
            tensor.copyTo(values);
          });
    }
  }

  /** Every layer, with a shape of its input. */
  static List<Arguments> layers() {
    Shape image = Shape.of(2, 4, 8, 10);
    Shape signal = Shape.of(2, 4, 10);
    return List.of(
        Arguments.of(Conv2d.builder(4, 6, 3).padding(1).groups(2).relu(true).build(), image),
        Arguments.of(Conv1d.builder(4, 6, 3).padding(1).build(), signal),
        Arguments.of(ConvTranspose2d.builder(4, 3, 2).stride(2).build(), image),
        Arguments.of(Linear.builder(10, 7).build(), image),
        Arguments.of(MaxPool2d.builder(3, 2).padding(1).build(), image),
        Arguments.of(MinPool2d.builder(2).build(), Shape.of(4, 8, 10)),
        Arguments.of(AvgPool2d.builder(2, 3).ceilMode(true).build(), image),
        Arguments.of(new AdaptiveAvgPool2d(3, 4), image),
        Arguments.of(new AdaptiveMaxPool2d(3, 4), image),
        Arguments.of(MaxPool1d.builder(3).stride(2).build(), signal),
        Arguments.of(AvgPool1d.builder(3).padding(1).build(), Shape.of(4, 10)),
        Arguments.of(BatchNorm2d.builder(4).build(), image),
        Arguments.of(new ReLU(), image),
        Arguments.of(new Tanh(), image),
        Arguments.of(new Sigmoid(), image),
        Arguments.of(new Softmax(), image),
        Arguments.of(new LogSoftmax(), Shape.of(3, 7)),
        Arguments.of(new Dropout(0.5, 3), image),
        Arguments.of(new Flatten(), image));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("layers")
  void everyLayer(Layer layer, Shape shape) {
    assertAllocatesNothing(layer, shape, MemoryFormat.CONTIGUOUS);
  }

  /** Every layer of images. */
  static List<Arguments> layersOfImages() {
    return layers().stream().filter(layer -> takesChannelsLast(layer.get()[0])).toList();
  }

  private static boolean takesChannelsLast(Object layer) {
    return !(layer instanceof Conv1d
        || layer instanceof MaxPool1d
        || layer instanceof AvgPool1d
        || layer instanceof Linear);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("layersOfImages")
  void everyLayerOfImagesChannelsLast(Layer layer, Shape shape) {
    assertAllocatesNothing(layer, shape, MemoryFormat.CHANNELS_LAST);
  }

  /** Of either format, if the rank allows it. */
  private static Tensor zeros(Shape shape, MemoryFormat format) {
    return shape.rank() < 3 ? Tensor.zeros(shape) : Tensor.zeros(shape, format);
  }

  private static void assertAllocatesNothing(Layer layer, Shape shape, MemoryFormat format) {
    try (layer;
        Tensor src = zeros(shape, format);
        Tensor dst = zeros(layer.outputShape(shape), format);
        Tensor diffSrc = zeros(shape, format);
        Tensor diffDst = zeros(dst.shape(), format)) {
      assertAllocatesNothing(
          () -> {
            layer.zeroGrad();
            layer.forward(src, dst);
            layer.backward(diffDst, diffSrc);
          });
      layer.eval();
      assertAllocatesNothing(() -> layer.forward(src, dst));
    }
  }

  @ParameterizedTest
  @EnumSource
  void valuesWithIndices(MemoryFormat format) {
    try (MaxPool2d max = MaxPool2d.builder(2).build();
        MinPool2d min = MinPool2d.builder(2).build();
        AdaptiveMaxPool2d adaptive = new AdaptiveMaxPool2d(4, 5);
        Tensor src = Tensor.zeros(Shape.of(2, 3, 8, 10), format);
        Tensor dst = Tensor.zeros(Shape.of(2, 3, 4, 5), format);
        LongTensor indices = LongTensor.zeros(dst.shape(), format)) {
      assertAllocatesNothing(() -> max.forwardWithIndices(src, dst, indices));
      assertAllocatesNothing(() -> min.forwardWithIndices(src, dst, indices));
      assertAllocatesNothing(() -> adaptive.forwardWithIndices(src, dst, indices));
      MaxUnpool2d unpool = MaxUnpool2d.builder(2).build();
      assertAllocatesNothing(() -> unpool.forward(dst, indices, src));
      assertAllocatesNothing(() -> unpool.backward(src, indices, dst));
    }
  }

  @Test
  void valuesWithIndicesOfSignals() {
    try (MaxPool1d signal = MaxPool1d.builder(2).build();
        Tensor row = Tensor.zeros(2, 3, 10);
        Tensor half = Tensor.zeros(2, 3, 5);
        LongTensor at = LongTensor.zeros(half.shape())) {
      assertAllocatesNothing(() -> signal.forwardWithIndices(row, half, at));
    }
  }

  @Test
  void aTransposedConvolutionOfAGivenSize() {
    try (ConvTranspose2d layer = ConvTranspose2d.builder(2, 3, 3).stride(3, 2).padding(1).build();
        Tensor src = Tensor.zeros(2, 2, 4, 5);
        Tensor dst = Tensor.zeros(2, 3, 12, 10)) {
      assertAllocatesNothing(() -> layer.forward(src, 12, 10, dst));
      layer.eval();
      assertAllocatesNothing(() -> layer.forward(src, 12, 10, dst));
    }
  }

  @Test
  void losses() {
    CrossEntropyLoss mean = new CrossEntropyLoss();
    MSELoss squares = new MSELoss();
    try (Tensor logits = Tensor.zeros(2, 5, 3);
        Tensor probabilities = Tensor.zeros(2, 5, 3);
        Tensor gradient = Tensor.zeros(2, 5, 3);
        Tensor weights = Tensor.zeros(5);
        LongTensor classes = LongTensor.zeros(Shape.of(2, 3))) {
      CrossEntropyLoss weighted =
          CrossEntropyLoss.builder().weight(weights).labelSmoothing(0.1).build();
      assertAllocatesNothing(() -> mean.forward(logits, classes, gradient));
      assertAllocatesNothing(() -> mean.forward(logits, classes));
      assertAllocatesNothing(() -> weighted.forward(logits, classes, gradient));
      assertAllocatesNothing(() -> weighted.forward(logits, probabilities, gradient));
      assertAllocatesNothing(() -> mean.forward(logits, probabilities));
      assertAllocatesNothing(() -> squares.forward(logits, probabilities, gradient));
      assertAllocatesNothing(() -> squares.forward(logits, probabilities));
    }
  }

  @Test
  void aTrainingStepOfLayers() {
    try (Conv2d conv = Conv2d.builder(3, 4, 3).padding(1).relu(true).build();
        MaxPool2d pool = MaxPool2d.builder(2).build();
        Tensor src = Tensor.zeros(2, 3, 8, 10);
        Tensor map = Tensor.zeros(2, 4, 8, 10);
        Tensor dst = Tensor.zeros(2, 4, 4, 5);
        Tensor diffDst = Tensor.zeros(2, 4, 4, 5);
        Tensor diffMap = Tensor.zeros(2, 4, 8, 10);
        Tensor diffSrc = Tensor.zeros(2, 3, 8, 10)) {
      assertAllocatesNothing(
          () -> {
            conv.forward(src, map);
            pool.forward(map, dst);
            pool.backward(diffDst, diffMap);
            conv.backward(diffMap, diffSrc);
          });
    }
  }

  @Test
  void inferenceOfLayers() {
    try (Conv2d conv = Conv2d.builder(3, 4, 3).padding(1).relu(true).build().eval();
        MaxPool2d pool = MaxPool2d.builder(2).build().eval();
        Tensor src = Tensor.zeros(2, 3, 8, 10);
        Tensor map = Tensor.zeros(2, 4, 8, 10);
        Tensor dst = Tensor.zeros(2, 4, 4, 5)) {
      assertAllocatesNothing(
          () -> {
            conv.forward(src, map);
            pool.forward(map, dst);
          });
    }
  }

  @Test
  void stepsOfOptimizers() {
    try (Linear linear = Linear.builder(7, 5).build();
        Optimizer sgd = SGD.builder(linear.parameters()).momentum(0.9).nesterov(true).build();
        Optimizer adam = Adam.builder(linear.parameters()).build()) {
      Schedule schedule = Schedule.warmUp(0.1, 10).then(10, Schedule.cosine(1000, 0));
      linear.parameters().forEach(parameter -> parameter.gradient().fill(0.5f));
      assertAllocatesNothing(
          () -> {
            sgd.learningRate(schedule.rate(1e-3, sgd.steps()));
            sgd.clipGradNorm(0.1);
            sgd.clipGradValue(0.01);
            sgd.step();
            adam.step();
          });
      assertTrue(sgd.steps() > WARM_UP && adam.steps() == sgd.steps());
    }
  }
}
