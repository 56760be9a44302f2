package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.check.ConvTranspose2dCase;
import io.github.conv4j.check.KernelCase;
import io.github.conv4j.check.MaxPool2dCase;
import io.github.conv4j.kernel.AdaptivePool2dGeometry;
import io.github.conv4j.kernel.AvgPool2dGeometry;
import io.github.conv4j.kernel.ConvTranspose2dBackwardData;
import io.github.conv4j.kernel.ConvTranspose2dForward;
import io.github.conv4j.kernel.ConvTranspose2dGeometry;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.PoolWindows;
import io.github.conv4j.kernel.PreparedWeights;
import io.github.conv4j.kernel.ReferenceKernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What {@link AdjointTest} shows of convolution, of transposed convolution and average pooling: on
 * integers &lt;f(x), dy&gt; = &lt;x, backward_data(dy)&gt; = &lt;w, backward_weights(dy)&gt;
 * exactly, and groups, or the channels of a pooling, are computed side by side.
 */
class AdjointOthersTest {
  /** A backend, on one instruction set if it is the native one. */
  private record Engine(Kernels kernels, PlanOptions options) {
    @Override
    public String toString() {
      return kernels.backend() + " " + options.isa();
    }
  }

  static List<Engine> engines() {
    List<Engine> engines = new ArrayList<>();
    engines.add(new Engine(ReferenceKernels.instance(), PlanOptions.DEFAULT));
    for (String isa : Conv4j.isas()) {
      engines.add(new Engine(NativeKernels.instance(), PlanOptions.DEFAULT.withIsa(isa)));
    }
    return engines;
  }

  private record Transposed(float[] y, float[] dx, float[] dw) {}

