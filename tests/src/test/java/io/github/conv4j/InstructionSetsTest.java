package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.Plan;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which instruction sets there are, and that a forced one is the one that a plan reports. */
class InstructionSetsTest {
  private static final Conv2dGeometry CONV = Conv2dGeometry.of(1, 3, 8, 9, 4, 3, 2);
  private static final Pool2dGeometry POOL = Pool2dGeometry.of(1, 3, 8, 9, 3, 2, 2, 2);
  private static final Kernels KERNELS = NativeKernels.instance();

  static List<String> isas() {
    return Conv4j.isas();
  }

  @Test
  void noneThatTheCpuHasIsMissing() throws IOException {
    List<String> expected = new ArrayList<>(List.of("scalar"));
    if (System.getProperty("os.arch").equals("aarch64")) {
      expected.add("neon");
    } else {
      Set<String> flags = cpuFlags();
      if (flags.containsAll(Set.of("avx2", "fma"))) {
        expected.add("avx2");
      }
      if (flags.containsAll(Set.of("avx512f", "avx512bw", "avx512dq", "avx512vl", "fma"))) {
        expected.add("avx512");
      }
    }
    assertEquals(expected, Conv4j.isas());
    assertTrue(Conv4j.isas().contains(Conv4j.isa()), Conv4j.isa());
  }

  private static Set<String> cpuFlags() throws IOException {
    return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
        .filter(line -> line.startsWith("flags"))
        .findFirst()
        .map(line -> Set.of(line.substring(line.indexOf(':') + 1).strip().split(" +")))
        .orElseThrow();
  }

  @ParameterizedTest
  @MethodSource("isas")
  void aForcedOneIsReported(String isa) {
    PlanOptions options = PlanOptions.DEFAULT.withIsa(isa);
    for (Plan plan :
        List.of(
            KERNELS.conv2dForward(CONV, options),
            KERNELS.conv2dBackwardData(CONV, options),
            KERNELS.conv2dBackwardWeights(CONV, options),
            KERNELS.maxPool2dForward(POOL, options),
            KERNELS.maxPool2dBackward(POOL, options))) {
      assertEquals(isa, plan.isa());
    }
  }

  @Test
  void withoutAWishPlansTakeTheDefault() {
    assertEquals(Conv4j.isa(), KERNELS.conv2dForward(CONV, PlanOptions.DEFAULT).isa());
  }

  @Test
  void anUnknownNameIsRefused() {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> KERNELS.conv2dForward(CONV, PlanOptions.DEFAULT.withIsa("mmx")));
    assertTrue(refused.getMessage().contains("mmx"), refused.getMessage());
    assertTrue(refused.getMessage().contains("scalar"), refused.getMessage());
  }

  @Test
  void anUnknownAlgorithmIsRefusedAndTheKnownOnesAreNamed() {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> KERNELS.conv2dForward(CONV, PlanOptions.DEFAULT.withAlgorithm("fft")));
    assertTrue(refused.getMessage().contains("'fft'"), refused.getMessage());
    for (String name : NativeKernels.conv2dAlgorithms(Direction.FORWARD)) {
      assertTrue(refused.getMessage().contains(name), refused.getMessage());
    }
  }

  @Test
  void anAlgorithmThatDoesNotTakeTheGeometryIsRefused() {
    Conv4jException refused =
        assertThrows(
            Conv4jException.class,
            () -> KERNELS.conv2dForward(CONV, PlanOptions.DEFAULT.withAlgorithm("pointwise")));
    assertTrue(refused.getMessage().contains("pointwise"), refused.getMessage());
  }
}
