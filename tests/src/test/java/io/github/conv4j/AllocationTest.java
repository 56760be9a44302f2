package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.kernel.Conv2dBackwardData;
import io.github.conv4j.kernel.Conv2dBackwardWeights;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.MaxPool2dBackward;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.MaxPoolOffsets;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.PreparedWeights;
import io.github.conv4j.nn.BatchNorm2d;
import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.Dropout;
import io.github.conv4j.nn.Flatten;
import io.github.conv4j.nn.Linear;
import io.github.conv4j.nn.MaxPool2d;
import io.github.conv4j.nn.Sequential;
import io.github.conv4j.nn.Softmax;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
   * Padded, unless the kernel is of one tap, so that each algorithm finds a geometry that it takes.
   */
  private static Conv2dGeometry geometry(String algorithm) {
    return algorithm.equals("pointwise")
        ? Conv2dGeometry.of(1, 8, 7, 9, 8, 1, 1)
        : Conv2dGeometry.of(1, 6, 7, 9, 8, 3, 3).withPadding(1, 1, 1, 1);
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
}
