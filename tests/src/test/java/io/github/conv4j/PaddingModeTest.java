package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.ReferencePaddedConv2d;
import io.github.conv4j.nn.Conv2d;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a convolution reads outside the image. Native against plain Java: NativeExactTest. */
class PaddingModeTest {
  private static final Conv2dGeometry UNEVEN =
      new Conv2dGeometry(2, 3, 5, 6, 4, 3, 2, 2, 1, 2, 3, 1, 4, 1, 2, 1);

  static List<Named<Kernels>> backends() {
    return Fixtures.backends();
  }

  /** A 1x1 kernel of weight 1 shows the padded row itself. */
  @ParameterizedTest
  @MethodSource("backends")
  void paddedRows(Kernels kernels) {
    assertArrayEquals(new float[] {0, 0, 1, 2, 3, 4, 0}, row(kernels, PaddingMode.ZEROS));
    assertArrayEquals(new float[] {1, 1, 1, 2, 3, 4, 4}, row(kernels, PaddingMode.REPLICATE));
    assertArrayEquals(new float[] {3, 2, 1, 2, 3, 4, 3}, row(kernels, PaddingMode.REFLECT));
    assertArrayEquals(new float[] {3, 4, 1, 2, 3, 4, 1}, row(kernels, PaddingMode.CIRCULAR));
  }

  private static float[] row(Kernels kernels, PaddingMode mode) {
    Conv2dGeometry g = Conv2dGeometry.of(1, 1, 1, 4, 1, 1, 1).withPadding(0, 2, 0, 1);
    return NativeConvolution.compute(
        kernels,
        PlanOptions.DEFAULT.withPaddingMode(mode),
        g,
        Direction.FORWARD,
        new float[] {1, 2, 3, 4},
        new float[] {1});
  }

  /** And its gradient of ones counts how often a pixel is there. */
  @ParameterizedTest
  @MethodSource("backends")
  void copiesAddUp(Kernels kernels) {
    assertArrayEquals(new float[] {1, 1, 1, 1}, copies(kernels, PaddingMode.ZEROS));
    assertArrayEquals(new float[] {3, 1, 1, 2}, copies(kernels, PaddingMode.REPLICATE));
    assertArrayEquals(new float[] {1, 2, 3, 1}, copies(kernels, PaddingMode.REFLECT));
    assertArrayEquals(new float[] {2, 1, 2, 2}, copies(kernels, PaddingMode.CIRCULAR));
  }

  private static float[] copies(Kernels kernels, PaddingMode mode) {
    Conv2dGeometry g = Conv2dGeometry.of(1, 1, 1, 4, 1, 1, 1).withPadding(0, 2, 0, 1);
    return NativeConvolution.compute(
        kernels,
        PlanOptions.DEFAULT.withPaddingMode(mode),
        g,
        Direction.BACKWARD_DATA,
        new float[] {1, 1, 1, 1, 1, 1, 1},
        new float[] {1});
  }

  /** The reference against a padded image that is written down here, by another rule. */
  @ParameterizedTest
  @EnumSource(PaddingMode.class)
  void theReferenceIsAConvolutionOfThePaddedImage(PaddingMode mode) {
    Conv2dGeometry g = UNEVEN;
    long seed = Fixtures.seed();
    float[] x = values(seed, "src", g.srcShape());
    float[] w = values(seed, "weights", g.weightsShape());
    long height = g.ih() + g.pt() + g.pb();
    long width = g.iw() + g.pl() + g.pr();
    float[] padded = new float[(int) (g.n() * g.ic() * height * width)];
    for (int i = 0; i < padded.length; i++) {
      long h = mirrored(mode, i / width % height - g.pt(), g.ih());
      long v = mirrored(mode, i % width - g.pl(), g.iw());
      padded[i] = h < 0 || v < 0 ? 0 : x[(int) ((i / width / height * g.ih() + h) * g.iw() + v)];
    }
    Conv2dGeometry larger =
        Conv2dGeometry.of(g.n(), g.ic(), height, width, g.oc(), g.kh(), g.kw())
            .withStride(g.sh(), g.sw())
            .withDilation(g.dh(), g.dw());
    assertArrayEquals(
        reference(larger, PaddingMode.ZEROS, Direction.FORWARD, padded, w),
        reference(g, mode, Direction.FORWARD, x, w),
        () -> "seed " + seed);
    float[] dy = values(seed, "diff_dst", g.dstShape());
    assertArrayEquals(
        reference(larger, PaddingMode.ZEROS, Direction.BACKWARD_WEIGHTS, padded, dy),
        reference(g, mode, Direction.BACKWARD_WEIGHTS, x, dy),
        () -> "seed " + seed);
  }

