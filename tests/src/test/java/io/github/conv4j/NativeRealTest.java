package io.github.conv4j;

import io.github.conv4j.NativeChecks.Combination;
import io.github.conv4j.check.DataKind;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * On real numbers, every algorithm on every instruction set stays within what rounding explains: a
 * multiple of the sum of the absolute products.
 */
class NativeRealTest {
  private static NativeChecks checks;

  @BeforeAll
  static void prepare() {
    checks = new NativeChecks(DataKind.REAL);
  }

  @AfterAll
  static void close() {
    checks.close();
  }

  /** The number of threads changes no bit, which ThreadsTest asserts. */
  static List<Combination> combinations() {
    return NativeChecks.combinations(List.of(2));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("combinations")
  void differsFromTheReferenceByRoundingOnly(Combination combination) {
    checks.verify(combination);
  }
}
