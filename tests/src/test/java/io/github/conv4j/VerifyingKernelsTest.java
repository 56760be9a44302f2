package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.check.Comparison;
import io.github.conv4j.check.OperationCheck;
import io.github.conv4j.check.VerificationException;
import io.github.conv4j.check.VerifyingKernels;
import io.github.conv4j.kernel.AdamSettings;
import io.github.conv4j.kernel.AdaptiveMaxPool2dForward;
import io.github.conv4j.kernel.AdaptivePool2dGeometry;
import io.github.conv4j.kernel.AvgPool2dBackward;
import io.github.conv4j.kernel.AvgPool2dForward;
import io.github.conv4j.kernel.AvgPool2dGeometry;
import io.github.conv4j.kernel.BatchStatistics;
import io.github.conv4j.kernel.Conv2dBackwardData;
import io.github.conv4j.kernel.Conv2dBackwardWeights;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.ConvTranspose2dBackwardData;
import io.github.conv4j.kernel.ConvTranspose2dBackwardWeights;
import io.github.conv4j.kernel.ConvTranspose2dForward;
import io.github.conv4j.kernel.ConvTranspose2dGeometry;
import io.github.conv4j.kernel.CrossEntropySettings;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.ElementwiseKernels;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.LinearKernels;
import io.github.conv4j.kernel.LossKernels;
import io.github.conv4j.kernel.MaxPool2dBackward;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.MaxPoolOffsets;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.NormalizationKernels;
import io.github.conv4j.kernel.OptimizerKernels;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.kernel.Plan;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.PreparedWeights;
import io.github.conv4j.kernel.ReferenceKernels;
import io.github.conv4j.kernel.SgdSettings;
import io.github.conv4j.kernel.UnaryFunction;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Verifying kernels object to every wrong result of every operation, name the place, and change
 * nothing themselves.
 */
class VerifyingKernelsTest {
  private static final NativeKernels NATIVE = NativeKernels.instance();
  private static final PlanOptions OPTIONS = PlanOptions.DEFAULT;
  private static final Conv2dGeometry CONV =
      Conv2dGeometry.of(2, 4, 9, 11, 6, 3, 3).withPadding(1, 1, 1, 1);
  private static final ConvTranspose2dGeometry TRANSPOSED =
      new ConvTranspose2dGeometry(2, 4, 5, 6, 6, 3, 2, 2, 1, 1, 0, 0, 1, 1, 0, 1, 1, 2);
  private static final Pool2dGeometry POOL =
      new Pool2dGeometry(2, 3, 9, 11, 3, 2, 2, 2, 1, 0, 1, 1, 1, 1, true);
  private static final AdaptivePool2dGeometry ADAPTIVE =
      new AdaptivePool2dGeometry(2, 3, 9, 11, 4, 5);
  private static final Shape IMAGES = Shape.of(2, 3, 9, 11);
  private static final Shape CHANNELS = Shape.of(3);
  private static final Shape ROWS = Shape.of(4, 7);

  /** An operation on kernels with operands of its own; what it writes is put under a name. */
  private interface Scenario {
    void run(Kernels kernels, Operands operands);
  }

  /** The tensors of one run, by name, made when first asked for. */
  private static final class Operands {
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Map<String, LongTensor> longs = new LinkedHashMap<>();
    private final Map<String, Tensor> results = new LinkedHashMap<>();
    private final MemoryFormat format;
    private Double value;

    Operands(MemoryFormat format) {
      this.format = format;
    }

    /** How a tensor lies: weights and what is no image are never channels last. */
    private MemoryFormat format(String name, Shape shape) {
      return shape.rank() == 4 && !name.contains("w") ? format : MemoryFormat.CONTIGUOUS;
    }

    Tensor source(String name, Shape shape) {
      return tensors.computeIfAbsent(
          name,
          n -> {
            try (Tensor made = Fixtures.reals(11, n, shape)) {
              return made.to(format(n, shape));
            }
          });
    }

