package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.check.CheckResult;
import io.github.conv4j.check.Conv2dCase;
import io.github.conv4j.check.ConvTranspose2dCase;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.KernelCase;
import io.github.conv4j.check.KernelCheck;
import io.github.conv4j.check.MaxPool2dCase;
import io.github.conv4j.check.RandomShapes;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.kernel.PlanOptions;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The edge geometries and some random ones with what the reference makes of them, to be compared
 * with one native combination after another. The reference computes once for each.
 */
final class NativeChecks implements AutoCloseable {
  private static final int RANDOM = 200;

  /** One way to compute: the algorithm and instruction set are forced. */
  record Combination(
      String operation,
      Direction direction,
      String algorithm,
      String isa,
      int threads,
      MemoryFormat format) {
    @Override
    public String toString() {
      return operation
          + " "
          + direction.label()
          + " "
          + algorithm
          + " "
          + isa
          + " "
          + threads
          + (threads == 1 ? " thread" : " threads")
          + (format == MemoryFormat.CONTIGUOUS ? "" : " nhwc");
    }
  }

  /** A case of each operation, which knows its algorithms. */
  private static final List<KernelCase> ONE_OF_EACH =
      Stream.of(
              Fixtures.shapes("edge.csv").stream().limit(1),
              Fixtures.shapes("transpose_edge.csv").stream().limit(1),
              Fixtures.shapes("pool.csv").get(0).related().stream()
                  .filter(shape -> !shape.name().contains("/")))
          .flatMap(shapes -> shapes)
          .toList();

  private final DataKind data;
  private final long seed;
  private final List<KernelCase> cases;
  private final Map<Direction, Map<KernelCase, KernelCheck>> checks =
      new EnumMap<>(Direction.class);

  NativeChecks(DataKind data) {
    this.data = data;
    this.seed = Fixtures.seed();
    this.cases = new ArrayList<>(Fixtures.shapes("edge.csv"));
    cases.addAll(Fixtures.shapes("padding_edge.csv"));
    cases.addAll(Fixtures.shapes("transpose_edge.csv"));
    for (KernelCase shape : Fixtures.shapes("pool_edge.csv")) {
      cases.addAll(shape.related());
    }
    RandomShapes shapes = new RandomShapes(seed, 50_000);
    for (int i = 0; i < RANDOM; i++) {
      PaddingMode mode = PaddingMode.values()[i % 2 == 0 ? 0 : 1 + i / 2 % 3];
      cases.add(new Conv2dCase("random-" + i, shapes.nextConv2d(mode), mode));
      cases.add(new ConvTranspose2dCase("random-" + i, shapes.nextConvTranspose2d()));
      cases.addAll(new MaxPool2dCase("random-" + i, shapes.nextPool2d()).related());
    }
  }

  /**
   * Every algorithm that is listed, on every instruction set that the CPU has; with two threads on
   * images that lie channels last, too.
   */
  static List<Combination> combinations(List<Integer> threadCounts) {
    List<Combination> combinations = combinations(threadCounts, MemoryFormat.CONTIGUOUS);
    combinations.addAll(combinations(List.of(2), MemoryFormat.CHANNELS_LAST));
    return combinations;
  }

  private static List<Combination> combinations(List<Integer> threadCounts, MemoryFormat format) {
    List<Combination> combinations = new ArrayList<>();
    for (String isa : Conv4j.isas()) {
      for (int threads : threadCounts) {
        for (Direction direction : Direction.values()) {
          for (KernelCase shape : ONE_OF_EACH) {
            for (String algorithm : shape.algorithms(direction)) {
              combinations.add(
                  new Combination(shape.operation(), direction, algorithm, isa, threads, format));
            }
          }
        }
      }
    }
    return combinations;
  }

  /** Runs a combination on every geometry that its algorithm takes; there must be one. */
  void verify(Combination combination) {
    Direction direction = combination.direction();
    PlanOptions options =
        PlanOptions.DEFAULT
            .withAlgorithm(combination.algorithm())
            .withIsa(combination.isa())
            .withMemoryFormat(combination.format());
    int before = Conv4j.threads();
    List<String> problems = new ArrayList<>();
    int ran = 0;
    int offered = 0;
    Conv4j.setThreads(combination.threads());
    try {
      for (KernelCase shape : cases) {
        if (!shape.operation().equals(combination.operation())) {
          continue;
        }
        offered++;
        Optional<CheckResult> result =
            check(shape, direction).run(NativeKernels.instance(), options);
        if (result.isEmpty()) {
          continue;
        }
        ran++;
        assertEquals(combination.isa(), result.get().isa());
        assertEquals(combination.algorithm(), result.get().algorithm());
        if (!result.get().passed()) {
          problems.add(shape.name() + " " + result.get() + replay(shape, combination));
        }
      }
    } finally {
      Conv4j.setThreads(before);
    }
    assertTrue(ran > 0, combination + " took none of " + offered + " geometries");
    List<String> algorithms =
        ONE_OF_EACH.stream()
            .filter(shape -> shape.operation().equals(combination.operation()))
            .findFirst()
            .orElseThrow()
            .algorithms(direction);
    if (algorithms.indexOf(combination.algorithm()) == algorithms.size() - 1) {
      assertEquals(offered, ran, "the last algorithm of the list must take every geometry");
    }
    assertTrue(
        problems.isEmpty(),
        () ->
            problems.size()
                + " geometries differ with seed "
                + seed
                + ":\n"
                + String.join("\n", problems.subList(0, Math.min(5, problems.size()))));
  }

  private KernelCheck check(KernelCase shape, Direction direction) {
    return checks
        .computeIfAbsent(direction, unused -> new LinkedHashMap<>())
        .computeIfAbsent(shape, of -> of.check(direction, data, seed, 0));
  }

  private String replay(KernelCase shape, Combination combination) {
    return "\n  validate --op "
        + shape.operation()
        + " --geometry "
        + shape.extents()
        + " --direction "
        + combination.direction().label()
        + " --algorithm "
        + combination.algorithm()
        + " --isa "
        + combination.isa()
        + " --threads "
        + combination.threads()
        + (combination.format() == MemoryFormat.CONTIGUOUS ? "" : " --format nhwc")
        + " --data "
        + data.label()
        + " --seed "
        + seed;
  }

  @Override
  public void close() {
    checks.values().forEach(shapes -> shapes.values().forEach(KernelCheck::close));
  }
}
