package io.github.conv4j.oracle;

import io.github.conv4j.check.Comparison;
import java.util.Locale;

/** What one operator's cases came to. */
final class Tally {
  /** The columns of {@link #row}. */
  static final String HEADER =
      "| operator | cases | integers | real numbers | excluded | runs of conv4j | elements compared "
          + "| left out | worst error of what is allowed | differences |\n"
          + "|---|---|---|---|---|---|---|---|---|---|";

  private long integers;
  private long real;
  private long excluded;
  private long runs;
  private long compared;
  private long leftOut;
  private double worst;
  private long differences;

  void excludeCase() {
    excluded++;
  }

  void countCase(boolean ofIntegers) {
    if (ofIntegers) {
      integers++;
    } else {
      real++;
    }
  }

  void countRun() {
    runs++;
  }

  void add(Expected expected, Comparison comparison) {
    long undefined = expected.undefined();
    compared += comparison.elements() - undefined;
    leftOut += undefined;
    differences += comparison.differences();
    if (expected.magnitudes() != null) {
      worst = Math.max(worst, comparison.worstOverBound());
    }
  }

  long cases() {
    return integers + real;
  }

  long compared() {
    return compared;
  }

  /** One line of a Markdown table. */
  String row(String operator) {
    return String.format(
        Locale.ROOT,
        "| %s | %d | %d | %d | %d | %d | %d | %d | %.2f | %d |",
        operator,
        cases(),
        integers,
        real,
        excluded,
        runs,
        compared,
        leftOut,
        worst,
        differences);
  }
}
