package io.github.conv4j.oracle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.github.conv4j.Conv4j;
import io.github.conv4j.Conv4jException;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.check.Comparison;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.RandomShapes;
import io.github.conv4j.check.TestData;
import io.github.conv4j.kernel.Accuracy;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.ReferenceKernels;
import io.github.conv4j.kernel.UnaryFunction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Compares every operator with libtorch on random cases: the reference, and every native algorithm
 * that takes the geometry, on an instruction set and a number of threads drawn for the case.
 *
 * <p>The properties {@code oracle.seed}, {@code oracle.cases}, {@code oracle.operator} and {@code
 * oracle.case} repeat a run or a part of it.
 */
final class OracleTest {
  /** Every operator that both sides have. */
  static final List<OracleOperator<?>> OPERATORS =
      List.of(
          new Conv2dOracle(PaddingMode.ZEROS, Direction.FORWARD),
          new Conv2dOracle(PaddingMode.ZEROS, Direction.BACKWARD_DATA),
          new Conv2dOracle(PaddingMode.ZEROS, Direction.BACKWARD_WEIGHTS),
          new Conv2dOracle(PaddingMode.REPLICATE, Direction.FORWARD),
          new Conv2dOracle(PaddingMode.REPLICATE, Direction.BACKWARD_DATA),
          new Conv2dOracle(PaddingMode.REPLICATE, Direction.BACKWARD_WEIGHTS),
          new Conv2dOracle(PaddingMode.REFLECT, Direction.FORWARD),
          new Conv2dOracle(PaddingMode.REFLECT, Direction.BACKWARD_DATA),
          new Conv2dOracle(PaddingMode.REFLECT, Direction.BACKWARD_WEIGHTS),
          new Conv2dOracle(PaddingMode.CIRCULAR, Direction.FORWARD),
          new Conv2dOracle(PaddingMode.CIRCULAR, Direction.BACKWARD_DATA),
          new Conv2dOracle(PaddingMode.CIRCULAR, Direction.BACKWARD_WEIGHTS),
          new ConvLayerOracle(false, true),
          new ConvLayerOracle(true, false),
          new ConvLayerOracle(true, true),
          new ConvTranspose2dOracle(Direction.FORWARD),
          new ConvTranspose2dOracle(Direction.BACKWARD_DATA),
          new ConvTranspose2dOracle(Direction.BACKWARD_WEIGHTS),
          new MaxPool2dOracle(Direction.FORWARD, false),
          new MaxPool2dOracle(Direction.BACKWARD_DATA, false),
          new MaxPool2dOracle(Direction.FORWARD, true),
          new MaxPool2dOracle(Direction.BACKWARD_DATA, true),
          new AdaptiveMaxPool2dOracle(),
          new AvgPool2dOracle(Direction.FORWARD, false),
          new AvgPool2dOracle(Direction.BACKWARD_DATA, false),
          new AvgPool2dOracle(Direction.FORWARD, true),
          new AvgPool2dOracle(Direction.BACKWARD_DATA, true),
          new Pool1dOracle(true),
          new Pool1dOracle(false),
          new MaxUnpool2dOracle(),
          new LinearOracle(),
          new ActivationOracle(UnaryFunction.RELU),
          new ActivationOracle(UnaryFunction.TANH),
          new ActivationOracle(UnaryFunction.SIGMOID),
          new SoftmaxOracle(false),
          new SoftmaxOracle(true),
          new BatchNorm2dOracle(),
          new DropoutOracle(),
          new CrossEntropyOracle(false),
          new CrossEntropyOracle(true),
          new SquaredErrorOracle());

  static final long MULTIPLY_ADDS = 100_000;
  private static final long SEED =
      Long.getLong("oracle.seed", new SplittableRandom().nextLong() >>> 33);
  private static final int CASES = Integer.getInteger("oracle.cases", 2000);
  private static final Integer ONLY = Integer.getInteger("oracle.case");
  private static final String OPERATOR = System.getProperty("oracle.operator", "");

  private static final List<String> REPORT = new ArrayList<>();

  @BeforeAll
  static void begin() {
    torch.set_num_threads(1);
    REPORT.add(
        "conv4j "
            + Conv4j.version()
            + " ("
            + String.join(", ", Conv4j.isas())
            + "), libtorch "
            + System.getProperty("oracle.pytorch")
            + ", seed "
            + SEED);
    REPORT.add("");
    REPORT.add(Tally.HEADER);
  }

  @AfterAll
  static void report() throws IOException {
    System.out.println(String.join(System.lineSeparator(), REPORT));
    Files.createDirectories(Path.of("target"));
    Files.write(Path.of("target", "oracle.md"), REPORT);
  }

  @TestFactory
  Stream<DynamicTest> agreesWithLibtorch() {
    List<OracleOperator<?>> wanted =
        OPERATORS.stream().filter(o -> o.name().startsWith(OPERATOR)).toList();
    assertTrue(!wanted.isEmpty(), () -> "no operator's name begins with " + OPERATOR);
    return wanted.stream().map(o -> DynamicTest.dynamicTest(o.name(), () -> check(o)));
  }

