package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.kernel.ElementwiseKernels;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.ReferenceKernels;
import io.github.conv4j.kernel.UnaryFunction;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The operators around convolution and pooling: native against the reference, everywhere. */
class NativeLayersTest {
  private static final ReferenceKernels REFERENCE = ReferenceKernels.instance();
  private static final NativeKernels NATIVE = NativeKernels.instance();

  private int threads;

  @BeforeEach
  void remember() {
    threads = Conv4j.threads();
  }

  @AfterEach
  void restore() {
    Conv4j.setThreads(threads);
  }

  static List<String> isas() {
    return Conv4j.isas();
  }

  @ParameterizedTest
  @MethodSource("isas")
  void integersGiveTheSameBits(String isa) {
    long seed = Fixtures.seed();
    Map<String, float[]> expected = LayerOperators.exact(REFERENCE, PlanOptions.DEFAULT, seed);
    for (int count : new int[] {1, 2, 3}) {
      Conv4j.setThreads(count);
      Map<String, float[]> found =
          LayerOperators.exact(NATIVE, PlanOptions.DEFAULT.withIsa(isa), seed);
      assertEquals(expected.keySet(), found.keySet());
      expected.forEach(
          (name, values) ->
              assertArrayEquals(
                  withoutSignOfZero(values),
                  withoutSignOfZero(found.get(name)),
                  () -> name + ", " + count + " threads, seed " + seed));
    }
  }

  /** The sign of a zero depends on the order in which a sum of zero came about. */
  private static float[] withoutSignOfZero(float[] values) {
    float[] result = values.clone();
    for (int i = 0; i < result.length; i++) {
      result[i] += 0.0f;
    }
    return result;
  }

  @ParameterizedTest
  @MethodSource("isas")
  void realNumbersAreWithinABound(String isa) {
    long seed = Fixtures.seed();
    Map<String, float[]> expected = LayerOperators.real(REFERENCE, PlanOptions.DEFAULT, seed);
    Map<String, float[]> found =
        LayerOperators.real(NATIVE, PlanOptions.DEFAULT.withIsa(isa), seed);
    assertEquals(expected.keySet(), found.keySet());
    expected.forEach(
        (name, values) -> {
          double largest = 0;
          for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
          }
          assertTrue(largest > 0, name + " is all zero");
          // Sums of at most some hundred products of numbers below 1, or of the size of the result.
          double bound = 4e-6 * Math.max(largest, name.startsWith("linear") ? 4 : 0.1);
          float[] native_ = found.get(name);
          for (int i = 0; i < values.length; i++) {
            double error = Math.abs((double) values[i] - native_[i]);
            int at = i;
            assertTrue(
                error <= bound,
                () ->
                    name
                        + "["
                        + at
                        + "]: "
                        + values[at]
                        + " and "
                        + native_[at]
                        + ", seed "
                        + seed);
          }
        });
  }

  @ParameterizedTest
  @MethodSource("isas")
  void theNumberOfThreadsChangesNoBit(String isa) {
    long seed = Fixtures.seed();
    PlanOptions options = PlanOptions.DEFAULT.withIsa(isa);
    Conv4j.setThreads(1);
    Map<String, float[]> once = LayerOperators.real(NATIVE, options, seed);
    for (int count : new int[] {2, 3, 7, 1}) {
      Conv4j.setThreads(count);
      Map<String, float[]> again = LayerOperators.real(NATIVE, options, seed);
      once.forEach(
          (name, values) ->
              assertArrayEquals(
                  values, again.get(name), () -> name + ", " + count + " threads, seed " + seed));
    }
  }

  @ParameterizedTest
  @MethodSource("isas")
  void tanhIsWithinTwoUlp(String isa) {
    verifyAccuracy(isa, UnaryFunction.TANH, Math::tanh, 2);
  }

  @ParameterizedTest
  @MethodSource("isas")
  void sigmoidIsWithinTwoAndAHalfUlp(String isa) {
    verifyAccuracy(isa, UnaryFunction.SIGMOID, x -> 1 / (1 + Math.exp(-x)), 2.5);
  }

  /** Over the whole range, denormals and both infinities included, about a million values. */
  private static void verifyAccuracy(
      String isa, UnaryFunction function, DoubleUnaryOperator exact, double most) {
    int step = 4093;
    int count = (int) ((1L << 32) / step) + 3;
    float[] x = new float[count];
    for (int i = 0; i < count - 3; i++) {
      x[i] = Float.intBitsToFloat((int) ((long) i * step));
    }
    x[count - 3] = Float.POSITIVE_INFINITY;
    x[count - 2] = Float.NEGATIVE_INFINITY;
    x[count - 1] = -0.0f;
    float[] y;
    try (Tensor src = Tensor.of(x, count);
        Tensor dst = Tensor.empty(src.shape())) {
      NATIVE.elementwise(PlanOptions.DEFAULT.withIsa(isa)).forward(function, src, dst);
      y = dst.toArray();
    }
    double worst = 0;
    for (int i = 0; i < count; i++) {
      double value = exact.applyAsDouble(x[i]);
      if (Double.isNaN(value)) {
        assertTrue(Float.isNaN(y[i]), function + " of NaN is " + y[i]);
        continue;
      }
      double error = Math.abs(value - y[i]) / Math.ulp((float) value);
      float at = x[i];
      assertTrue(error <= most, () -> function + "(" + at + ") is wrong by " + error + " ulp");
      worst = Math.max(worst, error);
    }
    assertTrue(worst > 0.3, "so exact that nothing can have been computed: " + worst);
    if (function == UnaryFunction.TANH) {
      assertEquals(
          Float.floatToRawIntBits(-0.0f), Float.floatToRawIntBits(y[count - 1]), "tanh(-0)");
    }
  }

  @ParameterizedTest
  @MethodSource("isas")
  void reluKeepsNanAndTheSignOfAZero(String isa) {
    ElementwiseKernels kernels = NATIVE.elementwise(PlanOptions.DEFAULT.withIsa(isa));
    float[] x = {-0.0f, 0, Float.NaN, -1, 2, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY};
    float[] y = {-0.0f, 0, Float.NaN, 0, 2, 0, Float.POSITIVE_INFINITY};
    try (Tensor src = Tensor.of(x, 7);
        Tensor dst = Tensor.empty(src.shape());
        Tensor reference = Tensor.empty(src.shape())) {
      kernels.forward(UnaryFunction.RELU, src, dst);
      REFERENCE.elementwise(PlanOptions.DEFAULT).forward(UnaryFunction.RELU, src, reference);
      assertArrayEquals(y, dst.toArray());
      assertArrayEquals(y, reference.toArray());
    }
  }

  @Test
  void openBlasRunsWhereItIsAskedFor() {
    long before = NativeApi.conv4j_blas_calls();
    PlanOptions options = PlanOptions.DEFAULT;
    try (Tensor x = Tensor.zeros(8, 3);
        Tensor w = Tensor.zeros(5, 3);
        Tensor y = Tensor.empty(Shape.of(8, 5))) {
      NATIVE.linear(options.withAlgorithm("simd")).forward(x, w, null, y);
      assertEquals(before, NativeApi.conv4j_blas_calls());
      NATIVE.linear(options.withAlgorithm("openblas")).forward(x, w, null, y);
      assertTrue(NativeApi.conv4j_blas_calls() > before);
    }
    assertEquals("openblas", NATIVE.linear(options).algorithm(8, 3, 5));
    assertEquals("simd", NATIVE.linear(options).algorithm(1, 3, 5));
  }
}
