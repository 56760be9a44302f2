package io.github.conv4j.check;

import io.github.conv4j.Shape;
import java.util.Arrays;
import java.util.Locale;

/**
 * What a comparison of two arrays found, element by element, with the places to look at.
 *
 * <p>An exact comparison asks for equal bits, so -0 is not +0; but any NaN equals any NaN. A
 * bounded comparison asks for |actual - expected| at most bound * magnitude + {@link
 * ErrorBound#FLOOR}; -0 equals +0 there, NaN must meet NaN, and an infinity must meet itself. Where
 * the lengths differ no element is compared and all count as different.
 *
 * @param shape the tensor that the positions belong to
 * @param elements how many elements were expected: all of the tensor, or a sample
 * @param found how many elements the actual array has
 * @param differences how many elements differ; 0 is a pass
 * @param first the first difference in row-major order, null where nothing differs
 * @param worst the element with the largest error, in a bounded comparison relative to what is
 *     allowed; null where all are equal
 * @param worstAbsolute the largest |actual - expected|; infinite where only one of them is finite
 * @param worstRelative the largest |actual - expected| / |expected|
 * @param worstUlps the largest |actual - expected| in distances of neighbouring floats at expected
 * @param worstOverBound the largest error divided by what is allowed; infinite for a difference in
 *     an exact comparison
 */
