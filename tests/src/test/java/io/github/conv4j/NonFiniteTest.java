package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.NativeConvolution.Variant;
import io.github.conv4j.check.Comparison;
import io.github.conv4j.check.Conv2dCase;
import io.github.conv4j.check.KernelCase;
import io.github.conv4j.check.RandomShapes;
import io.github.conv4j.check.TestData;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.PreparedWeights;
import io.github.conv4j.kernel.ReferenceKernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * NaN and infinity in a convolution, for every algorithm on every instruction set: a bad pixel
 * reaches exactly the outputs whose window holds it, 0 * infinity inside the image is NaN, and a
 * tap in the padding contributes nothing whatever its weight (or diff_dst) is.
 */
class NonFiniteTest {
  private static final Kernels KERNELS = NativeKernels.instance();
  private static final float NAN = Float.NaN;
  private static final float INF = Float.POSITIVE_INFINITY;

  /**
   * Operands with bad values in the first, in the second or in both, and what must become of them.
   */
  private record Problem(
      Conv2dGeometry geometry, Direction direction, float[] a, float[] b, float[] expected) {}

  private static final List<Problem> PROBLEMS = new ArrayList<>();
  private static long seed;

  @BeforeAll
  static void prepare() {
    PROBLEMS.clear();
    seed = Fixtures.seed();
    SplittableRandom random = new SplittableRandom(seed);
    List<Conv2dGeometry> geometries = new ArrayList<>();
    for (KernelCase shape : Fixtures.shapes("edge.csv")) {
      geometries.add(((Conv2dCase) shape).geometry());
    }
    RandomShapes shapes = new RandomShapes(seed, 20_000);
    for (int i = 0; i < 60; i++) {
      geometries.add(shapes.nextConv2d());
    }
    for (Conv2dGeometry g : geometries) {
      for (Direction direction : Direction.values()) {
        Shape[] operands = NativeConvolution.operands(g, direction);
        for (int pattern = 0; pattern < 4; pattern++) {
          float[] a = values("a", operands[0]);
          float[] b = values("b", operands[1]);
          // Patterns 0 and 1: a single bad value; 2: some in the second; 3: some in both.
          spoil(random, pattern == 0 ? a : b, pattern < 2 ? 1 : 3);
          if (pattern == 3) {
            spoil(random, a, 3);
          }
          float[] expected =
              NativeConvolution.compute(
                  ReferenceKernels.instance(), PlanOptions.DEFAULT, g, direction, a, b);
          PROBLEMS.add(new Problem(g, direction, a, b, expected));
        }
      }
    }
  }

  private static float[] values(String name, Shape shape) {
    float[] values = TestData.exact(seed, name, (int) shape.elements(), 1);
    for (int i = 0; i < values.length; i += 5) {
      values[i] = 0; // A zero beside an infinity makes a NaN.
    }
    return values;
  }

  private static void spoil(SplittableRandom random, float[] values, int count) {
    for (int i = 0; i < count && values.length > 0; i++) {
      values[random.nextInt(values.length)] = new float[] {NAN, INF, -INF}[random.nextInt(3)];
    }
  }

