package io.github.conv4j.check;

import java.util.Arrays;

/** How far the elements of a result may be from the reference. */
interface Bound {
  /** Equal bits: results of comparisons and moves. */
  Bound EQUAL = (call, result) -> new double[call.expected(result).length];

  /**
   * The error that is allowed for each element; 0 asks for equal bits.
   *
   * @param call with sources and expected results at hand
   * @param result the name of the result
   */
  double[] allowed(VerifiedCall call, String result);

  /**
   * A sum of products, see {@link ErrorBound}: the magnitude is what the reference gives for the
   * absolute values of all sources. Unlike seeded numbers, a caller's may all have one sign. Where
   * these are integers so small that every order of adding is exact, equality is asked for, but for
   * the sign of a zero.
   *
   * @param summands products that one element adds up, at most
   */
  static Bound sum(long summands) {
    return (call, result) ->
        call.isExact(summands)
            ? equalNumbers(call.expected(result).length)
            : ofSum(summands, call, result);
  }

  /** A sum of products that are rounded beside being added, so that integers are not exact. */
  static Bound roundedSum(long summands) {
    return (call, result) -> ofSum(summands, call, result);
  }

  private static double[] ofSum(long summands, VerifiedCall call, String result) {
    double[] allowed = call.magnitudes(result);
    float[] expected = call.expected(result);
    for (int i = 0; i < allowed.length; i++) {
      allowed[i] =
          ErrorBound.ofSum(summands) * allowed[i]
              + ErrorBound.ofGrowth(summands) * Math.abs((double) expected[i]);
    }
    return scaled(1, allowed);
  }

  /** A sum by an algorithm that transforms its operands, see {@link ErrorBound#TRANSFORMED}. */
  static Bound transformed() {
    return (call, result) -> {
      double[] magnitudes = call.magnitudes(result);
      double largest = Arrays.stream(magnitudes).max().orElse(0);
      Arrays.fill(magnitudes, largest);
      return scaled(ErrorBound.TRANSFORMED, magnitudes);
    };
  }

  /** So many distances of neighbouring floats at the expected value. */
  static Bound ulps(double most) {
    return (call, result) -> {
      float[] expected = call.expected(result);
      double[] allowed = new double[expected.length];
      for (int i = 0; i < allowed.length; i++) {
        allowed[i] = most * Math.ulp(expected[i]) + ErrorBound.FLOOR;
      }
      return allowed;
    };
  }

  /** Multiples of magnitudes, with the floor for results among the denormal numbers. */
  static double[] scaled(double bound, double[] magnitudes) {
    double[] allowed = new double[magnitudes.length];
    for (int i = 0; i < allowed.length; i++) {
      double error = bound * magnitudes[i];
      // A magnitude that overflowed or is NaN allows nothing.
      allowed[i] = error < Double.POSITIVE_INFINITY ? error + ErrorBound.FLOOR : ErrorBound.FLOOR;
    }
    return allowed;
  }

  private static double[] equalNumbers(int elements) {
    double[] allowed = new double[elements];
    Arrays.fill(allowed, Double.MIN_VALUE);
    return allowed;
  }
}
