package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.check.AvgPool2dCase;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.KernelCase;
import io.github.conv4j.check.KernelCheck;
import io.github.conv4j.check.MaxPool2dCase;
import io.github.conv4j.check.ShapeFile;
import io.github.conv4j.kernel.AvgPool2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.ReferenceKernels;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The checks of the poolings pass what is right and object to what is not. */
class PoolingCheckTest {
  private static final Pool2dGeometry WINDOW =
      new Pool2dGeometry(2, 3, 7, 9, 3, 4, 2, 3, 1, 2, 0, 1, 1, 1, true);
  private static final List<KernelCase> CASES = new MaxPool2dCase("a", WINDOW).related();

  @Test
  void relatedCasesAreOfEveryPooling() {
    assertEquals(
        List.of(
            "maxpool2d",
            "minpool2d",
            "adaptiveavgpool2d",
            "adaptivemaxpool2d",
            "avgpool2d",
            "avgpool2d",
            "avgpool2d"),
        CASES.stream().map(KernelCase::operation).toList());
    KernelCase dilated = new MaxPool2dCase("a", WINDOW.withDilation(2, 1));
    assertTrue(dilated.related().stream().noneMatch(s -> s.operation().equals("avgpool2d")));
  }

  @Test
  void extentsReadBackAsTheSameCase() {
    for (KernelCase shape : CASES) {
      List<KernelCase> read = ShapeFile.parse(shape.name(), shape.extents()).related();
      assertTrue(read.contains(shape), shape + " is not in " + read);
    }
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> ShapeFile.parse("a", "1,1,3,3,2,2,1,1,0,0,0,0,1,1,0,2,0"));
    assertEquals("count_include_pad is 2; it must be 0 or 1", refused.getMessage());
  }

  @ParameterizedTest
  @EnumSource(DataKind.class)
  void theReferencePasses(DataKind data) {
    for (KernelCase shape : CASES) {
      for (Direction direction : shape.directions()) {
        for (long sample : new long[] {0, 40}) {
          assertTrue(passes(shape, direction, data, sample, ReferenceKernels.instance()));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DataKind.class)
  void anotherDivisorIsFound(DataKind data) {
    AvgPool2dCase shape = new AvgPool2dCase("a", AvgPool2dGeometry.of(WINDOW));
    UnaryOperator<Object> uncounted =
        g -> g instanceof AvgPool2dGeometry a ? a.withCountIncludePad(false) : g;
    assertFalse(passes(shape, Direction.FORWARD, data, 0, changed("avgPool2dForward", uncounted)));
    assertFalse(
        passes(shape, Direction.BACKWARD_DATA, data, 0, changed("avgPool2dBackward", uncounted)));
  }

  @ParameterizedTest
  @EnumSource(DataKind.class)
  void maxInThePlaceOfMinIsFound(DataKind data) {
    Kernels max =
        intercepted(
            "minPool2dForward",
            arguments ->
                ReferenceKernels.instance()
                    .maxPool2dForward((Pool2dGeometry) arguments[0], (PlanOptions) arguments[1]));
    assertFalse(passes(CASES.get(1), Direction.FORWARD, data, 0, max));
    assertFalse(passes(CASES.get(1), Direction.BACKWARD_DATA, data, 0, max));
  }

  @ParameterizedTest
  @EnumSource(DataKind.class)
  void aWrongElementOfWhatFollowsTheIndicesIsFound(DataKind data) {
    for (String method :
        List.of("adaptiveMaxPool2dBackward", "maxUnpool2d", "maxUnpool2dBackward")) {
      Kernels wrong = damaged(method, tensor -> tensor.set(3, tensor.get(3) + 1));
      assertFalse(passes(CASES.get(3), Direction.FORWARD, data, 0, wrong), method);
    }
  }

  private static boolean passes(
      KernelCase shape, Direction direction, DataKind data, long sample, Kernels kernels) {
    try (KernelCheck check = shape.check(direction, data, 5, sample)) {
      return check.run(kernels, PlanOptions.DEFAULT).orElseThrow().passed();
    }
  }

  private interface Answer {
    Object to(Object[] arguments);
  }

  private static Kernels changed(String method, UnaryOperator<Object> change) {
    Kernels reference = ReferenceKernels.instance();
    return intercepted(
        method,
        arguments -> {
          AvgPool2dGeometry geometry = (AvgPool2dGeometry) change.apply(arguments[0]);
          PlanOptions options = (PlanOptions) arguments[1];
          return method.equals("avgPool2dForward")
              ? reference.avgPool2dForward(geometry, options)
              : reference.avgPool2dBackward(geometry, options);
        });
  }

  /** The reference, but for the last tensor that a method writes. */
  private static Kernels damaged(String method, Consumer<Tensor> damage) {
    return (Kernels)
        Proxy.newProxyInstance(
            Kernels.class.getClassLoader(),
            new Class<?>[] {Kernels.class},
            (proxy, called, arguments) -> {
              Object result = invoke(called, arguments);
              if (called.getName().equals(method)) {
                damage.accept((Tensor) arguments[2]);
              }
              return result;
            });
  }

  private static Kernels intercepted(String method, Answer answer) {
    return (Kernels)
        Proxy.newProxyInstance(
            Kernels.class.getClassLoader(),
            new Class<?>[] {Kernels.class},
            (proxy, called, arguments) ->
                called.getName().equals(method) ? answer.to(arguments) : invoke(called, arguments));
  }

  private static Object invoke(Method called, Object[] arguments) throws Throwable {
    try {
      return called.invoke(ReferenceKernels.instance(), arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
