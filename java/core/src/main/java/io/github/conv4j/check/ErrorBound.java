package io.github.conv4j.check;

/**
 * How far a float32 kernel may be from the reference on real data, as a multiple of the magnitude:
 * the sum of |a||b| over the products that the element sums up, from the reference in double.
 *
 * <p>With u = 2^-24, half the distance of two floats around 1, any order of adding k rounded
 * products is within k*u/(1-k*u) of the exact sum relative to the magnitude (Higham, Accuracy and
 * Stability of Numerical Algorithms, 2nd edition, chapter 3). The bias is one summand more, and
 * rounding the reference to float costs another u: hence (k+2)*u.
 *
 * <p>That is reached only if all roundings point one way. For independent values around zero the
 * roundings of a sum one by one have a standard deviation of about u/2 times the magnitude,
 * whatever k is, and the worst of ten million elements is about 3*u off; sums in blocks do better.
 * So the bound stops growing at 32*u: ten times what rounding does there, and small enough that a
 * tap of average size, 1/k of the magnitude, which is left out or taken twice stands out while k is
 * below half a million. Whatever real data miss beyond that, {@link DataKind#EXACT} data find.
 *
 * <p>An algorithm that transforms its operands (Winograd) adds and cancels numbers of a whole tile,
 * so its error follows the largest magnitude of the tensor: see {@link #TRANSFORMED}.
 */
public final class ErrorBound {
  /** Half the distance of two neighbouring floats around 1. */
  public static final double UNIT = 0x1p-24;

  /** Bound for algorithms that transform their operands, of the largest magnitude. */
  public static final double TRANSFORMED = 256 * UNIT;

  /** An absolute error that is always allowed, for results among the denormal numbers. */
  public static final double FLOOR = Float.MIN_NORMAL;

  private static final long MOST_UNITS = 32;

  /** Where the number of summands is not known, as many as make the largest bound. */
  static final long MOST_SUMMANDS = MOST_UNITS - 2;

  private ErrorBound() {}

  /**
   * What may be added for a sum that grows, of the absolute value of the result: where all products
   * have one sign, the partial sums that are rounded grow as large as the result, and k roundings
   * of either sign come to about sqrt(k)/3 units of it; six times that.
   *
   * @param summands products that one element sums up, at most
   */
  static double ofGrowth(long summands) {
    return Math.min(summands, 2 * Math.sqrt((double) summands)) * UNIT;
  }

  /**
   * The bound for a plain sum, of the magnitude of each element.
   *
   * @param summands products that one element sums up, at most
   */
  public static double ofSum(long summands) {
    return Math.min(summands, MOST_SUMMANDS) * UNIT + 2 * UNIT;
  }
}