  /** Walks step by step and turns round, or starts again, at the borders. */
  private static long mirrored(PaddingMode mode, long i, long extent) {
    long at = 0;
    long step = i < 0 ? -1 : 1;
    for (long left = Math.abs(i); left > 0; left--) {
      if (at + step >= 0 && at + step < extent) {
        at += step;
        continue;
      }
      switch (mode) {
        case ZEROS -> {
          return -1;
        }
        case REPLICATE -> {
          return at;
        }
        case REFLECT -> {
          step = -step;
          at += step;
        }
        case CIRCULAR -> at = step > 0 ? 0 : extent - 1;
      }
    }
    return at;
  }

  /** Linear in src: the gradient is exactly the effect of one pixel on the sum. */
  @ParameterizedTest
  @EnumSource(PaddingMode.class)
  void gradientsAreDifferences(PaddingMode mode) {
    Conv2dGeometry g = UNEVEN;
    long seed = Fixtures.seed();
    float[] w = values(seed, "weights", g.weightsShape());
    float[] dy = values(seed, "diff_dst", g.dstShape());
    for (Named<Kernels> backend : Fixtures.backends()) {
      Kernels kernels = backend.getPayload();
      PlanOptions options = PlanOptions.DEFAULT.withPaddingMode(mode);
      float[] dx = NativeConvolution.compute(kernels, options, g, Direction.BACKWARD_DATA, dy, w);
      for (int pixel = 0; pixel < dx.length; pixel += 7) {
        float[] one = new float[dx.length];
        one[pixel] = 1;
        float[] y = reference(g, mode, Direction.FORWARD, one, w);
        double sum = 0;
        for (int i = 0; i < y.length; i++) {
          sum += (double) y[i] * dy[i];
        }
        assertEquals(sum, dx[pixel], backend.getName() + " pixel " + pixel + ", seed " + seed);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void tooLittleImageIsRefused(Kernels kernels) {
    Conv2dGeometry g = Conv2dGeometry.of(1, 1, 4, 5, 1, 3, 3);
    refused(
        "pt is 4; reflect padding must be at most 3 where ih is 4",
        kernels,
        g.withPadding(4, 0, 0, 0),
        PaddingMode.REFLECT);
    refused(
        "pr is 5; reflect padding must be at most 4 where iw is 5",
        kernels,
        g.withPadding(0, 0, 0, 5),
        PaddingMode.REFLECT);
    refused(
        "pl is 6; circular padding must be at most 5 where iw is 5",
        kernels,
        g.withPadding(0, 6, 0, 0),
        PaddingMode.CIRCULAR);
    refused(
        "pb is 5; circular padding must be at most 4 where ih is 4",
        kernels,
        g.withPadding(0, 0, 5, 0),
        PaddingMode.CIRCULAR);
    kernels.conv2dForward(
        g.withPadding(3, 4, 3, 4), PlanOptions.DEFAULT.withPaddingMode(PaddingMode.REFLECT));
    kernels.conv2dForward(
        g.withPadding(4, 5, 4, 5), PlanOptions.DEFAULT.withPaddingMode(PaddingMode.CIRCULAR));
    kernels.conv2dForward(
        g.withPadding(9, 9, 9, 9), PlanOptions.DEFAULT.withPaddingMode(PaddingMode.REPLICATE));
    PlanOptions reflect = PlanOptions.DEFAULT.withPaddingMode(PaddingMode.REFLECT);
    Pool2dGeometry pool = Pool2dGeometry.of(1, 1, 4, 4, 2, 2, 2, 2);
    assertThrows(IllegalArgumentException.class, () -> kernels.maxPool2dForward(pool, reflect));
  }

  private static void refused(String message, Kernels kernels, Conv2dGeometry g, PaddingMode mode) {
    PlanOptions options = PlanOptions.DEFAULT.withPaddingMode(mode);
    for (Runnable plan :
        List.<Runnable>of(
            () -> kernels.conv2dForward(g, options),
            () -> kernels.conv2dBackwardData(g, options),
            () -> kernels.conv2dBackwardWeights(g, options))) {
      IllegalArgumentException e = assertThrows(IllegalArgumentException.class, plan::run);
      assertEquals(message, e.getMessage());
    }
  }

  /** Copies of a NaN pixel reach the windows at the border that read them, and no others. */
  @ParameterizedTest
  @MethodSource("backends")
  void aNanPixelIsCopied(Kernels kernels) {
    Conv2dGeometry g = Conv2dGeometry.of(1, 1, 1, 5, 1, 1, 2).withPadding(0, 2, 0, 0);
    float[] x = {1, 2, Float.NaN, 4, 5};
    float[] y =
        NativeConvolution.compute(
            kernels,
            PlanOptions.DEFAULT.withPaddingMode(PaddingMode.REFLECT),
            g,
            Direction.FORWARD,
            x,
            new float[] {1, 1});
    assertArrayEquals(new float[] {Float.NaN, 3, 3, Float.NaN, Float.NaN, 9}, y); // N 2 | 1 2 N 4 5
  }

  @Test
  void aSteadyLoopAllocatesNothing() {
    try (Conv2d conv =
            Conv2d.builder(3, 4, 3).padding(2).paddingMode(PaddingMode.REFLECT).seed(1).build();
        Tensor src = Fixtures.reals(1, "src", Shape.of(2, 3, 9, 8));
        Tensor dst = Tensor.empty(conv.outputShape(src.shape()));
        Tensor diffSrc = Tensor.empty(src.shape())) {
      for (int i = 0; i < 3; i++) {
        conv.forward(src, dst);
        conv.backward(dst, diffSrc);
      }
      long before = NativeApi.conv4j_allocation_count();
      for (int i = 0; i < 20; i++) {
        conv.forward(src, dst);
        conv.backward(dst, diffSrc);
      }
      assertEquals(before, NativeApi.conv4j_allocation_count());
    }
  }

  /** Each call pads into memory of its own. */
  @Test
  void manyThreadsShareALayer() throws Exception {
    try (Conv2d conv =
        Conv2d.builder(3, 5, 3).padding(3).paddingMode(PaddingMode.CIRCULAR).seed(2).build()) {
      conv.eval();
      List<Callable<Integer>> callers = new ArrayList<>();
      for (int caller = 0; caller < 6; caller++) {
        int own = caller;
        callers.add(
            () -> {
              try (Tensor src = Fixtures.reals(own, "src", Shape.of(1, 3, 31, 29));
                  Tensor dst = Tensor.empty(conv.outputShape(src.shape()))) {
                conv.forward(src, dst);
                float[] once = dst.toArray();
                for (int run = 0; run < 40; run++) {
                  dst.fill(Float.NaN);
                  conv.forward(src, dst);
                  assertArrayEquals(once, dst.toArray(), "caller " + own);
                }
                return once.length;
              }
            });
      }
      ExecutorService executor = Executors.newFixedThreadPool(callers.size());
      try {
        for (Future<Integer> result : executor.invokeAll(callers)) {
          assertTrue(result.get() > 0);
        }
      } finally {
        executor.shutdown();
      }
    }
  }

  private static float[] values(long seed, String name, Shape shape) {
    try (Tensor tensor = Fixtures.integers(seed, name, shape)) {
      return tensor.toArray();
    }
  }

  private static float[] reference(
      Conv2dGeometry g, PaddingMode mode, Direction direction, float[] a, float[] b) {
    Shape shape = NativeConvolution.result(g, direction);
    float[] values = new float[(int) shape.elements()];
    for (int i = 0; i < values.length; i++) {
      long q = i % shape.dim(3);
      long p = i / shape.dim(3) % shape.dim(2);
      long c = i / shape.dim(3) / shape.dim(2) % shape.dim(1);
      long n = i / shape.dim(3) / shape.dim(2) / shape.dim(1);
      values[i] =
          (float)
              (direction == Direction.FORWARD
                  ? ReferencePaddedConv2d.forward(g, mode, a, b, null, n, c, p, q)
                  : ReferencePaddedConv2d.backwardWeights(g, mode, a, b, n, c, p, q));
    }
    return values;
  }
}