public record Comparison(
    Shape shape,
    long elements,
    long found,
    long differences,
    Difference first,
    Difference worst,
    double worstAbsolute,
    double worstRelative,
    double worstUlps,
    double worstOverBound) {

  /**
   * Two values that were compared.
   *
   * @param position in the tensor, row-major
   * @param actual a Float or a Long
   * @param expected of the same class
   */
  public record Difference(long position, Number actual, Number expected) {
    /** The position as one index for each axis. */
    public long[] coordinates(Shape shape) {
      long[] coordinates = new long[shape.rank()];
      long rest = position;
      for (int axis = shape.rank() - 1; axis >= 0; axis--) {
        coordinates[axis] = rest % shape.dim(axis);
        rest /= shape.dim(axis);
      }
      return coordinates;
    }

    private String describe(Shape shape) {
      return Arrays.toString(coordinates(shape)) + ": " + actual + " instead of " + expected;
    }
  }

  /**
   * Compares a whole tensor bit for bit.
   *
   * @param shape of both
   * @param actual what is tested, row-major, not modified
   * @param expected as many elements as the shape has, not modified
   */
  public static Comparison exact(Shape shape, float[] actual, float[] expected) {
    return exact(shape, null, actual, expected);
  }

  /**
   * Compares some elements of a tensor bit for bit.
   *
   * @param shape of the tensor
   * @param positions where in the tensor the elements lie, row-major; null for the whole tensor
   * @param actual one value for each position, not modified
   * @param expected one value for each position, not modified
   */
  public static Comparison exact(Shape shape, long[] positions, float[] actual, float[] expected) {
    return floats(shape, positions, actual, expected, null, 0);
  }

  /**
   * Compares the indices of a pooling.
   *
   * @param shape of both
   * @param actual what is tested, row-major, not modified
   * @param expected as many elements as the shape has, not modified
   */
  public static Comparison exact(Shape shape, long[] actual, long[] expected) {
    requirePositions(shape, null, expected.length);
    Tally tally = new Tally();
    if (actual.length == expected.length) {
      for (int i = 0; i < expected.length; i++) {
        tally.longs(i, actual[i], expected[i]);
      }
    }
    return tally.result(shape, actual.length, expected.length);
  }

  /**
   * Compares a whole tensor up to rounding.
   *
   * @param shape of both
   * @param actual what is tested, row-major, not modified
   * @param expected as many elements as the shape has, not modified
   * @param magnitudes for each element the sum of |a||b| of its products, not modified
   * @param bound the error allowed for a magnitude of 1, see {@link ErrorBound}
   */
  public static Comparison bounded(
      Shape shape, float[] actual, float[] expected, double[] magnitudes, double bound) {
    return bounded(shape, null, actual, expected, magnitudes, bound);
  }

  /**
   * Compares some elements of a tensor up to rounding.
   *
   * @param shape of the tensor
   * @param positions where in the tensor the elements lie, row-major; null for the whole tensor
   * @param actual one value for each position, not modified
   * @param expected one value for each position, not modified
   * @param magnitudes one for each position, not modified
   * @param bound the error allowed for a magnitude of 1
   */
  public static Comparison bounded(
      Shape shape,
      long[] positions,
      float[] actual,
      float[] expected,
      double[] magnitudes,
      double bound) {
    if (!(bound >= 0 && bound < 1)) {
      throw new IllegalArgumentException("bound is " + bound + "; it must lie in [0, 1)");
    }
    if (magnitudes.length != expected.length) {
      throw new IllegalArgumentException(
          magnitudes.length + " magnitudes for " + expected.length + " expected elements");
    }
    return floats(shape, positions, actual, expected, magnitudes, bound);
  }

  /**
   * Compares a whole tensor up to an error of its own for each element.
   *
   * @param shape of both
   * @param actual what is tested, row-major, not modified
   * @param expected as many elements as the shape has, not modified
   * @param allowed the error allowed for each element, not modified; 0 asks for equal bits
   */
  public static Comparison within(Shape shape, float[] actual, float[] expected, double[] allowed) {
    requirePositions(shape, null, expected.length);
    if (allowed.length != expected.length) {
      throw new IllegalArgumentException(
          allowed.length + " allowed errors for " + expected.length + " expected elements");
    }
    Tally tally = new Tally();
    if (actual.length == expected.length) {
      for (int i = 0; i < expected.length; i++) {
        tally.floats(i, actual[i], expected[i], allowed[i]);
      }
    }
    return tally.result(shape, actual.length, expected.length);
  }

  /** Whether nothing differs. */
  public boolean passed() {
    return differences == 0;
  }

  /** One sentence: how many differ, the first, the worst and how bad it is. */
  @Override
  public String toString() {
    if (found != elements) {
      return found + " elements instead of " + elements + " for " + shape;
    }
    String errors =
        String.format(
            Locale.ROOT,
            "worst error %.4g, relative %.4g, %.4g ulp, %.4g of what is allowed",
            worstAbsolute,
            worstRelative,
            worstUlps,
            worstOverBound);
    if (differences == 0) {
      String all = "all " + elements + " elements of " + shape + " agree";
      return worst == null ? all : all + "; " + errors;
    }
    String text =
        differences
            + " of "
            + elements
            + " elements of "
            + shape
            + " differ, the first at "
            + first.describe(shape);
    if (worst.position() != first.position()) {
      text += ", the worst at " + worst.describe(shape);
    }
    return text + "; " + errors;
  }

  private static Comparison floats(
      Shape shape,
      long[] positions,
      float[] actual,
      float[] expected,
      double[] magnitudes,
      double bound) {
    requirePositions(shape, positions, expected.length);
    Tally tally = new Tally();
    if (actual.length == expected.length) {
      for (int i = 0; i < expected.length; i++) {
        double allowed = 0;
        if (magnitudes != null) {
          // A magnitude that overflowed or is NaN allows nothing.
          double error = bound * magnitudes[i];
          allowed = error < Double.POSITIVE_INFINITY ? error + ErrorBound.FLOOR : ErrorBound.FLOOR;
        }
        tally.floats(positions == null ? i : positions[i], actual[i], expected[i], allowed);
      }
    }
    return tally.result(shape, actual.length, expected.length);
  }

  private static void requirePositions(Shape shape, long[] positions, long expected) {
    long required = positions == null ? shape.elements() : positions.length;
    if (expected != required) {
      throw new IllegalArgumentException(
          expected
              + " expected elements for "
              + (positions == null
                  ? "shape " + shape + " of " + required
                  : required + " positions"));
    }
  }

  /** The running totals of one comparison. */
  private static final class Tally {
    private long differences;
    private Difference first;
    private Difference worst;
    private double worstAbsolute;
    private double worstRelative;
    private double worstUlps;
    private double worstOverBound;
    private double severity = -1;

    /** allowed: the error that still passes, or 0 to ask for equal bits. */
    void floats(long position, float actual, float expected, double allowed) {
      if (Float.floatToIntBits(actual) == Float.floatToIntBits(expected)) {
        return;
      }
      double error = Math.abs((double) actual - expected);
      error = Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
      if (allowed > 0 && error == 0) {
        return;
      }
      boolean differs = !(allowed > 0 && error <= allowed);
      double over = allowed > 0 ? error / allowed : Double.POSITIVE_INFINITY;
      worstRelative = Math.max(worstRelative, error == 0 ? 0 : error / Math.abs((double) expected));
      worstUlps = Math.max(worstUlps, error == 0 ? 0 : error / Math.ulp(expected));
      see(position, actual, expected, error, over, allowed > 0 ? over : error, differs);
    }

    void longs(long position, long actual, long expected) {
      if (actual != expected) {
        double error = Math.abs((double) actual - expected);
        see(position, actual, expected, error, Double.POSITIVE_INFINITY, error, true);
      }
    }

    private void see(
        long position,
        Number actual,
        Number expected,
        double error,
        double over,
        double newSeverity,
        boolean differs) {
      worstAbsolute = Math.max(worstAbsolute, error);
      worstOverBound = Math.max(worstOverBound, over);
      if (newSeverity > severity) {
        severity = newSeverity;
        worst = new Difference(position, actual, expected);
      }
      if (differs) {
        differences++;
        if (first == null) {
          first = new Difference(position, actual, expected);
        }
      }
    }

    Comparison result(Shape shape, long found, long expected) {
      if (found != expected) {
        differences = Math.max(found, expected);
        worstOverBound = Double.POSITIVE_INFINITY;
      }
      return new Comparison(
          shape,
          expected,
          found,
          differences,
          first,
          worst,
          worstAbsolute,
          worstRelative,
          worstUlps,
          worstOverBound);
    }
  }
}