  private static Transposed run(
      Engine engine, ConvTranspose2dGeometry g, float[] x, float[] w, float[] dy) {
    ConvTranspose2dForward forward = engine.kernels.convTranspose2dForward(g, engine.options);
    ConvTranspose2dBackwardData data =
        engine.kernels.convTranspose2dBackwardData(g, engine.options);
    try (Tensor src = Tensor.of(x, g.srcShape().toArray());
        Tensor weights = Tensor.of(w, g.weightsShape().toArray());
        Tensor diffDst = Tensor.of(dy, g.dstShape().toArray());
        Tensor dst = Fixtures.filled(Float.NaN, g.dstShape());
        Tensor diffSrc = Fixtures.filled(Float.NaN, g.srcShape());
        Tensor diffWeights = Fixtures.filled(Float.NaN, g.weightsShape());
        PreparedWeights forForward = forward.prepare(weights);
        PreparedWeights forData = data.prepare(weights)) {
      forward.run(src, forForward, null, dst);
      data.run(diffDst, forData, diffSrc);
      engine
          .kernels
          .convTranspose2dBackwardWeights(g, engine.options)
          .run(src, diffDst, diffWeights, null);
      return new Transposed(dst.toArray(), diffSrc.toArray(), diffWeights.toArray());
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void transposedConvolution(Engine engine) {
    long seed = Fixtures.seed();
    int telling = 0;
    int grouped = 0;
    List<KernelCase> cases = Fixtures.shapes("transpose_edge.csv");
    for (KernelCase shape : cases) {
      ConvTranspose2dGeometry g = ((ConvTranspose2dCase) shape).geometry();
      float[] x = values(seed, "src", g.srcShape());
      float[] w = values(seed, "weights", g.weightsShape());
      float[] dy = values(seed, "diff_dst", g.dstShape());
      Transposed found = run(engine, g, x, w, dy);
      long form = product(found.y, dy);
      assertEquals(form, product(x, found.dx), () -> "backward_data of " + g + ", seed " + seed);
      assertEquals(form, product(w, found.dw), () -> "backward_weights of " + g + ", seed " + seed);
      telling += form != 0 ? 1 : 0;
      if (g.g() > 1) {
        grouped++;
        sideBySide(engine, g, x, w, dy, found, "seed " + seed);
      }
    }
    assertTrue(2 * telling > cases.size(), "most products are 0, seed " + seed);
    assertTrue(grouped > 5, "only " + grouped + " geometries have groups");
  }

  private static void sideBySide(
      Engine engine,
      ConvTranspose2dGeometry g,
      float[] x,
      float[] w,
      float[] dy,
      Transposed all,
      String where) {
    long[] extents = g.toArray();
    ConvTranspose2dGeometry one =
        new ConvTranspose2dGeometry(
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
            g.oph(),
            g.opw(),
            g.dh(),
            g.dw(),
            1);
    for (int i = 0; i < g.g(); i++) {
      String part = "group " + i + " of " + Arrays.toString(extents) + ", " + where;
      float[] xi = part(x, g.n(), g.g(), i);
      float[] wi = part(w, 1, g.g(), i);
      Transposed alone = run(engine, one, xi, wi, part(dy, g.n(), g.g(), i));
      assertArrayEquals(alone.y, part(all.y, g.n(), g.g(), i), part);
      assertArrayEquals(alone.dx, part(all.dx, g.n(), g.g(), i), part);
      assertArrayEquals(alone.dw, part(all.dw, 1, g.g(), i), part);
    }
  }

  /** With divisors that are powers of two, so that nothing is rounded. */
  private static List<PoolWindows> averages() {
    List<PoolWindows> windows = new ArrayList<>();
    for (KernelCase shape : Fixtures.shapes("pool_edge.csv")) {
      Pool2dGeometry g = ((MaxPool2dCase) shape).geometry();
      if (g.dh() == 1 && g.dw() == 1) {
        windows.add(AvgPool2dGeometry.of(g).withDivisorOverride(2));
        windows.add(AvgPool2dGeometry.of(g).withDivisorOverride(-4));
      }
    }
    for (long[] kernel : new long[][] {{2, 2}, {1, 4}, {4, 2}, {8, 4}}) {
      Pool2dGeometry g = Pool2dGeometry.of(2, 5, 17, 19, kernel[0], kernel[1], 3, 2);
      windows.add(AvgPool2dGeometry.of(g));
      windows.add(AvgPool2dGeometry.of(g).withCountIncludePad(false));
    }
    windows.add(new AdaptivePool2dGeometry(2, 3, 8, 16, 4, 2));
    windows.add(new AdaptivePool2dGeometry(2, 3, 3, 5, 6, 5));
    return windows;
  }

  @ParameterizedTest
  @MethodSource("engines")
  void averagePooling(Engine engine) {
    long seed = Fixtures.seed();
    int telling = 0;
    List<PoolWindows> averages = averages();
    for (PoolWindows g : averages) {
      float[] x = values(seed, "src", g.srcShape());
      float[] dy = values(seed, "diff_dst", g.dstShape());
      float[] y = average(engine, g, x);
      float[] dx = spread(engine, g, dy);
      double form = realProduct(y, dy);
      assertEquals(form, realProduct(x, dx), () -> g + ", seed " + seed);
      telling += form != 0 ? 1 : 0;
      if (g instanceof AvgPool2dGeometry average && g.c() > 1 && g.c() < 8) {
        Pool2dGeometry w = average.window();
        Pool2dGeometry plane =
            new Pool2dGeometry(
                w.n(),
                1,
                w.ih(),
                w.iw(),
                w.kh(),
                w.kw(),
                w.sh(),
                w.sw(),
                w.pt(),
                w.pl(),
                w.pb(),
                w.pr(),
                1,
                1,
                w.ceilMode());
        PoolWindows one =
            new AvgPool2dGeometry(plane, average.countIncludePad(), average.divisorOverride());
        for (int c = 0; c < g.c(); c++) {
          String where = "channel " + c + " of " + g + ", seed " + seed;
          assertArrayEquals(
              average(engine, one, part(x, g.n(), g.c(), c)), part(y, g.n(), g.c(), c), where);
          assertArrayEquals(
              spread(engine, one, part(dy, g.n(), g.c(), c)), part(dx, g.n(), g.c(), c), where);
        }
      }
    }
    assertTrue(2 * telling > averages.size(), "most products are 0, seed " + seed);
  }

  private static float[] average(Engine engine, PoolWindows g, float[] x) {
    try (Tensor src = Tensor.of(x, g.srcShape().toArray());
        Tensor dst = Fixtures.filled(Float.NaN, g.dstShape())) {
      engine.kernels.avgPool2dForward(g, engine.options).run(src, dst);
      return dst.toArray();
    }
  }

  private static float[] spread(Engine engine, PoolWindows g, float[] dy) {
    try (Tensor diffDst = Tensor.of(dy, g.dstShape().toArray());
        Tensor diffSrc = Fixtures.filled(Float.NaN, g.srcShape())) {
      engine.kernels.avgPool2dBackward(g, engine.options).run(diffDst, diffSrc);
      return diffSrc.toArray();
    }
  }

  private static float[] values(long seed, String name, Shape shape) {
    try (Tensor tensor = Fixtures.integers(seed, name, shape)) {
      return tensor.toArray();
    }
  }

  /** Part i of the second axis of [n, parts, rest]. */
  private static float[] part(float[] values, long n, long parts, int i) {
    int length = n == 0 ? 0 : (int) (values.length / (n * parts));
    float[] part = new float[(int) (length * n)];
    for (int image = 0; image < n; image++) {
      System.arraycopy(values, (int) ((image * parts + i) * length), part, image * length, length);
    }
    return part;
  }

  private static long product(float[] a, float[] b) {
    double sum = realProduct(a, b);
    assertEquals(sum, (long) sum);
    return (long) sum;
  }

  /** Exact for multiples of a quarter. */
  private static double realProduct(float[] a, float[] b) {
    assertEquals(a.length, b.length);
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