  /**
   * Winograd's algorithms may spread a bad value over a tile, and strict accuracy excludes them.
   */
  static List<Variant> variants() {
    return NativeConvolution.variants().stream()
        .filter(variant -> !variant.algorithm().startsWith("winograd"))
        .toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("variants")
  void reachesWhatTheReferenceSays(Variant variant) {
    List<String> problems = new ArrayList<>();
    int ran = 0;
    for (Problem problem : PROBLEMS) {
      if (problem.direction() != variant.direction()) {
        continue;
      }
      float[] found;
      try {
        found =
            NativeConvolution.compute(
                KERNELS,
                variant.options(),
                problem.geometry(),
                problem.direction(),
                problem.a(),
                problem.b());
      } catch (Conv4jException e) {
        continue; // The algorithm does not take this geometry.
      }
      ran++;
      Shape shape = NativeConvolution.result(problem.geometry(), problem.direction());
      Comparison comparison = Comparison.exact(shape, found, problem.expected());
      if (!comparison.passed()) {
        problems.add(problem.geometry() + ": " + comparison);
      }
    }
    assertTrue(ran > 0, variant + " took none of the geometries");
    assertTrue(
        problems.isEmpty(),
        () -> problems.size() + " differ with seed " + seed + ", the first: " + problems.get(0));
  }

  static List<String> isas() {
    return Conv4j.isas();
  }

  /** The results of all forward algorithms that take the geometry, one of which takes every one. */
  private static List<float[]> forward(
      String isa, Conv2dGeometry g, float[] src, float[] weights, int least) {
    List<float[]> results = new ArrayList<>();
    for (String algorithm : NativeKernels.conv2dAlgorithms(Direction.FORWARD)) {
      PlanOptions options = PlanOptions.DEFAULT.withIsa(isa).withAlgorithm(algorithm);
      try {
        results.add(
            NativeConvolution.compute(KERNELS, options, g, Direction.FORWARD, src, weights));
      } catch (Conv4jException e) {
        continue; // The algorithm does not take this geometry.
      }
    }
    assertTrue(results.size() >= least, results.size() + " algorithms took the geometry");
    return results;
  }

  @ParameterizedTest
  @MethodSource("isas")
  void aBadWeightOverPaddingContributesNothing(String isa) {
    // Only the tap at the top left is NaN: it lies in the padding for row 0 and for column 0.
    Conv2dGeometry g = Conv2dGeometry.of(1, 1, 4, 5, 1, 3, 3).withPadding(1, 1, 1, 1);
    float[] weights = {NAN, 1, 1, 1, 1, 1, 1, 1, 1};
    float[] ones = new float[20];
    Arrays.fill(ones, 1);
    float[] expected = {
      4, 6, 6, 6, 4,
      6, NAN, NAN, NAN, NAN,
      6, NAN, NAN, NAN, NAN,
      4, NAN, NAN, NAN, NAN
    };
    for (float[] found : forward(isa, g, ones, weights, 3)) {
      assertArrayEquals(expected, found);
    }
  }

  @ParameterizedTest
  @MethodSource("isas")
  void aBadPixelStaysInItsImageAndGroup(String isa) {
    Conv2dGeometry g = Conv2dGeometry.of(2, 4, 5, 6, 4, 2, 3).withGroups(2);
    float[] src = TestData.exact(1, "src", 240, 1);
    float[] weights = TestData.exact(1, "weights", 48, 1);
    // Image 1, channel 2 (group 1), row 2, column 3.
    src[120 + 2 * 30 + 2 * 6 + 3] = NAN;
    for (float[] found : forward(isa, g, src, weights, 3)) {
      for (int i = 0; i < found.length; i++) {
        int n = i / 64;
        int oc = i / 16 % 4;
        int oh = i / 4 % 4;
        int ow = i % 4;
        boolean reached = n == 1 && oc >= 2 && oh >= 1 && oh <= 2 && ow >= 1 && ow <= 3;
        assertEquals(reached, Float.isNaN(found[i]), "element " + i);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("isas")
  void zeroTimesInfinityIsNaNInsideTheImageOnly(String isa) {
    Conv2dGeometry g = Conv2dGeometry.of(1, 1, 3, 3, 1, 3, 3).withPadding(1, 1, 1, 1);
    float[] weights = {0, 0, 0, 0, INF, 0, 0, 0, -INF};
    float[] src = {1, 2, -1, 0, 3, 1, 2, 1, 1};
    // The centre tap sees the pixel, the last tap the one below right where there is one.
    float[] expected = {NAN, NAN, -INF, NAN, NAN, INF, INF, INF, INF};
    for (float[] found : forward(isa, g, src, weights, 3)) {
      assertArrayEquals(expected, found);
    }
  }

  @ParameterizedTest
  @MethodSource("isas")
  void reluKeepsNaNAndCutsMinusInfinity(String isa) {
    Conv2dGeometry g = Conv2dGeometry.of(1, 1, 1, 5, 1, 1, 1);
    int ran = 0;
    for (String algorithm : NativeKernels.conv2dAlgorithms(Direction.FORWARD)) {
      Conv2dForward plan;
      try {
        plan =
            KERNELS.conv2dForward(
                g, PlanOptions.DEFAULT.withIsa(isa).withAlgorithm(algorithm).withRelu(true));
      } catch (Conv4jException e) {
        continue; // The algorithm does not take this geometry.
      }
      ran++;
      try (Tensor src = Tensor.of(new float[] {NAN, -INF, INF, -2, 3}, 1, 1, 1, 5);
          Tensor weight = Tensor.of(new float[] {2}, 1, 1, 1, 1);
          Tensor bias = Tensor.of(new float[] {1}, 1);
          Tensor dst = Tensor.empty(g.dstShape());
          PreparedWeights prepared = plan.prepare(weight)) {
        plan.run(src, prepared, bias, dst);
        assertArrayEquals(new float[] {NAN, 0, INF, 0, 7}, dst.toArray(), algorithm);
      }
    }
    assertTrue(ran >= 3, ran + " algorithms took the geometry");
  }
}