    Tensor positive(String name, Shape shape) {
      Tensor tensor = source(name, shape);
      for (long i = 0; i < tensor.elements(); i++) {
        tensor.set(i, Math.abs(tensor.get(i)) + 0.5f);
      }
      return tensor;
    }

    Tensor result(String name, Shape shape) {
      return results.computeIfAbsent(name, n -> Tensor.zeros(shape, format(n, shape)));
    }

    LongTensor indices(String name, Shape shape, long below) {
      return longs.computeIfAbsent(
          name,
          n -> {
            LongTensor made = LongTensor.zeros(shape, format(n, shape));
            long[] values = new long[(int) shape.elements()];
            for (int i = 0; i < values.length; i++) {
              values[i] = i * 7L % below;
            }
            made.set(values);
            return made;
          });
    }

    void close() {
      tensors.values().forEach(Tensor::close);
      results.values().forEach(Tensor::close);
      longs.values().forEach(LongTensor::close);
    }
  }

  private static final List<Operands> OPEN = new ArrayList<>();

  @AfterEach
  void closeOperands() {
    OPEN.forEach(Operands::close);
    OPEN.clear();
  }

  private static Operands operands() {
    return operands(MemoryFormat.CONTIGUOUS);
  }

  private static Operands operands(MemoryFormat format) {
    Operands operands = new Operands(format);
    OPEN.add(operands);
    return operands;
  }

