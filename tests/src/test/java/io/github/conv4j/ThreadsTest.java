package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.NativeConvolution.Variant;
import io.github.conv4j.check.TestData;
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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Results are the same bits for any number of threads, on every run and however many callers there
 * are. The data are real, so that another order of adding would show.
 */
class ThreadsTest {
  /** Large enough to be shared out, and of odd extents, so that the shares are uneven. */
  private static final List<Conv2dGeometry> GEOMETRIES =
      List.of(
          new Conv2dGeometry(2, 24, 33, 37, 20, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1),
          new Conv2dGeometry(1, 19, 41, 29, 38, 5, 3, 2, 1, 2, 0, 1, 1, 1, 1, 19),
          new Conv2dGeometry(3, 67, 13, 17, 53, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1),
          new Conv2dGeometry(1, 130, 7, 9, 65, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1));

  private static final Kernels KERNELS = NativeKernels.instance();

  private int threads;

  @BeforeEach
  void remember() {
    threads = Conv4j.threads();
  }

  @AfterEach
  void restore() {
    Conv4j.setThreads(threads);
  }

  static List<Variant> variants() {
    return NativeConvolution.variants();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("variants")
  void theirNumberChangesNoBit(Variant variant) {
    long seed = Fixtures.seed();
    int compared = 0;
    for (Conv2dGeometry g : GEOMETRIES) {
      Shape[] shapes = NativeConvolution.operands(g, variant.direction());
      float[] a = TestData.real(seed, "a", (int) shapes[0].elements());
      float[] b = TestData.real(seed, "b", (int) shapes[1].elements());
      float[] once = null;
      for (int count : new int[] {1, 2, 3, 2, 7, 1}) {
        Conv4j.setThreads(count);
        float[] again;
        try {
          again =
              NativeConvolution.compute(KERNELS, variant.options(), g, variant.direction(), a, b);
        } catch (Conv4jException e) {
          break; // The algorithm does not take this geometry.
        }
        once = once == null ? again : once;
        assertArrayEquals(once, again, () -> count + " threads, " + g + ", seed " + seed);
        compared++;
      }
    }
    assertTrue(compared >= 6, variant + " takes none of the geometries");
  }

  @Test
  void theirNumberChangesNoBitOfAGradientOfTheBias() {
    long seed = Fixtures.seed();
    Conv2dGeometry g = GEOMETRIES.get(0);
    float[] once = null;
    try (Tensor src = Fixtures.reals(seed, "src", g.srcShape());
        Tensor diffDst = Fixtures.reals(seed, "diff_dst", g.dstShape());
        Tensor diffWeights = Tensor.empty(g.weightsShape());
        Tensor diffBias = Tensor.empty(g.biasShape())) {
      for (int count : new int[] {1, 2, 3, 1}) {
        Conv4j.setThreads(count);
        KERNELS
            .conv2dBackwardWeights(g, PlanOptions.DEFAULT)
            .run(src, diffDst, diffWeights, diffBias);
        once = once == null ? diffBias.toArray() : once;
        assertArrayEquals(once, diffBias.toArray(), () -> count + " threads, seed " + seed);
      }
    }
  }

  @Test
  void theirNumberChangesNoBitOfAMaxPooling() {
    long seed = Fixtures.seed();
    Pool2dGeometry g =
        Pool2dGeometry.of(2, 31, 45, 51, 3, 2, 2, 1).withPadding(1, 1, 0, 1).withCeilMode(true);
    MaxPool2dForward forward = KERNELS.maxPool2dForward(g, PlanOptions.DEFAULT);
    MaxPool2dBackward backward = KERNELS.maxPool2dBackward(g, PlanOptions.DEFAULT);
    float[] values = null;
    float[] gradient = null;
    try (Tensor src = Fixtures.reals(seed, "src", g.srcShape());
        Tensor diffDst = Fixtures.reals(seed, "diff_dst", g.dstShape());
        Tensor dst = Tensor.empty(g.dstShape());
        Tensor diffSrc = Tensor.empty(g.srcShape());
        MaxPoolOffsets offsets = forward.newOffsets()) {
      for (int count : new int[] {1, 2, 3, 1}) {
        Conv4j.setThreads(count);
        forward.run(src, dst, offsets);
        backward.run(diffDst, offsets, diffSrc);
        values = values == null ? dst.toArray() : values;
        gradient = gradient == null ? diffSrc.toArray() : gradient;
        assertArrayEquals(values, dst.toArray(), () -> count + " threads, seed " + seed);
        assertArrayEquals(gradient, diffSrc.toArray(), () -> count + " threads, seed " + seed);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void manyCallersShareAPlan(int limit) throws Exception {
    Conv4j.setThreads(limit);
    long seed = Fixtures.seed();
    Conv2dGeometry g = GEOMETRIES.get(0);
    Conv2dForward plan = KERNELS.conv2dForward(g, PlanOptions.DEFAULT);
    int callers = 8;
    CyclicBarrier start = new CyclicBarrier(callers);
    try (Tensor src = Fixtures.reals(seed, "src", g.srcShape());
        Tensor weights = Fixtures.reals(seed, "weights", g.weightsShape());
        PreparedWeights prepared = plan.prepare(weights);
        Tensor expected = Tensor.empty(g.dstShape())) {
      plan.run(src, prepared, null, expected);
      float[] once = expected.toArray();
      Callable<Integer> caller =
          () -> {
            int runs = 0;
            try (Tensor dst = Tensor.empty(g.dstShape())) {
              start.await();
              for (; runs < 40; runs++) {
                dst.fill(Float.NaN);
                plan.run(src, prepared, null, dst);
                assertArrayEquals(once, dst.toArray(), () -> "seed " + seed);
              }
            }
            return runs;
          };
      assertEquals(callers * 40, sum(callers, caller));
    }
  }

  @Test
  void callersOfDifferentPlansDoNotDisturbOneAnother() throws Exception {
    Conv4j.setThreads(3);
    long seed = Fixtures.seed();
    List<Callable<Integer>> callers = new ArrayList<>();
    for (Conv2dGeometry g : GEOMETRIES) {
      for (Direction direction : List.of(Direction.FORWARD, Direction.BACKWARD_WEIGHTS)) {
        Shape[] shapes = NativeConvolution.operands(g, direction);
        float[] a = TestData.real(seed, "a", (int) shapes[0].elements());
        float[] b = TestData.real(seed, "b", (int) shapes[1].elements());
        float[] once = NativeConvolution.compute(KERNELS, PlanOptions.DEFAULT, g, direction, a, b);
        callers.add(
            () -> {
              for (int run = 0; run < 30; run++) {
                assertArrayEquals(
                    once,
                    NativeConvolution.compute(KERNELS, PlanOptions.DEFAULT, g, direction, a, b),
                    () -> direction + " of " + g + ", seed " + seed);
              }
              return 30;
            });
      }
    }
    assertEquals(30 * callers.size(), sum(callers));
  }

  @Test
  void theLimitMayChangeWhileOthersCompute() throws Exception {
    long seed = Fixtures.seed();
    Conv2dGeometry g = GEOMETRIES.get(0);
    float[] a = TestData.real(seed, "a", (int) g.srcShape().elements());
    float[] b = TestData.real(seed, "b", (int) g.weightsShape().elements());
    float[] once =
        NativeConvolution.compute(KERNELS, PlanOptions.DEFAULT, g, Direction.FORWARD, a, b);
    List<Callable<Integer>> callers = new ArrayList<>();
    for (int caller = 0; caller < 4; caller++) {
      callers.add(
          () -> {
            for (int run = 0; run < 40; run++) {
              Conv4j.setThreads(1 + run % 5);
              assertArrayEquals(
                  once,
                  NativeConvolution.compute(
                      KERNELS, PlanOptions.DEFAULT, g, Direction.FORWARD, a, b),
                  () -> "seed " + seed);
            }
            return 40;
          });
    }
    assertEquals(160, sum(callers));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 1025, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void anImpossibleLimitIsRefused(int limit) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> Conv4j.setThreads(limit));
    assertTrue(refused.getMessage().contains(Integer.toString(limit)), refused.getMessage());
    assertTrue(refused.getMessage().contains("1024"), refused.getMessage());
    assertEquals(threads, Conv4j.threads());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 64, 1024})
  void theLimitIsWhatWasSet(int limit) {
    Conv4j.setThreads(limit);
    assertEquals(limit, Conv4j.threads());
  }

  private static int sum(int count, Callable<Integer> caller) throws Exception {
    List<Callable<Integer>> callers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      callers.add(caller);
    }
    return sum(callers);
  }

  /** Each on a thread of its own, all at once. */
  private static int sum(List<Callable<Integer>> callers) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(callers.size());
    try {
      int sum = 0;
      for (Future<Integer> result : executor.invokeAll(callers)) {
        sum += result.get();
      }
      return sum;
    } finally {
      executor.shutdown();
    }
  }
}
