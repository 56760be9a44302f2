package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.check.KernelCase;
import io.github.conv4j.check.VerifyingKernels;
import io.github.conv4j.kernel.Accuracy;
import io.github.conv4j.kernel.Candidate;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.Plan;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.ReferenceKernels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What plans say that they were chosen from, and what they need. */
class CandidatesTest {
  private static final Kernels NATIVE = NativeKernels.instance();
  private static final Conv2dGeometry LAYER = Conv2dGeometry.of(1, 32, 20, 21, 24, 3, 3);

  private static List<String> names(List<Candidate> candidates) {
    return candidates.stream().map(Candidate::name).toList();
  }

  private static List<Double> costs(List<Candidate> candidates) {
    return candidates.stream().map(Candidate::cost).toList();
  }

  /** The algorithms that a plan can be made with, by trying. */
  private static List<String> takers(KernelCase shape, Direction direction, List<Candidate> found) {
    List<String> takers = new ArrayList<>();
    for (String name : shape.algorithms(direction)) {
      Plan plan;
      try {
        plan = PlanFactory.plan(NATIVE, shape, direction, PlanOptions.DEFAULT.withAlgorithm(name));
      } catch (Conv4jException e) {
        continue;
      }
      takers.add(name);
      List<Candidate> again = plan.candidates();
      assertEquals(names(found), names(again));
      assertEquals(costs(found), costs(again));
      for (Candidate candidate : again) {
        assertEquals(candidate.name().equals(name), candidate.chosen(), candidate::toString);
      }
    }
    return takers;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "edge.csv",
        "padding_edge.csv",
        "transpose_edge.csv",
        "pool_edge.csv",
        "vgg19.csv"
      })
  void candidatesAreTheAlgorithmsThatTakeTheGeometry(String file) {
    long several = 0;
    for (KernelCase row : Fixtures.shapes(file)) {
      for (KernelCase shape : row.related()) {
        for (Direction direction : shape.directions()) {
          String which = shape.selection() + " --direction " + direction.label();
          Plan plan = PlanFactory.plan(NATIVE, shape, direction, PlanOptions.DEFAULT);
          List<Candidate> found = plan.candidates();
          assertEquals(takers(shape, direction, found), names(found), which);
          Candidate cheapest =
              found.stream().min(Comparator.comparingDouble(Candidate::cost)).orElseThrow();
          assertEquals(plan.algorithm(), cheapest.name(), which);
          assertEquals(List.of(cheapest), found.stream().filter(Candidate::chosen).toList(), which);
          several += found.size() > 1 ? 1 : 0;
        }
      }
    }
    assertTrue(several > 10, "hardly any plan had a choice");
  }

  @Test
  void strictPlansHaveNoCandidateThatTransforms() {
    PlanOptions strict = PlanOptions.DEFAULT.withAccuracy(Accuracy.STRICT);
    for (Direction direction : Direction.values()) {
      List<String> all =
          names(PlanFactory.plan(NATIVE, LAYER, direction, PlanOptions.DEFAULT).candidates());
      List<String> plain = names(PlanFactory.plan(NATIVE, LAYER, direction, strict).candidates());
      assertTrue(all.contains("winograd4"), all::toString);
      assertEquals(all.stream().filter(name -> !name.startsWith("winograd")).toList(), plain);
    }
  }

  @Test
  void whereThereIsNothingToChooseThereIsOneCandidate() {
    Kernels reference = ReferenceKernels.instance();
    for (Direction direction : Direction.values()) {
      Plan plan = PlanFactory.plan(reference, LAYER, direction, PlanOptions.DEFAULT);
      assertEquals(List.of(new Candidate("reference", 0, true)), plan.candidates());
      assertEquals(0, plan.workspaceBytes(2));
      assertEquals(0, plan.preparedBytes());
    }
    assertEquals(
        List.of(new Candidate("simd", 0, true)),
        NATIVE.normalization(PlanOptions.DEFAULT).candidates());
  }

  @Test
  void verifyingPlansSayWhatTheirsSay() {
    Kernels verifying = VerifyingKernels.throwing(NATIVE);
    for (String file : List.of("edge.csv", "transpose_edge.csv", "pool_edge.csv")) {
      for (KernelCase shape : Fixtures.shapes(file).get(3).related()) {
        for (Direction direction : shape.directions()) {
          Plan tested = PlanFactory.plan(NATIVE, shape, direction, PlanOptions.DEFAULT);
          Plan plan = PlanFactory.plan(verifying, shape, direction, PlanOptions.DEFAULT);
          assertEquals(tested.candidates(), plan.candidates());
          assertFalse(names(plan.candidates()).contains("reference"));
          assertEquals(tested.workspaceBytes(3), plan.workspaceBytes(3));
          assertEquals(tested.preparedBytes(), plan.preparedBytes());
        }
      }
    }
  }

  static List<Named<Kernels>> backends() {
    return Fixtures.backends();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void countsOfThreadsAreChecked(Kernels kernels) {
    Plan plan = kernels.conv2dForward(LAYER, PlanOptions.DEFAULT);
    for (int wrong : new int[] {0, -1, 1025, Integer.MIN_VALUE}) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> plan.workspaceBytes(wrong))
              .getMessage();
      assertEquals("threads is " + wrong + "; it must be 1 to 1024", message);
    }
  }

  @Test
  void plansSayHowMuchMemoryTheyTake() {
    PlanOptions im2col = PlanOptions.DEFAULT.withAlgorithm("im2col");
    Plan forward = NATIVE.conv2dForward(LAYER, im2col);
    long one = forward.workspaceBytes(1);
    long perThread = forward.workspaceBytes(2) - one;
    assertTrue(one > 0 && perThread > 0);
    assertEquals(one + 1023 * perThread, forward.workspaceBytes(1024));
    assertTrue(forward.preparedBytes() >= LAYER.weightsShape().elements() * Float.BYTES);
    assertEquals(0, NATIVE.conv2dBackwardWeights(LAYER, im2col).preparedBytes());
  }

  @Test
  void cachesHaveSizes() {
    List<Long> sizes = Conv4j.cacheSizes();
    assertEquals(3, sizes.size());
    assertTrue(sizes.get(0) >= 4096 && sizes.get(0) <= sizes.get(1), sizes::toString);
    assertTrue(sizes.get(2) > 0, sizes::toString);
  }
}
