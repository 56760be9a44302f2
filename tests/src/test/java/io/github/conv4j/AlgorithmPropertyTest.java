package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.ChildJvm.Outcome;
import io.github.conv4j.check.KernelCase;
import io.github.conv4j.check.ShapeFile;
import io.github.conv4j.kernel.Accuracy;
import io.github.conv4j.kernel.Candidate;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.Plan;
import io.github.conv4j.kernel.PlanOptions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How conv4j.algorithm steers the choice; each setting in a process of its own. */
public class AlgorithmPropertyTest {
  /** Convolutions, a transposed one, and poolings with what their geometry suits as well. */
  private static final List<String> GEOMETRIES =
      List.of(
          "1,16,20,21,24,3,3,1,1,1,1,1,1,1,1,1",
          "2,6,19,17,9,3,2,2,3,1,0,1,1,2,1,3",
          "1,8,9,9,8,1,1,1,1,0,0,0,0,1,1,1",
          "1,4,7,6,6,3,3,1,1,1,1,1,1,0,0,1,1,1",
          "2,3,9,11,3,2,2,1,1,1,1,1,1,1",
          "2,3,9,11,3,2,2,1,1,1,1,1,1,2");

  /** What is planned, and the plan. */
  private record Planned(String what, Plan plan) {}

  private static List<Planned> plans() {
    Kernels kernels = NativeKernels.instance();
    List<PlanOptions> options =
        List.of(
            PlanOptions.DEFAULT,
            PlanOptions.DEFAULT.withAccuracy(Accuracy.STRICT),
            PlanOptions.DEFAULT.withIsa("scalar").withMemoryFormat(MemoryFormat.CHANNELS_LAST));
    List<Planned> plans = new ArrayList<>();
    for (String extents : GEOMETRIES) {
      for (KernelCase shape : ShapeFile.parse("given", extents).related()) {
        for (Direction direction : shape.directions()) {
          for (PlanOptions option : options) {
            Plan plan = PlanFactory.plan(kernels, shape, direction, option);
            plans.add(new Planned(shape.selection() + " " + direction + " " + option, plan));
          }
        }
      }
    }
    return plans;
  }

  /** Says what each plan runs, and what a plan runs that names its algorithm. */
  public static final class Probe {
    private Probe() {}

    /** Runs the probe. */
    public static void main(String[] arguments) {
      for (Planned planned : plans()) {
        System.out.println(planned.what + ": " + planned.plan.algorithm());
      }
      KernelCase shape = ShapeFile.parse("given", GEOMETRIES.get(0));
      PlanOptions named = PlanOptions.DEFAULT.withAlgorithm("direct");
      System.out.println(
          "named: "
              + PlanFactory.plan(NativeKernels.instance(), shape, Direction.FORWARD, named)
                  .algorithm());
    }
  }

  @ParameterizedTest
  @CsvSource({"im2col, 6", "rows, 30", "winograd4, 3", "pointwise, 4", "planes, 10", "ranges, 10"})
  void plansTakeTheAlgorithmWhereItCanBeHad(String wish, int least) {
    List<String> expected = new ArrayList<>();
    int granted = 0;
    for (Planned planned : plans()) {
      boolean candidate =
          planned.plan.candidates().stream().map(Candidate::name).anyMatch(wish::equals);
      granted += candidate ? 1 : 0;
      expected.add(planned.what + ": " + (candidate ? wish : planned.plan.algorithm()));
    }
    expected.add("named: direct");
    assertTrue(granted >= least && granted < expected.size() - 1, granted + " plans take " + wish);
    Outcome outcome = new ChildJvm().property("conv4j.algorithm", wish).run(Probe.class.getName());
    assertEquals("", outcome.err());
    assertEquals(expected, outcome.out().lines().toList());
  }

  @Test
  void anAlgorithmOnALibraryThatIsNotThereIsNoMistake() {
    ChildJvm jvm = new ChildJvm().property("conv4j.blas", "none");
    Outcome free = jvm.run(Probe.class.getName());
    Outcome asked = jvm.property("conv4j.algorithm", "im2col_openblas").run(Probe.class.getName());
    assertEquals(0, asked.status(), asked::toString);
    assertEquals(free.out(), asked.out());
  }

  @Test
  void aNameThatNoOperationKnowsIsRefused() {
    for (String backend : List.of("auto", "native")) {
      Outcome outcome =
          new ChildJvm()
              .property("conv4j.algorithm", "fft")
              .property("conv4j.backend", backend)
              .conv4j("info");
      assertEquals(2, outcome.status(), outcome::toString);
      String line = outcome.onlyError();
      for (String word :
          List.of(
              "the property conv4j.algorithm",
              "'fft'",
              "winograd4",
              "col2im",
              "separable",
              "gather",
              "ranges",
              "rows")) {
        assertTrue(line.contains(word), () -> "'" + line + "' does not say '" + word + "'");
      }
    }
  }

  @Test
  void theCommandLineSaysThatTheAlgorithmWasAskedFor() {
    ChildJvm jvm = new ChildJvm().property("conv4j.algorithm", "rows");
    Outcome forced = jvm.conv4j("info", "--plan", GEOMETRIES.get(0));
    assertEquals("", forced.err());
    assertTrue(forced.out().contains("rows, asked for by conv4j.algorithm\n"), forced.out());
    Outcome validated =
        jvm.conv4j(
            "validate", "--geometry", GEOMETRIES.get(0), "--algorithm", "direct", "--seed", "1");
    assertEquals(0, validated.status(), validated::toString);
  }
}
