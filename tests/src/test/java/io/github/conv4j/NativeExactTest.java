package io.github.conv4j;

import io.github.conv4j.NativeChecks.Combination;
import io.github.conv4j.check.DataKind;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * On integers whose every partial sum is exact, every algorithm on every instruction set with any
 * number of threads gives what plain Java gives, bit for bit. A combination that no geometry can
 * run on is a failure.
 */
class NativeExactTest {
  private static NativeChecks checks;

  @BeforeAll
  static void prepare() {
    checks = new NativeChecks(DataKind.EXACT);
  }

  @AfterAll
  static void close() {
    checks.close();
  }

  static List<Combination> combinations() {
    return NativeChecks.combinations(List.of(1, 2, 3));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("combinations")
  void equalsTheReference(Combination combination) {
    checks.verify(combination);
  }
}
