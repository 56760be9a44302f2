package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.check.Conv2dCase;
import io.github.conv4j.check.KernelCase;
import io.github.conv4j.check.MaxPool2dCase;
import io.github.conv4j.check.RandomShapes;
import io.github.conv4j.kernel.Accuracy;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.MaxPoolOffsets;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What ties the native directions together without a reference: on integers &lt;conv(x), dy&gt; =
 * &lt;x, backward_data(dy)&gt; = &lt;w, backward_weights(dy)&gt; exactly, and a grouped convolution
 * is its groups side by side.
 */
class AdjointTest {
  private static final Kernels KERNELS = NativeKernels.instance();

  static List<String> isas() {
    return Conv4j.isas();
  }

  @ParameterizedTest
  @MethodSource("isas")
  void convolution(String isa) {
    long seed = Fixtures.seed();
    PlanOptions options = PlanOptions.DEFAULT.withAccuracy(Accuracy.STRICT).withIsa(isa);
    int telling = 0;
    List<Conv2dGeometry> geometries = convolutions(seed);
    for (Conv2dGeometry g : geometries) {
      float[] x = values(seed, "src", g.srcShape());
      float[] w = values(seed, "weights", g.weightsShape());
      float[] dy = values(seed, "diff_dst", g.dstShape());
      long form = product(compute(options, g, Direction.FORWARD, x, w), dy);
      float[] dx = compute(options, g, Direction.BACKWARD_DATA, dy, w);
      assertEquals(form, product(x, dx), () -> "backward_data of " + g + ", seed " + seed);
      float[] dw = compute(options, g, Direction.BACKWARD_WEIGHTS, x, dy);
      assertEquals(form, product(w, dw), () -> "backward_weights of " + g + ", seed " + seed);
      telling += form != 0 ? 1 : 0;
    }
    assertTrue(2 * telling > geometries.size(), "most products are 0, seed " + seed);
  }

