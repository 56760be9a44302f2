package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.check.VerifyingKernels;
import io.github.conv4j.kernel.AdamSettings;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.OptimizerKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.SgdSettings;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Optimizer kernels of every instruction set against the reference, on any number of threads. */
class OptimizerKernelsTest {
  /** Of several blocks, and no multiple of any vector. */
  private static final Shape SHAPE = Shape.of(3, 33347);

  private static final SgdSettings PLAIN = new SgdSettings(0, 0, 0, false);
  private static final SgdSettings MOMENTUM = new SgdSettings(0.9, 0, 0, false);
  private static final AdamSettings ADAM = new AdamSettings(0.9, 0.999, 1e-8, 0, false);

  private final int threads = Conv4j.threads();

  @AfterEach
  void restore() {
    Conv4j.setThreads(threads);
  }

  static List<String> isas() {
    return Conv4j.isas();
  }

  /** Three steps of each kind; throws where a result is out of bounds. */
  private static List<float[]> run(OptimizerKernels kernels, long seed) {
    List<float[]> results = new ArrayList<>();
    for (SgdSettings settings :
        List.of(
            PLAIN,
            MOMENTUM,
            new SgdSettings(0.9, 0.5, 0.01, false),
            new SgdSettings(0.5, 0, 0.1, true))) {
      try (Tensor p = Fixtures.reals(seed, "p", SHAPE);
          Tensor buffer = settings.hasMomentum() ? Tensor.empty(SHAPE) : null) {
        for (int step = 0; step < 3; step++) {
          try (Tensor g = Fixtures.reals(seed, "g" + step, SHAPE)) {
            kernels.sgd(settings, 0.1, step == 0, g, p, buffer);
          }
        }
        results.add(p.toArray());
      }
    }
    for (AdamSettings settings :
        List.of(
            ADAM,
            new AdamSettings(0.9, 0.999, 1e-8, 0.1, true),
            new AdamSettings(0.5, 0.9, 1e-3, 0.1, false),
            new AdamSettings(0, 0, 0.1, 0, false))) {
      try (Tensor p = Fixtures.reals(seed, "p", SHAPE);
          Tensor mean = Tensor.zeros(SHAPE);
          Tensor square = Tensor.zeros(SHAPE)) {
        for (int step = 1; step <= 3; step++) {
          try (Tensor g = Fixtures.reals(seed, "g" + step, SHAPE)) {
            kernels.adam(settings, 0.1, step, g, p, mean, square);
          }
        }
        results.add(p.toArray());
        results.add(square.toArray());
      }
    }
    try (Tensor x = Fixtures.reals(seed, "x", SHAPE)) {
      results.add(new float[] {(float) kernels.sumOfSquares(x)});
      kernels.scale(0.3f, x);
      kernels.clamp(-0.1f, 0.2f, x);
      results.add(x.toArray());
    }
    return results;
  }

  @ParameterizedTest
  @MethodSource("isas")
  void everyInstructionSetKeepsTheBoundAndIgnoresThreads(String isa) {
    long seed = Fixtures.seed();
    Conv4j.setThreads(2);
    PlanOptions options = PlanOptions.DEFAULT.withIsa(isa);
    Kernels verified = VerifyingKernels.throwing(NativeKernels.instance());
    List<float[]> expected = run(verified.optimizers(options), seed);
    for (int count : new int[] {1, 3}) {
      Conv4j.setThreads(count);
      List<float[]> found = run(NativeKernels.instance().optimizers(options), seed);
      for (int i = 0; i < expected.size(); i++) {
        assertArrayEquals(expected.get(i), found.get(i), "result " + i + ", seed " + seed);
      }
    }
  }

  private static void refused(String word, Executable call) {
    String message = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(message.contains(word), message);
  }

  @Test
  void wrongOperandsAreRefusedByEveryBackend() {
    for (Kernels backend : Fixtures.backends().stream().map(named -> named.getPayload()).toList()) {
      OptimizerKernels kernels = backend.optimizers(PlanOptions.DEFAULT);
      try (Tensor g = Tensor.zeros(4);
          Tensor p = Tensor.zeros(4);
          Tensor m = Tensor.zeros(4);
          Tensor v = Tensor.zeros(4);
          Tensor wide = Tensor.zeros(5)) {
        refused("parameter has shape", () -> kernels.sgd(PLAIN, 1, true, g, wide, null));
        refused("parameter overlaps", () -> kernels.sgd(PLAIN, 1, true, g, g, null));
        refused("momentum_buffer is null", () -> kernels.sgd(MOMENTUM, 1, true, g, p, null));
        refused("momentum_buffer is given", () -> kernels.sgd(PLAIN, 1, true, g, p, m));
        refused("momentum_buffer overlaps", () -> kernels.sgd(MOMENTUM, 1, true, g, p, p));
        refused("learningRate is -1", () -> kernels.sgd(PLAIN, -1, true, g, p, null));
        refused("step is 0", () -> kernels.adam(ADAM, 1, 0, g, p, m, v));
        refused("square has shape", () -> kernels.adam(ADAM, 1, 1, g, p, m, wide));
        refused("square overlaps mean", () -> kernels.adam(ADAM, 1, 1, g, p, m, m));
        refused("low is 1.0", () -> kernels.clamp(1, 0, p));
        refused("low is NaN", () -> kernels.clamp(Float.NaN, 0, p));
        try (Tensor none = Tensor.zeros(0)) {
          assertEquals(0, kernels.sumOfSquares(none));
          kernels.scale(2, none);
        }
      }
    }
  }

  /** Without decay an infinite parameter stays, and NaN is neither hidden nor spread. */
  @Test
  void nonFiniteElementsStayWhereTheyAre() {
    for (Kernels backend : Fixtures.backends().stream().map(named -> named.getPayload()).toList()) {
      OptimizerKernels kernels = backend.optimizers(PlanOptions.DEFAULT);
      try (Tensor g = Tensor.of(new float[] {1, Float.NaN, 1}, 3);
          Tensor p = Tensor.of(new float[] {Float.POSITIVE_INFINITY, 1, 1}, 3);
          Tensor x = Tensor.of(new float[] {Float.NEGATIVE_INFINITY, Float.NaN, 0.5f}, 3)) {
        kernels.sgd(PLAIN, 0.5, true, g, p, null);
        assertArrayEquals(new float[] {Float.POSITIVE_INFINITY, Float.NaN, 0.5f}, p.toArray());
        kernels.clamp(-1, 1, x);
        assertArrayEquals(new float[] {-1, Float.NaN, 0.5f}, x.toArray());
        assertTrue(Double.isNaN(kernels.sumOfSquares(x)));
      }
    }
  }
}
