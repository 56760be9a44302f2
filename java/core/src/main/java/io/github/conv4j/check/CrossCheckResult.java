package io.github.conv4j.check;

import io.github.conv4j.Shape;
import io.github.conv4j.check.CheckResult.TensorCheck;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What a {@link CrossCheck} found. All errors are of single operations on equal operands; {@code
 * endToEnd} has what they add up to over the whole module.
 *
 * @param module what ran, on one line
 * @param data the kind of numbers
 * @param seed what the numbers were made from
 * @param worstAbsolute the largest |native - reference| of any operation
 * @param worstRelative the largest |native - reference| / |reference|
 * @param worstUlps the largest |native - reference| in distances of neighbouring floats at the
 *     reference
 * @param worstOverBound the largest error divided by what the operation permits; infinite for a
 *     difference where bits have to be equal
 * @param first the first element beyond its bound, in the order of the calls; null if none is
 * @param worst the element with the largest error over its bound; null if all are equal
 * @param operations every call of kernels, in order
 * @param endToEnd every result of the module beside that of the whole on the reference
 * @param objections why the check did not pass, a line each; empty if it did
 * @param replay one line that repeats the check: a command, or in Java where the numbers or the
 *     module are the caller's own
 */
public record CrossCheckResult(
    String module,
    DataKind data,
    long seed,
    double worstAbsolute,
    double worstRelative,
    double worstUlps,
    double worstOverBound,
    Location first,
    Location worst,
    List<OperationCheck> operations,
    List<TensorCheck> endToEnd,
    List<String> objections,
    String replay) {

  /** Copies the lists. */
  public CrossCheckResult {
    operations = List.copyOf(operations);
    endToEnd = List.copyOf(endToEnd);
    objections = List.copyOf(objections);
  }

  /**
   * One element of one result.
   *
   * @param operation the call that computed it
   * @param tensor the result's name, for instance {@code diff_src}
   * @param coordinates one index for each axis
   * @param actual the tested value: a Float, or a Long for an index
   * @param expected that of the reference
   */
  public record Location(
      Operation operation, String tensor, List<Long> coordinates, Number actual, Number expected) {
    /** Copies the coordinates. */
    public Location {
      coordinates = List.copyOf(coordinates);
    }

    private static Location of(
        Operation operation, TensorCheck tensor, Comparison.Difference difference) {
      if (difference == null) {
        return null;
      }
      Shape shape = tensor.comparison().shape();
      return new Location(
          operation,
          tensor.tensor(),
          Arrays.stream(difference.coordinates(shape)).boxed().toList(),
          difference.actual(),
          difference.expected());
    }

    @Override
    public String toString() {
      return operation
          + ", "
          + tensor
          + " "
          + coordinates
          + ": "
          + actual
          + ", reference "
          + expected;
    }
  }

  /** Gathers the worst of all operations. */
  static CrossCheckResult of(
      String module,
      DataKind data,
      long seed,
      List<OperationCheck> operations,
      List<TensorCheck> endToEnd,
      List<String> objections,
      String replay) {
    double absolute = 0;
    double relative = 0;
    double ulps = 0;
    double over = 0;
    Location first = null;
    Location worst = null;
    List<String> all = new ArrayList<>(objections);
    for (OperationCheck check : operations) {
      for (TensorCheck tensor : check.tensors()) {
        Comparison c = tensor.comparison();
        absolute = Math.max(absolute, c.worstAbsolute());
        relative = Math.max(relative, c.worstRelative());
        ulps = Math.max(ulps, c.worstUlps());
        if (c.worst() != null && (worst == null || c.worstOverBound() > over)) {
          worst = Location.of(check.operation(), tensor, c.worst());
        }
        over = Math.max(over, c.worstOverBound());
        if (!c.passed()) {
          all.add(check.operation() + ", " + tensor);
          first = first == null ? Location.of(check.operation(), tensor, c.first()) : first;
        }
      }
    }
    return new CrossCheckResult(
        module,
        data,
        seed,
        absolute,
        relative,
        ulps,
        over,
        first,
        worst,
        operations,
        endToEnd,
        all,
        replay);
  }

  /** Whether every element is within its bound, and the results can tell. */
  public boolean passed() {
    return objections.isEmpty();
  }

  /** The outcome in a few lines, the last of which repeats the check. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    line(
        text,
        (passed() ? "passed: " : "FAILED: ")
            + module
            + ", "
            + data.label()
            + " data, seed "
            + seed);
    objections.forEach(objection -> line(text, "  " + objection));
    line(
        text,
        String.format(
            Locale.ROOT,
            "  worst error %.4g, relative %.4g, %.4g ulp, %.4g of what is allowed",
            worstAbsolute,
            worstRelative,
            worstUlps,
            worstOverBound));
    if (first != null) {
      line(text, "  first difference at " + first);
    }
    line(text, worst == null ? "  all elements are equal" : "  worst at " + worst);
    StringBuilder ends = new StringBuilder("  end to end:");
    for (TensorCheck tensor : endToEnd) {
      ends.append(
          String.format(
              Locale.ROOT,
              " %s %s differs by %.4g,",
              tensor.tensor(),
              tensor.comparison().shape(),
              tensor.comparison().worstAbsolute()));
    }
    line(text, ends.substring(0, ends.length() - 1));
    return text.append("  again: ").append(replay).toString();
  }

  private static void line(StringBuilder text, String content) {
    text.append(content).append(System.lineSeparator());
  }
}