  @Test
  void objectsToOneWrongElement() {
    Shape shape = Shape.of(2, 3);
    float[] values = {1, 2, 3, 4, 5, 6};
    float[] ulp = {1, 2, Math.nextUp(3f), 4, 5, 6};
    float[] beyond = {1, 2, 3, 4, 5.0001f, 6};
    long[] indices = {0, 1, 2, 3, 4, 5};
    long[] swapped = {0, 1, 2, 3, 5, 4};
    boolean[] defined = {true, true, true, true, false, false};
    Expected bits = Expected.bits("dst", shape, values, null);
    Expected sums = Expected.sums("dst", shape, values, values, 9);
    assertTrue(bits.compare(Actual.of(values)).passed());
    assertFalse(bits.compare(Actual.of(ulp)).passed());
    assertTrue(sums.compare(Actual.of(ulp)).passed());
    assertFalse(sums.compare(Actual.of(beyond)).passed());
    assertFalse(
        Expected.indices("indices", shape, indices, null).compare(Actual.of(swapped)).passed());
    assertTrue(
        Expected.indices("indices", shape, indices, defined).compare(Actual.of(swapped)).passed());
    assertFalse(Expected.bits("dst", shape, values, defined).compare(Actual.of(ulp)).passed());
  }

  private static <G> void check(OracleOperator<G> operator) {
    Tally tally = new Tally();
    List<String> failures = new ArrayList<>();
    int index = ONLY == null ? 0 : ONLY;
    while (ONLY == null ? tally.cases() < CASES : index == ONLY) {
      checkCase(operator, index, tally, failures);
      index++;
      if (index > 20L * CASES && ONLY == null) {
        fail(operator.name() + ": nearly every geometry is excluded");
      }
    }
    REPORT.add(tally.row(operator.name()));
    if (!failures.isEmpty()) {
      List<String> shown = failures.subList(0, Math.min(failures.size(), 10));
      fail(failures.size() + " differences\n" + String.join("\n", shown));
    }
    assertTrue(ONLY != null || tally.compared() > CASES, "hardly anything was compared");
  }

  private static <G> void checkCase(
      OracleOperator<G> operator, int index, Tally tally, List<String> failures) {
    long seed = TestData.seed(SEED, operator.name().hashCode(), index);
    SplittableRandom random = new SplittableRandom(seed);
    G geometry = operator.draw(new RandomShapes(seed, MULTIPLY_ADDS), random);
    if (operator.exclusion(geometry) != null) {
      tally.excludeCase();
      return;
    }
    DataKind data = random.nextBoolean() ? DataKind.EXACT : DataKind.REAL;
    tally.countCase(data == DataKind.EXACT);
    Sources sources = operator.sources(geometry, data, seed);
    List<Expected> expected;
    PointerScope scope = new PointerScope();
    try {
      expected = operator.libtorch(geometry, sources);
    } finally {
      scope.close();
    }
    for (Engine engine : engines(operator, data, random)) {
      List<Actual> actual;
      Conv4j.setThreads(engine.threads());
      try {
        actual = operator.conv4j(geometry, sources, engine);
      } catch (Conv4jException e) {
        if (engine.options().algorithm() != null) {
          continue; // The algorithm does not take this geometry.
        }
        throw e;
      }
      tally.countRun();
      assertEquals(expected.size(), actual.size(), operator.name());
      for (int i = 0; i < expected.size(); i++) {
        Comparison comparison =
            transforms(engine.options().algorithm())
                ? expected.get(i).compareTransformed(actual.get(i))
                : expected.get(i).compare(actual.get(i));
        tally.add(expected.get(i), comparison);
        if (!comparison.passed()) {
          failures.add(
              String.join(
                  "\n  ",
                  engine + ", " + data + ": " + expected.get(i).name() + " " + comparison,
                  geometry.toString(),
                  "-Doracle.seed="
                      + SEED
                      + " -Doracle.operator="
                      + operator.name()
                      + " -Doracle.case="
                      + index));
        }
      }
    }
  }

  private static boolean transforms(String algorithm) {
    return algorithm != null && algorithm.startsWith("winograd");
  }

  /** Plain sums for all but the algorithms that transform, which real numbers suit alone. */
  private static List<Engine> engines(
      OracleOperator<?> operator, DataKind data, SplittableRandom random) {
    List<Engine> engines = new ArrayList<>();
    engines.add(new Engine(ReferenceKernels.instance(), PlanOptions.DEFAULT, 1));
    List<String> isas = Conv4j.isas();
    String isa = isas.get(random.nextInt(isas.size()));
    int threads = 1 + random.nextInt(3);
    MemoryFormat[] formats = MemoryFormat.values();
    MemoryFormat format = formats[random.nextInt(formats.length)];
    PlanOptions options = PlanOptions.DEFAULT.withIsa(isa).withMemoryFormat(format);
    NativeKernels kernels = NativeKernels.instance();
    PlanOptions strict = options.withAccuracy(Accuracy.STRICT);
    engines.add(new Engine(kernels, strict, threads));
    for (String algorithm : operator.algorithms()) {
      if (!transforms(algorithm)) {
        engines.add(new Engine(kernels, strict.withAlgorithm(algorithm), threads));
      } else if (data == DataKind.REAL) {
        engines.add(new Engine(kernels, options.withAlgorithm(algorithm), threads));
      }
    }
    return engines;
  }
}
