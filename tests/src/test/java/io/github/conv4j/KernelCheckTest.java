package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.check.CheckResult;
import io.github.conv4j.check.Conv2dCheck;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.KernelCase;
import io.github.conv4j.check.KernelCheck;
import io.github.conv4j.check.MaxPool2dCheck;
import io.github.conv4j.check.ShapeFile;
import io.github.conv4j.check.Validation;
import io.github.conv4j.kernel.Conv2dBackwardData;
import io.github.conv4j.kernel.Conv2dBackwardWeights;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.MaxPool2dBackward;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.ReferenceKernels;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks of kernels that are right, and of kernels that are broken on purpose. */
class KernelCheckTest {
  private static final Conv2dGeometry CONV =
      new Conv2dGeometry(2, 6, 9, 11, 4, 3, 2, 2, 1, 1, 0, 2, 1, 1, 2, 2);
  private static final Pool2dGeometry POOL =
      new Pool2dGeometry(2, 5, 9, 11, 3, 2, 2, 1, 1, 1, 0, 1, 1, 2, true);
  private static final long SEEDS = 8;

  @Test
  void theReferenceAgreesWithItself() throws IOException {
    List<KernelCase> cases = new ArrayList<>(read("edge.csv"));
    cases.addAll(read("pool_edge.csv"));
    for (long sample : new long[] {0, 100}) {
      Validation.Combinations all =
          new Validation.Combinations(
              List.of(Direction.values()),
              List.of(DataKind.values()),
              null,
              List.of("java"),
              List.of(1),
              List.of(MemoryFormat.values()),
              sample,
              7);
      int[] done = new int[1];
      Validation.Summary summary =
          new Validation(ReferenceKernels.instance(), all).run(cases, () -> done[0]++);
      assertEquals(List.of(), summary.failures());
      assertEquals(cases.size(), done[0]);
      assertEquals(cases.size(), summary.cases());
      assertEquals(0, summary.different());
      assertEquals(0, summary.notApplicable());
      assertEquals(0, summary.worstOverBound());
    }
  }

