package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.check.CheckResult;
import io.github.conv4j.check.Conv2dCheck;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The algorithms named after OpenBLAS run OpenBLAS, with the kernels of the CPU that there is. */
class OpenBlasTest {
  private static final Conv2dGeometry GEOMETRY =
      new Conv2dGeometry(2, 6, 9, 11, 8, 3, 2, 2, 1, 1, 0, 2, 1, 1, 2, 2);

  static List<Arguments> algorithms() {
    List<Arguments> algorithms = new ArrayList<>();
    for (Direction direction : Direction.values()) {
      for (String name : NativeKernels.conv2dAlgorithms(direction)) {
        algorithms.add(Arguments.of(direction, name));
      }
    }
    return algorithms;
  }

  @Test
  void isOpen() {
    assertEquals("", Conv4j.blasProblem());
    Conv4j.Blas blas = Conv4j.blas().orElseThrow();
    assertTrue(blas.version().startsWith("OpenBLAS 0.3."), blas::toString);
  }

  @Test
  void everyDirectionHasAnAlgorithmOnIt() {
    for (Direction direction : Direction.values()) {
      assertEquals(
          1,
          NativeKernels.conv2dAlgorithms(direction).stream()
              .filter(name -> name.contains("openblas"))
              .count(),
          direction.label());
    }
  }

  /** The automatic choice takes a recent AVX-512 CPU for one without AVX-512, at half the speed. */
  @Test
  void itsKernelsAreAsWideAsTheCpu() {
    String core = Conv4j.blas().orElseThrow().core();
    if (Conv4j.isas().contains("avx512")) {
      assertTrue(
          List.of("SkylakeX", "Cooperlake", "SapphireRapids").contains(core),
          "the core is " + core);
    } else if (Conv4j.isas().contains("avx2")) {
      assertTrue(List.of("Haswell", "Zen").contains(core), "the core is " + core);
    } else {
      assertFalse(core.isEmpty());
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("algorithms")
  void isCalledByThoseAlgorithmsAlone(Direction direction, String algorithm) {
    long before = NativeApi.conv4j_blas_calls();
    try (Conv2dCheck check =
        new Conv2dCheck(GEOMETRY, direction, DataKind.EXACT, Fixtures.seed(), 0)) {
      CheckResult result =
          check
              .run(NativeKernels.instance(), PlanOptions.DEFAULT.withAlgorithm(algorithm))
              .orElse(null);
      long calls = NativeApi.conv4j_blas_calls() - before;
      if (algorithm.contains("openblas")) {
        assertTrue(result.passed(), result::toString);
        assertTrue(calls >= GEOMETRY.n() * GEOMETRY.g(), calls + " calls");
      } else {
        assertEquals(0, calls);
      }
    }
  }
}
