package io.github.conv4j.check;

import io.github.conv4j.Shape;
import java.util.Arrays;
import java.util.function.LongPredicate;

/**
 * What the reference says about one result.
 *
 * @param tensor its name
 * @param shape its shape
 * @param positions the elements that are known, null for all
 * @param values one for each position
 * @param magnitudes the sum of absolute products for each position; null to ask for equal bits
 * @param summands how many products an element adds up, at most
 */
record Expectation(
    String tensor,
    Shape shape,
    long[] positions,
    float[] values,
    double[] magnitudes,
    long summands) {

  /** Fewer elements than these may all be 0 by chance. */
  private static final int TELLING = 32;

  /**
   * Compares a whole result with what is known of it.
   *
   * @param actual as many elements as the shape has
   * @param transforms whether the algorithm transforms its operands, see {@link ErrorBound}
   */
  Comparison compare(float[] actual, boolean transforms) {
    float[] picked = Sample.pick(actual, positions);
    if (magnitudes == null) {
      return Comparison.exact(shape, positions, picked, values);
    }
    if (!transforms) {
      double bound = ErrorBound.ofSum(summands);
      return Comparison.bounded(shape, positions, picked, values, magnitudes, bound);
    }
    double[] largest = new double[magnitudes.length];
    Arrays.fill(largest, Arrays.stream(magnitudes).max().orElse(0));
    return Comparison.bounded(shape, positions, picked, values, largest, ErrorBound.TRANSFORMED);
  }

  /**
   * Whether the comparison can find something: not where most elements are 0.
   *
   * @param reached whether the element at a position has anything to add up; the others do not
   *     count
   */
  boolean isTelling(LongPredicate reached) {
    float[] telling = new float[values.length];
    int count = 0;
    for (int i = 0; i < values.length; i++) {
      if (reached.test(positions == null ? i : positions[i])) {
        telling[count++] = values[i];
      }
    }
    return count < TELLING || !TestData.isMostlyZero(Arrays.copyOf(telling, count));
  }
}