  @ParameterizedTest
  @MethodSource("isas")
  void theGradientOfTheBiasAddsUpDiffDst(String isa) {
    long seed = Fixtures.seed();
    PlanOptions options = PlanOptions.DEFAULT.withAccuracy(Accuracy.STRICT).withIsa(isa);
    for (Conv2dGeometry g : convolutions(seed)) {
      float[] dy = values(seed, "diff_dst", g.dstShape());
      float[] sums = new float[(int) g.oc()];
      long plane = g.oh() * g.ow();
      for (int i = 0; i < dy.length; i++) {
        sums[(int) (i / plane % g.oc())] += dy[i];
      }
      try (Tensor src = Fixtures.integers(seed, "src", g.srcShape());
          Tensor diffDst = Tensor.of(dy, g.dstShape().toArray());
          Tensor diffWeights = Tensor.empty(g.weightsShape());
          Tensor diffBias = Fixtures.filled(Float.NaN, g.biasShape())) {
        KERNELS.conv2dBackwardWeights(g, options).run(src, diffDst, diffWeights, diffBias);
        assertArrayEquals(sums, diffBias.toArray(), () -> g + ", seed " + seed);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("isas")
  void groupsAreConvolutionsSideBySide(String isa) {
    long seed = Fixtures.seed();
    PlanOptions options = PlanOptions.DEFAULT.withAccuracy(Accuracy.STRICT).withIsa(isa);
    int grouped = 0;
    for (Conv2dGeometry g : convolutions(seed)) {
      if (g.g() == 1) {
        continue;
      }
      grouped++;
      Conv2dGeometry one =
          new Conv2dGeometry(
              g.n(),
              g.ic() / g.g(),
              g.ih(),
              g.iw(),
              g.oc() / g.g(),
              g.kh(),
              g.kw(),
              g.sh(),
              g.sw(),
              g.pt(),
              g.pl(),
              g.pb(),
              g.pr(),
              g.dh(),
              g.dw(),
              1);
      float[] x = values(seed, "src", g.srcShape());
      float[] w = values(seed, "weights", g.weightsShape());
      float[] dy = values(seed, "diff_dst", g.dstShape());
      float[] y = compute(options, g, Direction.FORWARD, x, w);
      float[] dx = compute(options, g, Direction.BACKWARD_DATA, dy, w);
      float[] dw = compute(options, g, Direction.BACKWARD_WEIGHTS, x, dy);
      for (int i = 0; i < g.g(); i++) {
        String where = "group " + i + " of " + g + ", seed " + seed;
        float[] xi = group(x, g.n(), g.g(), i);
        float[] wi = group(w, 1, g.g(), i);
        float[] dyi = group(dy, g.n(), g.g(), i);
        assertArrayEquals(
            compute(options, one, Direction.FORWARD, xi, wi), group(y, g.n(), g.g(), i), where);
        assertArrayEquals(
            compute(options, one, Direction.BACKWARD_DATA, dyi, wi),
            group(dx, g.n(), g.g(), i),
            where);
        assertArrayEquals(
            compute(options, one, Direction.BACKWARD_WEIGHTS, xi, dyi),
            group(dw, 1, g.g(), i),
            where);
      }
    }
    assertTrue(grouped > 10, "only " + grouped + " geometries have groups");
  }

  /** With a kernel turned by 180 degrees it is the convolution of a and b, and a * b = b * a. */
  @ParameterizedTest
  @MethodSource("isas")
  void turnedKernelsMakeItCommute(String isa) {
    long seed = Fixtures.seed();
    PlanOptions options = PlanOptions.DEFAULT.withAccuracy(Accuracy.STRICT).withIsa(isa);
    for (long[] extents : new long[][] {{5, 9, 3, 4}, {7, 8, 1, 5}, {1, 17, 1, 3}, {6, 6, 6, 2}}) {
      long h = extents[0];
      long w = extents[1];
      long kh = extents[2];
      long kw = extents[3];
      float[] a = values(seed, "a", Shape.of(h, w));
      float[] b = values(seed, "b", Shape.of(kh, kw));
      Conv2dGeometry onA =
          new Conv2dGeometry(1, 1, h, w, 1, kh, kw, 1, 1, kh - 1, kw - 1, kh - 1, kw - 1, 1, 1, 1);
      Conv2dGeometry onB =
          new Conv2dGeometry(1, 1, kh, kw, 1, h, w, 1, 1, h - 1, w - 1, h - 1, w - 1, 1, 1, 1);
      float[] full = new float[(int) ((h + kh - 1) * (w + kw - 1))];
      for (int i = 0; i < a.length; i++) {
        for (int j = 0; j < b.length; j++) {
          full[(int) ((i / w + j / kw) * (w + kw - 1) + i % w + j % kw)] += a[i] * b[j];
        }
      }
      assertArrayEquals(
          full, compute(options, onA, Direction.FORWARD, a, turned(b)), "seed " + seed);
      assertArrayEquals(
          full, compute(options, onB, Direction.FORWARD, b, turned(a)), "seed " + seed);
    }
  }

  @ParameterizedTest
  @MethodSource("isas")
  void maxPooling(String isa) {
    long seed = Fixtures.seed();
    PlanOptions options = PlanOptions.DEFAULT.withAccuracy(Accuracy.STRICT).withIsa(isa);
    List<KernelCase> cases = new ArrayList<>(Fixtures.shapes("pool_edge.csv"));
    RandomShapes shapes = new RandomShapes(seed, 20_000);
    for (int i = 0; i < 100; i++) {
      cases.add(new MaxPool2dCase("random-" + i, shapes.nextPool2d()));
    }
    for (KernelCase shape : cases) {
      Pool2dGeometry g = ((MaxPool2dCase) shape).geometry();
      MaxPool2dForward forward = KERNELS.maxPool2dForward(g, options);
      try (Tensor x = Fixtures.integers(seed, "src", g.srcShape());
          Tensor dy = Fixtures.integers(seed, "diff_dst", g.dstShape());
          Tensor y = Tensor.empty(g.dstShape());
          Tensor dx = Tensor.empty(g.srcShape());
          MaxPoolOffsets offsets = forward.newOffsets()) {
        forward.run(x, y, offsets);
        KERNELS.maxPool2dBackward(g, options).run(dy, offsets, dx);
        float[] values = y.toArray();
        for (int i = 0; i < values.length; i++) {
          // No tap inside the image: no part in the gradient.
          values[i] = values[i] == Float.NEGATIVE_INFINITY ? 0 : values[i];
        }
        assertEquals(
            product(values, dy.toArray()),
            product(x.toArray(), dx.toArray()),
            () -> g + ", seed " + seed);
      }
    }
  }

  private static List<Conv2dGeometry> convolutions(long seed) {
    List<Conv2dGeometry> geometries = new ArrayList<>();
    for (KernelCase shape : Fixtures.shapes("edge.csv")) {
      geometries.add(((Conv2dCase) shape).geometry());
    }
    RandomShapes shapes = new RandomShapes(seed, 20_000);
    for (int i = 0; i < 100; i++) {
      geometries.add(shapes.nextConv2d());
    }
    return geometries;
  }

  private static float[] compute(
      PlanOptions options, Conv2dGeometry g, Direction direction, float[] a, float[] b) {
    return NativeConvolution.compute(KERNELS, options, g, direction, a, b);
  }

  private static float[] values(long seed, String name, Shape shape) {
    try (Tensor tensor = Fixtures.integers(seed, name, shape)) {
      return tensor.toArray();
    }
  }

  /** Part i of the second axis of [n, groups, rest]. */
  private static float[] group(float[] values, long n, long groups, int i) {
    int length = n == 0 ? 0 : (int) (values.length / (n * groups));
    float[] part = new float[(int) (length * n)];
    for (int image = 0; image < n; image++) {
      int from = (int) ((image * groups + i) * length);
      System.arraycopy(values, from, part, image * length, length);
    }
    return part;
  }

  private static float[] turned(float[] kernel) {
    float[] turned = new float[kernel.length];
    for (int i = 0; i < kernel.length; i++) {
      turned[i] = kernel[kernel.length - 1 - i];
    }
    return turned;
  }

  private static long product(float[] a, float[] b) {
    assertEquals(a.length, b.length);
    long sum = 0;
    for (int i = 0; i < a.length; i++) {
      assertEquals(a[i], (long) a[i]);
      sum += (long) a[i] * (long) b[i];
    }
    return sum;
  }
}