  /** Kernels whose plans are for images in a format, whatever the scenario asks for. */
  private static Kernels lying(MemoryFormat format, Kernels kernels) {
    return (Kernels)
        Proxy.newProxyInstance(
            Kernels.class.getClassLoader(),
            new Class<?>[] {Kernels.class},
            (proxy, method, arguments) -> {
              Object[] changed = arguments == null ? null : arguments.clone();
              for (int i = 0; changed != null && i < changed.length; i++) {
                if (changed[i] instanceof PlanOptions options) {
                  changed[i] = options.withMemoryFormat(format);
                }
              }
              try {
                return method.invoke(kernels, changed);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static Map<String, Scenario> scenarios() {
    Map<String, Scenario> all = new LinkedHashMap<>();
    for (String algorithm : NativeKernels.conv2dAlgorithms(Direction.FORWARD)) {
      if (algorithm.contains("winograd") || algorithm.equals("rows")) {
        all.put(
            "conv2d forward " + algorithm,
            (k, o) -> convolve(k, o, OPTIONS.withAlgorithm(algorithm)));
      }
    }
    all.put(
        "conv2d forward reflect",
        (k, o) -> convolve(k, o, OPTIONS.withRelu(true).withPaddingMode(PaddingMode.REFLECT)));
    all.put(
        "conv2d backward data",
        (k, o) -> {
          Conv2dBackwardData plan = k.conv2dBackwardData(CONV, OPTIONS);
          try (PreparedWeights w = plan.prepare(o.source("w", CONV.weightsShape()))) {
            plan.prepare(o.source("w2", CONV.weightsShape()), w);
            plan.run(o.source("dy", CONV.dstShape()), w, o.result("dx", CONV.srcShape()));
          }
        });
    all.put(
        "conv2d backward weights",
        (k, o) ->
            k.conv2dBackwardWeights(CONV, OPTIONS)
                .run(
                    o.source("x", CONV.srcShape()),
                    o.source("dy", CONV.dstShape()),
                    o.result("dw", CONV.weightsShape()),
                    o.result("db", CONV.biasShape())));
    all.put(
        "transposed forward",
        (k, o) -> {
          ConvTranspose2dForward plan = k.convTranspose2dForward(TRANSPOSED, OPTIONS);
          try (PreparedWeights w = plan.prepare(o.source("w", TRANSPOSED.weightsShape()))) {
            plan.prepare(o.source("w2", TRANSPOSED.weightsShape()), w);
            plan.run(
                o.source("x", TRANSPOSED.srcShape()),
                w,
                null,
                o.result("y", TRANSPOSED.dstShape()));
          }
        });
    all.put(
        "transposed backward data",
        (k, o) -> {
          ConvTranspose2dBackwardData plan = k.convTranspose2dBackwardData(TRANSPOSED, OPTIONS);
          try (PreparedWeights w = plan.prepare(o.source("w", TRANSPOSED.weightsShape()))) {
            plan.prepare(o.source("w2", TRANSPOSED.weightsShape()), w);
            plan.run(
                o.source("dy", TRANSPOSED.dstShape()), w, o.result("dx", TRANSPOSED.srcShape()));
          }
        });
    all.put(
        "transposed backward weights",
        (k, o) ->
            k.convTranspose2dBackwardWeights(TRANSPOSED, OPTIONS)
                .run(
                    o.source("x", TRANSPOSED.srcShape()),
                    o.source("dy", TRANSPOSED.dstShape()),
                    o.result("dw", TRANSPOSED.weightsShape()),
                    o.result("db", TRANSPOSED.biasShape())));
    all.put("max pooling", (k, o) -> pool(o, k.maxPool2dForward(POOL, OPTIONS), null));
    all.put("min pooling", (k, o) -> pool(o, k.minPool2dForward(POOL, OPTIONS), null));
    all.put(
        "max pooling backward",
        (k, o) -> pool(o, k.maxPool2dForward(POOL, OPTIONS), k.maxPool2dBackward(POOL, OPTIONS)));
    all.put(
        "average pooling",
        (k, o) ->
            k.avgPool2dForward(AvgPool2dGeometry.of(POOL).withDivisorOverride(-5), OPTIONS)
                .run(o.source("x", POOL.srcShape()), o.result("y", POOL.dstShape())));
    all.put(
        "average pooling backward",
        (k, o) ->
            k.avgPool2dBackward(AvgPool2dGeometry.of(POOL), OPTIONS)
                .run(o.source("dy", POOL.dstShape()), o.result("dx", POOL.srcShape())));
    all.put(
        "adaptive average pooling",
        (k, o) ->
            k.avgPool2dForward(ADAPTIVE, OPTIONS)
                .run(o.source("x", ADAPTIVE.srcShape()), o.result("y", ADAPTIVE.dstShape())));
    all.put(
        "adaptive max pooling",
        (k, o) -> {
          AdaptiveMaxPool2dForward plan = k.adaptiveMaxPool2dForward(ADAPTIVE, OPTIONS);
          LongTensor indices = o.indices("i", ADAPTIVE.dstShape(), 5);
          plan.run(o.source("x", ADAPTIVE.srcShape()), o.result("y", ADAPTIVE.dstShape()), indices);
          plan.run(o.source("x", ADAPTIVE.srcShape()), o.result("y", ADAPTIVE.dstShape()), null);
        });
    all.put(
        "adaptive max pooling backward",
        (k, o) ->
            k.adaptiveMaxPool2dBackward(
                o.source("dy", ADAPTIVE.dstShape()),
                o.indices("i", ADAPTIVE.dstShape(), 99),
                o.result("dx", ADAPTIVE.srcShape())));
    all.put(
        "unpooling",
        (k, o) ->
            k.maxUnpool2d(
                o.source("x", ADAPTIVE.dstShape()),
                o.indices("i", ADAPTIVE.dstShape(), 99),
                o.result("y", ADAPTIVE.srcShape())));
    all.put(
        "unpooling backward",
        (k, o) ->
            k.maxUnpool2dBackward(
                o.source("dy", ADAPTIVE.srcShape()),
                o.indices("i", ADAPTIVE.dstShape(), 99),
                o.result("dx", ADAPTIVE.dstShape())));
    all.put(
        "masked gradient",
        (k, o) ->
            k.reluBackward(o.source("y", IMAGES), o.source("dy", IMAGES), o.result("dx", IMAGES)));
    all.put("axpy", (k, o) -> k.axpy(1, o.source("x", IMAGES), o.result("y", IMAGES)));
    all.put("scaled axpy", (k, o) -> k.axpy(-0.3f, o.source("x", IMAGES), o.result("y", IMAGES)));
    for (UnaryFunction function : UnaryFunction.values()) {
      all.put(
          function + "",
          (k, o) ->
              k.elementwise(OPTIONS)
                  .forward(function, o.source("x", IMAGES), o.result("y", IMAGES)));
      all.put(
          function + " backward",
          (k, o) ->
              k.elementwise(OPTIONS)
                  .backward(
                      function,
                      o.source("y", IMAGES),
                      o.source("dy", IMAGES),
                      o.result("dx", IMAGES)));
    }
    all.put(
        "dropout",
        (k, o) ->
            k.elementwise(OPTIONS).dropout(3, 0.4, o.source("x", IMAGES), o.result("y", IMAGES)));
    layers(all);
    addOptimizers(all);
    return all;
  }

  private static void layers(Map<String, Scenario> all) {
    Shape weights = Shape.of(5, 7);
    Shape results = Shape.of(4, 5);
    all.put(
        "linear",
        (k, o) -> {
          LinearKernels linear = k.linear(OPTIONS);
          assertNotNull(linear.algorithm(4, 7, 5));
          linear.forward(
              o.source("x", ROWS),
              o.source("w", weights),
              o.source("b", Shape.of(5)),
              o.result("y", results));
        });
    all.put(
        "linear backward data",
        (k, o) ->
            k.linear(OPTIONS)
                .backwardData(
                    o.source("dy", results), o.source("w", weights), o.result("dx", ROWS)));
    all.put(
        "linear backward weights",
        (k, o) ->
            k.linear(OPTIONS)
                .backwardWeights(
                    o.source("x", ROWS),
                    o.source("dy", results),
                    o.result("dw", weights),
                    o.result("db", Shape.of(5))));
    for (boolean log : new boolean[] {false, true}) {
      all.put(
          (log ? "log " : "") + "softmax",
          (k, o) ->
              k.normalization(OPTIONS).softmax(log, o.source("x", IMAGES), o.result("y", IMAGES)));
      all.put(
          (log ? "log " : "") + "softmax backward",
          (k, o) ->
              k.normalization(OPTIONS)
                  .softmaxBackward(
                      log, o.source("y", IMAGES), o.source("dy", IMAGES), o.result("dx", IMAGES)));
    }
    all.put(
        "statistics",
        (k, o) ->
            k.normalization(OPTIONS)
                .batchNormStatistics(
                    o.source("x", IMAGES),
                    new BatchStatistics(
                        o.result("mean", CHANNELS),
                        o.result("remainder", CHANNELS),
                        o.result("variance", CHANNELS))));
    all.put(
        "running statistics",
        (k, o) ->
            k.normalization(OPTIONS)
                .batchNormRunning(
                    statistics(o),
                    99,
                    0.1,
                    new BatchStatistics(
                        o.result("running_mean", CHANNELS),
                        null,
                        o.result("running_variance", CHANNELS))));
    all.put(
        "batch norm",
        (k, o) ->
            k.normalization(OPTIONS)
                .batchNorm(
                    o.source("x", IMAGES),
                    statistics(o),
                    o.source("gamma", CHANNELS),
                    o.source("beta", CHANNELS),
                    1e-5,
                    o.result("y", IMAGES)));
    for (boolean training : new boolean[] {true, false}) {
      all.put(
          "batch norm backward, training " + training,
          (k, o) ->
              k.normalization(OPTIONS)
                  .batchNormBackward(
                      training,
                      o.source("x", IMAGES),
                      statistics(o),
                      o.source("gamma", CHANNELS),
                      1e-5,
                      o.source("dy", IMAGES),
                      o.result("dx", IMAGES),
                      o.result("dgamma", CHANNELS),
                      o.result("dbeta", CHANNELS)));
    }
    Shape positions = Shape.of(2, 9, 11);
    all.put(
        "cross entropy of classes",
        (k, o) ->
            o.value =
                k.losses(OPTIONS)
                    .crossEntropy(
                        new CrossEntropySettings(o.positive("w", CHANNELS), 1, 0.1, true),
                        o.source("x", IMAGES),
                        o.indices("c", positions, 3),
                        o.result("dx", IMAGES)));
    all.put(
        "cross entropy of probabilities",
        (k, o) ->
            o.value =
                k.losses(OPTIONS)
                    .crossEntropy(
                        new CrossEntropySettings(null, -100, 0, false),
                        o.source("x", IMAGES),
                        o.source("p", IMAGES),
                        o.result("dx", IMAGES)));
    all.put(
        "squared error",
        (k, o) ->
            o.value =
                k.losses(OPTIONS)
                    .squaredError(
                        true,
                        o.source("x", IMAGES),
                        o.source("t", IMAGES),
                        o.result("dx", IMAGES)));
  }

  private static void addOptimizers(Map<String, Scenario> all) {
    for (boolean first : new boolean[] {true, false}) {
      all.put(
          "sgd, first " + first,
          (k, o) ->
              k.optimizers(OPTIONS)
                  .sgd(
                      new SgdSettings(0.9, 0.1, 0.01, false),
                      0.1,
                      first,
                      o.source("g", ROWS),
                      o.result("parameter", ROWS),
                      o.result("buffer", ROWS)));
    }
    all.put(
        "sgd without momentum",
        (k, o) ->
            k.optimizers(OPTIONS)
                .sgd(
                    new SgdSettings(0, 0, 0, false),
                    0.1,
                    true,
                    o.source("g", ROWS),
                    o.result("parameter", ROWS),
                    null));
    for (boolean decoupled : new boolean[] {true, false}) {
      all.put(
          "adam, decoupled " + decoupled,
          (k, o) ->
              k.optimizers(OPTIONS)
                  .adam(
                      new AdamSettings(0.9, 0.999, 1e-8, 0.01, decoupled),
                      0.1,
                      3,
                      o.source("g", ROWS),
                      o.result("parameter", ROWS),
                      o.result("mean", ROWS),
                      o.result("square", ROWS)));
    }
    all.put("scale", (k, o) -> k.optimizers(OPTIONS).scale(0.3f, o.result("x", ROWS)));
    all.put("clamp", (k, o) -> k.optimizers(OPTIONS).clamp(0.25f, 1, o.result("x", ROWS)));
    all.put(
        "sum of squares",
        (k, o) -> o.value = k.optimizers(OPTIONS).sumOfSquares(o.source("x", ROWS)));
  }

  private static void convolve(Kernels k, Operands o, PlanOptions options) {
    Conv2dForward plan = k.conv2dForward(CONV, options);
    try (PreparedWeights w = plan.prepare(o.source("w", CONV.weightsShape()))) {
      plan.prepare(o.source("w2", CONV.weightsShape()), w);
      plan.run(
          o.source("x", CONV.srcShape()),
          w,
          o.source("b", CONV.biasShape()),
          o.result("y", CONV.dstShape()));
    }
  }

  private static void pool(Operands o, MaxPool2dForward plan, MaxPool2dBackward backward) {
    Tensor src = o.source("x", POOL.srcShape());
    Tensor dst = o.result("y", POOL.dstShape());
    plan.run(src, dst, null);
    try (MaxPoolOffsets offsets = plan.newOffsets();
        LongTensor indices = LongTensor.zeros(POOL.dstShape(), o.format)) {
      plan.run(src, dst, offsets);
      offsets.toIndices(indices);
      assertTrue(indices.get(0) >= 0);
      if (backward != null) {
        backward.run(o.source("dy", POOL.dstShape()), offsets, o.result("dx", POOL.srcShape()));
      }
    }
  }

  private static BatchStatistics statistics(Operands o) {
    return new BatchStatistics(
        o.source("mean", CHANNELS),
        o.source("remainder", CHANNELS),
        o.positive("variance", CHANNELS));
  }

  static List<Arguments> names() {
    List<Arguments> names = new ArrayList<>();
    for (MemoryFormat format : MemoryFormat.values()) {
      scenarios().keySet().forEach(name -> names.add(Arguments.of(name, format)));
    }
    return names;
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("names")
  void resultsStayTheSame(String name, MemoryFormat format) {
    Scenario scenario = scenarios().get(name);
    Operands plain = operands();
    Operands verified = operands(format);
    scenario.run(NATIVE, plain);
    List<OperationCheck> seen = new ArrayList<>();
    scenario.run(lying(format, new VerifyingKernels(NATIVE, seen::add)), verified);
    scenario.run(lying(format, VerifyingKernels.throwing(NATIVE)), operands(format));
    assertFalse(seen.isEmpty());
    boolean turned =
        verified.tensors.values().stream()
            .anyMatch(tensor -> tensor.memoryFormat() == MemoryFormat.CHANNELS_LAST);
    for (OperationCheck check : seen) {
      assertTrue(check.passed(), check::toString);
      assertTrue(check.operation().replay().startsWith("java -jar "));
      boolean asked = check.operation().replay().contains(" --format nhwc");
      assertEquals(turned && !check.operation().name().equals("axpy"), asked);
    }
    assertEquals(plain.results.keySet(), verified.results.keySet());
    plain.results.forEach(
        (key, tensor) ->
            assertArrayEquals(tensor.toArray(), verified.results.get(key).toArray(), key));
    assertEquals(plain.value, verified.value);
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("names")
  void everyWrongResultIsObjectedTo(String name, MemoryFormat format) {
    Scenario scenario = scenarios().get(name);
    Operands first = operands(format);
    scenario.run(lying(format, NATIVE), first);
    for (String result : first.results.keySet()) {
      for (String damage : List.of("wrong", "NaN")) {
        Operands o = operands(format);
        scenario.run(lying(format, NATIVE), o);
        Tensor victim = o.results.get(result);
        // What is added to has to start where it did.
        victim.fill(0);
        long at = victim.elements() * 2 / 3;
        Damage harm = new Damage(victim, at, damage.equals("NaN"));
        Kernels broken = lying(format, VerifyingKernels.throwing(harm.on(Kernels.class, NATIVE)));
        VerificationException e =
            assertThrows(
                VerificationException.class, () -> scenario.run(broken, o), result + " " + damage);
        Comparison found =
            e.check().tensors().stream()
                .map(tensor -> tensor.comparison())
                .filter(comparison -> !comparison.passed())
                .findFirst()
                .orElseThrow();
        assertEquals(1, found.differences());
        assertEquals(at, found.first().position());
        assertTrue(e.getMessage().contains(found.first().actual().toString()), e::getMessage);
        assertTrue(e.getMessage().contains(" instead of " + found.first().expected()));
        assertTrue(e.getMessage().contains("java -jar java/app/target/conv4j.jar validate "));
      }
    }
  }

  @Test
  void aWrongNumberIsObjectedTo() {
    for (String name :
        List.of(
            "cross entropy of classes",
            "cross entropy of probabilities",
            "squared error",
            "sum of squares")) {
      Kernels broken =
          VerifyingKernels.throwing(new Damage(null, 0, false).on(Kernels.class, NATIVE));
      VerificationException e =
          assertThrows(
              VerificationException.class, () -> scenarios().get(name).run(broken, operands()));
      assertTrue(e.getMessage().contains("value: 1 of 1 elements"), e::getMessage);
    }
  }

  /** One unit in the last place is too much where bits have to be equal. */
  @Test
  void oneUlpIsObjectedToWhereBitsHaveToBeEqual() {
    for (String name :
        List.of(
            "max pooling",
            "min pooling",
            "unpooling",
            "dropout",
            "RELU",
            "masked gradient",
            "scale",
            "clamp")) {
      Scenario scenario = scenarios().get(name);
      Operands o = operands();
      scenario.run(NATIVE, o);
      Tensor victim = o.results.values().iterator().next();
      Damage harm = new Damage(victim, largest(victim), false);
      harm.change = Math::nextUp;
      Kernels broken = VerifyingKernels.throwing(harm.on(Kernels.class, NATIVE));
      assertThrows(VerificationException.class, () -> scenario.run(broken, o), name);
    }
  }

  private static long largest(Tensor tensor) {
    long best = 0;
    for (long i = 0; i < tensor.elements(); i++) {
      best = tensor.get(i) > tensor.get(best) ? i : best;
    }
    return best;
  }

  /** Small integers leave no room for rounding in a sum. */
  @Test
  void oneUlpIsObjectedToInASumOfIntegers() {
    try (Tensor src = Fixtures.integers(1, "src", CONV.srcShape());
        Tensor weights = Fixtures.integers(1, "weights", CONV.weightsShape());
        Tensor dst = Tensor.empty(CONV.dstShape())) {
      PlanOptions rows = OPTIONS.withAlgorithm("rows");
      Damage harm = new Damage(dst, 17, false);
      harm.change = Math::nextUp;
      for (Kernels kernels : new Kernels[] {NATIVE, harm.on(Kernels.class, NATIVE)}) {
        Conv2dForward plan = VerifyingKernels.throwing(kernels).conv2dForward(CONV, rows);
        try (PreparedWeights prepared = plan.prepare(weights)) {
          if (kernels == NATIVE) {
            plan.run(src, prepared, null, dst);
          } else {
            assertThrows(VerificationException.class, () -> plan.run(src, prepared, null, dst));
          }
        }
      }
    }
  }

  @Test
  void aSwappedAxisIsObjectedTo() {
    Shape square = Shape.of(1, 1, 8, 8);
    try (Tensor src = Fixtures.reals(1, "src", square);
        Tensor dst = Tensor.empty(square)) {
      Damage harm = new Damage(dst, 0, false);
      harm.whole =
          values -> {
            float[] swapped = values.clone();
            for (int i = 0; i < 64; i++) {
              swapped[i % 8 * 8 + i / 8] = values[i];
            }
            return swapped;
          };
      ElementwiseKernels broken =
          VerifyingKernels.throwing(harm.on(Kernels.class, NATIVE)).elementwise(OPTIONS);
      assertThrows(VerificationException.class, () -> broken.forward(UnaryFunction.TANH, src, dst));
    }
  }

  @Test
  void aSourceThatWasWrittenToIsObjectedTo() {
    try (Tensor src = Fixtures.reals(1, "src", IMAGES);
        Tensor dst = Tensor.empty(IMAGES)) {
      ElementwiseKernels broken =
          VerifyingKernels.throwing(new Damage(src, 5, false).on(Kernels.class, NATIVE))
              .elementwise(OPTIONS);
      VerificationException e =
          assertThrows(
              VerificationException.class, () -> broken.forward(UnaryFunction.RELU, src, dst));
      assertTrue(e.getMessage().contains("src after the run"), e::getMessage);
    }
  }

  /** Images have no negative pixels: the partial sums grow, and so does what rounding does. */
  @Test
  void sumsOfOneSignPass() {
    Kernels kernels = VerifyingKernels.throwing(NATIVE);
    Conv2dGeometry conv = Conv2dGeometry.of(1, 128, 9, 11, 5, 3, 3);
    AdaptivePool2dGeometry global = new AdaptivePool2dGeometry(1, 3, 61, 67, 1, 1);
    Shape rows = Shape.of(3, 3000);
    Operands o = operands();
    for (String isa : Conv4j.isas()) {
      PlanOptions options = OPTIONS.withIsa(isa);
      Conv2dForward plan = kernels.conv2dForward(conv, options);
      try (PreparedWeights w = plan.prepare(o.positive("w", conv.weightsShape()))) {
        plan.run(o.positive("x", conv.srcShape()), w, null, o.result("y", conv.dstShape()));
      }
      kernels
          .avgPool2dForward(global, options)
          .run(o.positive("image", global.srcShape()), o.result("mean", global.dstShape()));
      kernels
          .linear(options)
          .forward(
              o.positive("row", rows),
              o.positive("matrix", Shape.of(4, 3000)),
              null,
              o.result("product", Shape.of(3, 4)));
      kernels
          .losses(options)
          .squaredError(true, o.positive("row", rows), o.source("t", rows), null);
      kernels
          .normalization(options)
          .batchNormStatistics(
              o.positive("image", global.srcShape()),
              new BatchStatistics(
                  o.result("m", CHANNELS), o.result("r", CHANNELS), o.result("v", CHANNELS)));
    }
  }

  @Test
  void inPlaceIsNoWrittenSource() {
    try (Tensor tensor = Fixtures.reals(1, "src", IMAGES)) {
      float[] before = tensor.toArray();
      VerifyingKernels.throwing(NATIVE)
          .elementwise(OPTIONS)
          .forward(UnaryFunction.RELU, tensor, tensor);
      assertEquals(Math.max(before[3], 0), tensor.get(3));
    }
  }

  @Test
  void theReferenceItselfPasses() {
    for (Map.Entry<String, Scenario> entry : scenarios().entrySet()) {
      entry.getValue().run(VerifyingKernels.throwing(ReferenceKernels.instance()), operands());
    }
  }

  /** Each method that computes is called by a scenario, so none can be left unverified. */
  @Test
  void everyOperationIsCovered() {
    Damage counting = new Damage(null, -1, false);
    for (Scenario scenario : scenarios().values()) {
      scenario.run(VerifyingKernels.throwing(counting.on(Kernels.class, NATIVE)), operands());
    }
    Set<String> required = new TreeSet<>();
    for (Class<?> type : TYPES) {
      for (Method method : type.getMethods()) {
        Set<String> names = Set.of("backend", "geometry", "algorithm", "isa");
        if (Modifier.isAbstract(method.getModifiers())
            && !names.contains(method.getName())
            && method.getDeclaringClass() != Plan.class) {
          required.add(Damage.key(type, method));
        }
      }
    }
    assertTrue(required.size() > 40, required::toString);
    required.removeAll(counting.called);
    assertEquals(Set.of(), required);
  }

  private static final List<Class<?>> TYPES =
      List.of(
          Kernels.class,
          Conv2dForward.class,
          Conv2dBackwardData.class,
          Conv2dBackwardWeights.class,
          ConvTranspose2dForward.class,
          ConvTranspose2dBackwardData.class,
          ConvTranspose2dBackwardWeights.class,
          MaxPool2dForward.class,
          MaxPool2dBackward.class,
          AvgPool2dForward.class,
          AvgPool2dBackward.class,
          AdaptiveMaxPool2dForward.class,
          ElementwiseKernels.class,
          LinearKernels.class,
          NormalizationKernels.class,
          LossKernels.class,
          OptimizerKernels.class);

  /** Kernels that spoil one tensor, or the number, after each call that it is an operand of. */
  private static final class Damage {
    final Set<String> called = new TreeSet<>();
    private final Tensor victim;
    private final long at;
    UnaryOperator<Float> change;
    UnaryOperator<float[]> whole;

    Damage(Tensor victim, long at, boolean nan) {
      this.victim = victim;
      this.at = at;
      this.change = value -> nan ? Float.NaN : value + 1;
    }

    static String key(Class<?> type, Method method) {
      return type.getSimpleName() + "." + method.getName() + method.getParameterCount();
    }

    <T> T on(Class<T> type, Object target) {
      return type.cast(
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (proxy, method, arguments) -> {
                called.add(key(type, method));
                Object result;
                try {
                  method.setAccessible(true);
                  result = method.invoke(target, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
                spoil(arguments);
                for (Class<?> plan : TYPES) {
                  if (plan != Kernels.class && plan.isInstance(result)) {
                    return on(plan, result);
                  }
                }
                boolean spoilt = at >= 0 && victim == null && result instanceof Double;
                return spoilt ? (Double) result + 1 : result;
              }));
    }

    private void spoil(Object[] arguments) {
      List<Object> operands = new ArrayList<>();
      for (Object argument : arguments == null ? new Object[0] : arguments) {
        operands.add(argument);
        if (argument instanceof BatchStatistics statistics) {
          operands.add(statistics.mean());
          operands.add(statistics.remainder());
          operands.add(statistics.variance());
        }
      }
      for (Object operand : operands) {
        if (operand != victim || victim == null) {
          continue;
        }
        if (whole != null) {
          victim.set(whole.apply(victim.toArray()));
        } else {
          victim.set(at, change.apply(victim.get(at)));
        }
      }
    }
  }
}