  /** Every window reads the one pixel: where their gradients add up to 0, others are drawn. */
  @Test
  void dataThatWouldHideErrorsIsDrawnAnew(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("pixel.csv"),
            """
            name,n,ic,ih,iw,oc,kh,kw,sh,sw,pt,pl,pb,pr,dh,dw,g,mode
            pixel,1,17,1,1,1,4,1,1,1,4,0,4,0,1,1,1,replicate
            """);
    for (long seed : new long[] {1, 699040870}) {
      Validation.Combinations exact =
          new Validation.Combinations(
              List.of(Direction.BACKWARD_WEIGHTS),
              List.of(DataKind.EXACT),
              null,
              List.of("java"),
              List.of(1),
              List.of(MemoryFormat.CONTIGUOUS),
              0,
              seed);
      Validation.Summary summary =
          new Validation(ReferenceKernels.instance(), exact)
              .run(List.copyOf(ShapeFile.read(file)), () -> {});
      assertEquals(List.of(), summary.failures());
      assertEquals(1, summary.runs());
    }
  }

  @Test
  void oneWrongElementIsFound() {
    for (Direction direction : Direction.values()) {
      onConvolution(direction, result -> result.set(3, result.get(3) + 1));
      onConvolution(direction, result -> result.set(result.elements() - 1, Float.NaN));
    }
    onPooling(Direction.FORWARD, result -> result.set(3, Math.nextUp(result.get(3) + 1)));
    onPooling(Direction.BACKWARD_DATA, result -> result.set(3, result.get(3) + 1));
  }

  @Test
  void aMissingTapIsFoundOnRealDataToo() {
    Conv2dGeometry large = Conv2dGeometry.of(1, 512, 5, 6, 3, 3, 3).withPadding(1, 1, 1, 1);
    try (KernelCheck check = new Conv2dCheck(large, Direction.FORWARD, DataKind.REAL, 1, 0)) {
      // A tap of 512 * 9 left out: its average share of the magnitude.
      double tap = 0.25;
      CheckResult result =
          check
              .run(broken(dst -> dst.set(40, (float) (dst.get(40) - tap))), PlanOptions.DEFAULT)
              .orElseThrow();
      assertFalse(result.passed());
      assertTrue(result.worstOverBound() > 10, result::toString);
    }
  }

  @Test
  void anElementThatIsNotWrittenIsFound() {
    // NaN was there before: putting it back is not writing.
    onConvolution(Direction.FORWARD, result -> result.set(0, Float.NaN));
  }

  @Test
  void swappedRowsAndColumnsAreFound() {
    Conv2dGeometry square = Conv2dGeometry.of(1, 2, 7, 7, 2, 3, 3);
    Consumer<Tensor> transpose =
        dst -> {
          float[] values = dst.toArray();
          for (int h = 0; h < 5; h++) {
            for (int w = 0; w < 5; w++) {
              dst.set(w * 5 + h, values[h * 5 + w]);
            }
          }
        };
    for (DataKind data : DataKind.values()) {
      try (KernelCheck check = new Conv2dCheck(square, Direction.FORWARD, data, 2, 0)) {
        assertFalse(check.run(broken(transpose), PlanOptions.DEFAULT).orElseThrow().passed());
      }
    }
  }

  @Test
  void aLostBiasAndALostReluAreFound() {
    Kernels withoutBias = patched("run", (plan, arguments) -> arguments[2] = null);
    Kernels withoutRelu =
        patched(
            "conv2dForward",
            (kernels, arguments) -> arguments[1] = ((PlanOptions) arguments[1]).withRelu(false));
    for (Kernels careless : List.of(withoutBias, withoutRelu)) {
      int found = 0;
      for (long seed = 0; seed < SEEDS; seed++) {
        try (KernelCheck check =
            new Conv2dCheck(CONV, Direction.FORWARD, DataKind.EXACT, seed, 0)) {
          found += check.run(careless, PlanOptions.DEFAULT).orElseThrow().passed() ? 0 : 1;
        }
      }
      assertTrue(found > 0 && found < SEEDS, found + " of the seeds have one");
    }
  }

  @Test
  void wrongIndicesAreFoundThoughTheValuesAgree() {
    Pool2dGeometry geometry = Pool2dGeometry.of(1, 1, 4, 4, 2, 2, 2, 2);
    try (KernelCheck check =
        new MaxPool2dCheck(geometry, Direction.FORWARD, DataKind.EXACT, 3, 0)) {
      // The offsets belong to another run: of a constant image.
      Kernels stale =
          patched(
              "run",
              (plan, arguments) -> {
                if (arguments[2] != null) {
                  Tensor zeros = Tensor.zeros(geometry.srcShape());
                  MaxPool2dForward real = (MaxPool2dForward) plan;
                  real.run((Tensor) arguments[0], (Tensor) arguments[1], null);
                  arguments[0] = zeros;
                  arguments[1] = Tensor.empty(geometry.dstShape());
                }
              });
      CheckResult result = check.run(stale, PlanOptions.DEFAULT).orElseThrow();
      assertTrue(result.tensors().get(0).comparison().passed());
      assertTrue(result.tensors().get(1).comparison().passed());
      assertEquals("indices", result.tensors().get(2).tensor());
      assertFalse(result.tensors().get(2).comparison().passed());
    }
  }

  @Test
  void aWriteToASourceIsFound() {
    for (DataKind data : DataKind.values()) {
      try (KernelCheck check = new Conv2dCheck(CONV, Direction.BACKWARD_DATA, data, 4, 0)) {
        Kernels careless = patchedAfter("run", arguments -> ((Tensor) arguments[0]).set(5, 1e6f));
        CheckResult result = check.run(careless, PlanOptions.DEFAULT).orElseThrow();
        assertEquals("diff_dst after the run", result.tensors().get(1).tensor());
        assertFalse(result.passed());
      }
    }
  }

  @Test
  void anAlgorithmThatDoesNotApplyIsNoPass() {
    Kernels picky =
        patched(
            "conv2dForward",
            (kernels, arguments) -> {
              throw new Conv4jException("this algorithm does not take the geometry");
            });
    try (KernelCheck check = new Conv2dCheck(CONV, Direction.FORWARD, DataKind.EXACT, 5, 0)) {
      assertEquals(Optional.empty(), check.run(picky, PlanOptions.DEFAULT.withAlgorithm("picky")));
      assertThrows(Conv4jException.class, () -> check.run(picky, PlanOptions.DEFAULT));
    }
  }

  @Test
  void failuresOfAValidationSayWhatWasRun() throws IOException {
    Kernels wrong = broken(result -> result.set(0, result.get(0) + 1));
    Validation.Combinations one =
        new Validation.Combinations(
            List.of(Direction.FORWARD),
            List.of(DataKind.REAL),
            null,
            List.of("java"),
            List.of(1),
            List.of(MemoryFormat.CHANNELS_LAST),
            0,
            7);
    List<KernelCase> cases = read("edge.csv").subList(0, 3);
    Validation.Summary summary = new Validation(wrong, one).run(cases, () -> {});
    assertEquals(3, summary.different());
    assertEquals(3, summary.failures().size());
    Validation.Failure failure = summary.failures().get(1);
    assertEquals(cases.get(1), failure.shape());
    assertEquals(Direction.FORWARD, failure.direction());
    assertEquals(MemoryFormat.CHANNELS_LAST, failure.format());
    assertTrue(failure.problems().get(0).contains("dst: "), failure::toString);
    assertTrue(summary.worstOverBound() > 1000);
  }

  private static void onConvolution(Direction direction, Consumer<Tensor> damage) {
    for (DataKind data : DataKind.values()) {
      try (KernelCheck check = new Conv2dCheck(CONV, direction, data, 1, 0)) {
        assertTrue(
            check.run(ReferenceKernels.instance(), PlanOptions.DEFAULT).orElseThrow().passed());
        CheckResult result = check.run(broken(damage), PlanOptions.DEFAULT).orElseThrow();
        assertFalse(result.passed(), direction + " " + data);
        assertTrue(result.worstOverBound() > 1);
      }
    }
  }

  private static void onPooling(Direction direction, Consumer<Tensor> damage) {
    for (DataKind data : DataKind.values()) {
      try (KernelCheck check = new MaxPool2dCheck(POOL, direction, data, 1, 0)) {
        assertTrue(
            check.run(ReferenceKernels.instance(), PlanOptions.DEFAULT).orElseThrow().passed());
        CheckResult result = check.run(broken(damage), PlanOptions.DEFAULT).orElseThrow();
        assertFalse(result.passed(), direction + " " + data);
      }
    }
  }

  private interface Before {
    void change(Object target, Object[] arguments);
  }

  /** The reference, with something done to the main result of every run. */
  private static Kernels broken(Consumer<Tensor> damage) {
    return patchedAfter(
        "run",
        arguments -> {
          // dst, diff_src and diff_weights are the last tensors but offsets and diff_bias.
          Object last = arguments[arguments.length - 1];
          boolean isMain = last instanceof Tensor tensor && tensor.shape().rank() > 1;
          damage.accept((Tensor) (isMain ? last : arguments[arguments.length - 2]));
        });
  }

  private static Kernels patched(String method, Before before) {
    return kernels(method, before, arguments -> {});
  }

  private static Kernels patchedAfter(String method, Consumer<Object[]> after) {
    return kernels(method, (target, arguments) -> {}, after);
  }

  private static Kernels kernels(String method, Before before, Consumer<Object[]> after) {
    Class<?>[] plans = {
      Conv2dForward.class,
      Conv2dBackwardData.class,
      Conv2dBackwardWeights.class,
      MaxPool2dForward.class,
      MaxPool2dBackward.class
    };
    InvocationHandler onKernels =
        (proxy, called, arguments) -> {
          if (called.getName().equals(method)) {
            before.change(ReferenceKernels.instance(), arguments);
          }
          Object plan = called.invoke(ReferenceKernels.instance(), arguments);
          for (Class<?> type : plans) {
            if (type.isInstance(plan)) {
              return proxy(type, onPlan(plan, method, before, after));
            }
          }
          return plan;
        };
    return (Kernels) proxy(Kernels.class, onKernels);
  }

  private static InvocationHandler onPlan(
      Object plan, String method, Before before, Consumer<Object[]> after) {
    return (proxy, called, arguments) -> {
      Object[] changed = arguments == null ? null : arguments.clone();
      boolean matches = called.getName().equals(method);
      if (matches) {
        before.change(plan, changed);
      }
      try {
        called.setAccessible(true);
        Object result = called.invoke(plan, changed);
        if (matches) {
          after.accept(changed);
        }
        return result;
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    };
  }

  private static Object proxy(Class<?> type, InvocationHandler handler) {
    return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler);
  }

  private static List<KernelCase> read(String name) throws IOException {
    Path here = Path.of("shapes", name);
    return ShapeFile.read(Files.exists(here) ? here : Path.of("tests/shapes", name));
  }
}
