package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.MaxPoolOffsets;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.PreparedWeights;
import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.Layer;
import io.github.conv4j.nn.MaxPool2d;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** When memory goes, and what a use after that does. */
class TensorLifetimeTest {
  /** 64 MiB, so that nothing else that happens in the process hides it. */
  private static final Shape LARGE = Shape.of(16, 1 << 20);

  private static final long LARGE_BYTES = 64L << 20;

  @BeforeAll
  static void load() {
    assertEquals("", Conv4j.nativeProblem());
  }

  static List<Named<Kernels>> backends() {
    return Fixtures.backends();
  }

  /** Waits for the garbage collector and the cleaners; false if that takes very long. */
  private static boolean comesTrue(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 400; i++) {
      if (condition.getAsBoolean()) {
        return true;
      }
      System.gc();
      Thread.sleep(10);
    }
    return false;
  }

  private static boolean isFreed(long before) {
    return NativeApi.conv4j_allocated_bytes() < before + LARGE_BYTES / 2;
  }

  @Test
  void closingFreesAtOnce() {
    long before = NativeApi.conv4j_allocated_bytes();
    Tensor tensor = Tensor.empty(LARGE);
    assertTrue(NativeApi.conv4j_allocated_bytes() >= before + LARGE_BYTES / 2);
    tensor.close();
    assertTrue(isFreed(before));
    assertTrue(tensor.isClosed());
  }

  @Test
  void closingTwiceFreesOnce() {
    long before = NativeApi.conv4j_allocated_bytes();
    Tensor first = Tensor.empty(LARGE);
    first.close();
    try (Tensor second = Tensor.empty(LARGE)) {
      first.close();
      assertFalse(second.isClosed());
      assertTrue(NativeApi.conv4j_allocated_bytes() >= before + LARGE_BYTES / 2);
      second.set(0, 1);
      assertEquals(1, second.get(0));
    }
    LongTensor longs = LongTensor.zeros(Shape.of(2));
    longs.close();
    longs.close();
    assertTrue(longs.isClosed());
  }

  @Test
  void aViewOutlivesTheTensor() throws InterruptedException {
    long before = NativeApi.conv4j_allocated_bytes();
    FloatBuffer view = partOfAClosedTensor();
    for (int i = 0; i < 10; i++) {
      System.gc();
      Thread.sleep(5);
    }
    // Whatever is allocated now does not get that memory.
    try (Tensor other = Fixtures.filled(9, LARGE)) {
      assertEquals(9, other.get(0));
      for (int i = 0; i < view.capacity(); i++) {
        assertEquals(i, view.get(i));
      }
      view.put(3, -5);
      assertEquals(-5, view.get(3));
    }
    assertFalse(isFreed(before), "the memory under a view was freed");
    view = null;
    assertTrue(comesTrue(() -> isFreed(before)), "the memory stays though its view is gone");
  }

  /** A part of a view of a view: only the base buffer owns the memory. */
  private static FloatBuffer partOfAClosedTensor() {
    Tensor tensor = Tensor.empty(LARGE);
    FloatBuffer all = tensor.buffer();
    for (int i = 0; i < 100_000; i++) {
      all.put(1000 + i, i);
    }
    tensor.close();
    assertTrue(tensor.isClosed());
    return all.duplicate().position(1000).limit(101_000).slice();
  }

  @Test
  void aViewOfALongTensorOutlivesIt() {
    LongTensor tensor = LongTensor.zeros(Shape.of(1000));
    LongBuffer view = tensor.buffer();
    tensor.set(new long[1000]);
    view.put(7, 1L << 40);
    tensor.close();
    System.gc();
    assertEquals(1L << 40, view.get(7));
    assertThrows(IllegalStateException.class, tensor::buffer);
  }

  @Test
  void aForgottenTensorIsFreed() throws InterruptedException {
    long before = NativeApi.conv4j_allocated_bytes();
    for (int i = 0; i < 4; i++) {
      Tensor.empty(LARGE);
    }
    assertTrue(comesTrue(() -> isFreed(before)));
  }

  @Test
  void forgottenWeightsAndOffsetsAreFreed() throws InterruptedException {
    long before = NativeApi.conv4j_allocated_bytes();
    Conv2dGeometry g = Conv2dGeometry.of(1, 4096, 3, 3, 4096, 1, 1);
    try (Tensor weights = Tensor.empty(g.weightsShape())) {
      NativeKernels.instance().conv2dForward(g, PlanOptions.DEFAULT).prepare(weights);
    }
    Pool2dGeometry pool = Pool2dGeometry.of(1, 16, 4096, 1024, 1, 1, 1, 1);
    NativeKernels.instance().maxPool2dForward(pool, PlanOptions.DEFAULT).newOffsets();
    assertTrue(comesTrue(() -> isFreed(before)));
  }

  @Test
  void aForgottenTensorIsReportedWhenAskedFor() throws InterruptedException {
    BlockingQueue<String> messages = new LinkedBlockingQueue<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord message) {
            messages.add(message.getMessage() + " " + List.of(message.getParameters()));
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger("io.github.conv4j");
    boolean parents = logger.getUseParentHandlers();
    logger.setUseParentHandlers(false);
    logger.addHandler(handler);
    System.setProperty("conv4j.leaks", "true");
    try {
      Tensor.empty(Shape.of(12_345));
      assertTrue(
          comesTrue(
              () ->
                  messages.stream()
                      .anyMatch(text -> text.contains("tensor") && text.contains("49380"))),
          messages::toString);
    } finally {
      System.clearProperty("conv4j.leaks");
      logger.removeHandler(handler);
      logger.setUseParentHandlers(parents);
    }
  }

  @Test
  void aClosedTensorRefusesEveryUse() {
    Tensor tensor = Tensor.of(new float[] {1, 2}, 2);
    tensor.close();
    Map<String, Consumer<Tensor>> uses =
        Map.of(
            "get", t -> t.get(0),
            "set", t -> t.set(0, 1),
            "set all", t -> t.set(new float[2]),
            "fill", t -> t.fill(0),
            "copyTo", t -> t.copyTo(new float[2]),
            "toArray", Tensor::toArray,
            "buffer", Tensor::buffer,
            "part of the buffer", t -> t.buffer(0, 1));
    uses.forEach(
        (name, use) -> {
          IllegalStateException refused =
              assertThrows(IllegalStateException.class, () -> use.accept(tensor), name);
          assertTrue(refused.getMessage().contains("closed"), refused.getMessage());
        });
    // What does not touch the memory still works.
    assertEquals(Shape.of(2), tensor.shape());
    assertEquals(2, tensor.elements());
    LongTensor longs = LongTensor.zeros(Shape.of(2));
    longs.close();
    assertThrows(IllegalStateException.class, () -> longs.get(0));
    assertThrows(IllegalStateException.class, () -> longs.set(new long[2]));
    assertThrows(IllegalStateException.class, longs::toArray);
    assertThrows(IllegalStateException.class, longs::buffer);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void closedWeightsAndOffsetsRefuseEveryUse(Kernels kernels) {
    Conv2dGeometry g = Conv2dGeometry.of(1, 1, 3, 3, 1, 2, 2);
    Pool2dGeometry p = Pool2dGeometry.of(1, 1, 3, 3, 2, 2, 1, 1);
    Conv2dForward conv = kernels.conv2dForward(g, PlanOptions.DEFAULT);
    MaxPool2dForward pool = kernels.maxPool2dForward(p, PlanOptions.DEFAULT);
    try (Tensor src = Tensor.zeros(g.srcShape());
        Tensor dst = Fixtures.filled(5, g.dstShape());
        Tensor weights = Tensor.zeros(g.weightsShape());
        Tensor diffSrc = Fixtures.filled(5, g.srcShape());
        LongTensor indices = LongTensor.zeros(p.dstShape())) {
      PreparedWeights prepared = conv.prepare(weights);
      prepared.close();
      prepared.close();
      assertThrows(IllegalStateException.class, () -> conv.run(src, prepared, null, dst));
      assertThrows(IllegalStateException.class, () -> conv.prepare(weights, prepared));
      MaxPoolOffsets offsets = pool.newOffsets();
      pool.run(src, dst, offsets);
      dst.fill(5);
      offsets.close();
      offsets.close();
      assertThrows(IllegalStateException.class, () -> pool.run(src, dst, offsets));
      assertThrows(IllegalStateException.class, () -> offsets.toIndices(indices));
      assertThrows(
          IllegalStateException.class,
          () -> kernels.maxPool2dBackward(p, PlanOptions.DEFAULT).run(dst, offsets, diffSrc));
      assertArrayEquals(new float[] {5, 5, 5, 5}, dst.toArray());
      assertEquals(5, diffSrc.get(0));
    }
  }

  static List<Layer> layers() {
    return List.of(Conv2d.builder(1, 1, 2).build(), MaxPool2d.builder(2).build());
  }

  @ParameterizedTest
  @MethodSource("layers")
  void aClosedLayerRefusesEveryUse(Layer layer) {
    try (Tensor src = Tensor.zeros(1, 1, 4, 4)) {
      Shape shape = layer.outputShape(src.shape());
      try (Tensor dst = Tensor.zeros(shape);
          Tensor diffSrc = Tensor.zeros(src.shape())) {
        layer.forward(src, dst);
        layer.close();
        layer.close();
        assertThrows(IllegalStateException.class, () -> layer.forward(src));
        assertThrows(IllegalStateException.class, () -> layer.forward(src, dst));
        assertThrows(IllegalStateException.class, () -> layer.backward(dst));
        assertThrows(IllegalStateException.class, () -> layer.backward(dst, diffSrc));
        layer.eval();
        assertThrows(IllegalStateException.class, () -> layer.forward(src));
      }
    }
  }

  /**
   * While a kernel runs, another thread closes its source and at once fills new memory with NaN:
   * were the source freed too early, NaN would come out.
   */
  @Test
  void closingWhileAKernelRunsHarmsNothing() throws InterruptedException {
    long seed = Fixtures.seed();
    Conv2dGeometry g = Conv2dGeometry.of(1, 24, 50, 60, 24, 3, 3).withPadding(1, 1, 1, 1);
    Conv2dForward plan = NativeKernels.instance().conv2dForward(g, PlanOptions.DEFAULT);
    try (Tensor weights = Fixtures.reals(seed, "weights", g.weightsShape());
        Tensor pixels = Fixtures.reals(seed, "src", g.srcShape());
        Tensor dst = Tensor.empty(g.dstShape());
        PreparedWeights once = plan.prepare(weights)) {
      plan.run(pixels, once, null, dst);
      float[] expected = dst.toArray();
      float[] x = pixels.toArray();
      int finished = 0;
      for (int round = 0; round < 200; round++) {
        Tensor src = Tensor.of(x, g.srcShape().toArray());
        PreparedWeights prepared = plan.prepare(weights);
        long pause = round * 7919L % 1500;
        Thread closer =
            new Thread(
                () -> {
                  long until = System.nanoTime() + pause * 1000;
                  while (System.nanoTime() < until) {
                    Thread.onSpinWait();
                  }
                  src.close();
                  prepared.close();
                  Fixtures.filled(Float.NaN, g.srcShape()).close();
                  Fixtures.filled(Float.NaN, g.weightsShape()).close();
                });
        closer.start();
        try {
          for (int run = 0; run < 1000; run++) {
            plan.run(src, prepared, null, dst);
            assertArrayEquals(expected, dst.toArray(), "seed " + seed);
            finished++;
          }
        } catch (IllegalStateException e) {
          assertTrue(e.getMessage().contains("closed"), e.getMessage());
        }
        closer.join();
        assertTrue(src.isClosed());
      }
      assertTrue(finished > 0, "no run was fast enough to finish before the tensor was closed");
    }
  }

  @Test
  void aDestinationMayBeClosedWhileItIsWritten() throws InterruptedException {
    Conv2dGeometry g = Conv2dGeometry.of(1, 24, 50, 60, 24, 3, 3).withPadding(1, 1, 1, 1);
    Conv2dForward plan = NativeKernels.instance().conv2dForward(g, PlanOptions.DEFAULT);
    try (Tensor weights = Fixtures.filled(1, g.weightsShape());
        Tensor src = Fixtures.filled(1, g.srcShape());
        PreparedWeights prepared = plan.prepare(weights)) {
      for (int round = 0; round < 100; round++) {
        Tensor dst = Tensor.empty(g.dstShape());
        Thread runner =
            new Thread(
                () -> {
                  try {
                    while (true) {
                      plan.run(src, prepared, null, dst);
                    }
                  } catch (IllegalStateException e) {
                    return; // Closed.
                  }
                });
        runner.start();
        Thread.sleep(round % 4);
        dst.close();
        // Written over by the kernel if the memory were free already.
        try (Tensor other = Fixtures.filled(3, g.dstShape())) {
          runner.join();
          for (float value : other.toArray()) {
            assertEquals(3, value);
          }
        }
      }
    }
  }
}
