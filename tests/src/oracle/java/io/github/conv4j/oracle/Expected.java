package io.github.conv4j.oracle;

import io.github.conv4j.Shape;
import io.github.conv4j.check.Comparison;
import io.github.conv4j.check.ErrorBound;
import java.util.Arrays;

/**
 * A result of libtorch and the rule of comparison; one of {@code values} and {@code indices} is
 * null.
 *
 * @param name of the tensor
 * @param shape of the tensor
 * @param values float32, row-major
 * @param indices int64, row-major
 * @param magnitudes for each element the sum of |a||b| of its products; null to ask for equal bits
 * @param summands products that one element sums up, at most
 * @param defined for each element whether PyTorch defines it; null where all are
 */
record Expected(
    String name,
    Shape shape,
    float[] values,
    long[] indices,
    float[] magnitudes,
    long summands,
    boolean[] defined) {

  /** Values that have to agree bit for bit where they are defined. */
  static Expected bits(String name, Shape shape, float[] values, boolean[] defined) {
    return new Expected(name, shape, values, null, null, 1, defined);
  }

  /** Indices that have to be equal where they are defined. */
  static Expected indices(String name, Shape shape, long[] indices, boolean[] defined) {
    return new Expected(name, shape, null, indices, null, 1, defined);
  }

  /** Sums: bit for bit without magnitudes, otherwise up to the rounding of both sides. */
  static Expected sums(
      String name, Shape shape, float[] values, float[] magnitudes, long summands) {
    return new Expected(name, shape, values, null, magnitudes, summands, null);
  }

  /** Values that have to agree bit for bit, but for the sign of a zero. */
  static Expected values(String name, Shape shape, float[] values) {
    return sums(name, shape, values, new float[values.length], 1);
  }

  /** The same rule for the elements that PyTorch defines; null where it defines all. */
  Expected where(boolean[] isDefined) {
    return new Expected(name, shape, values, indices, magnitudes, summands, isDefined);
  }

  /** How many elements are left out. */
  long undefined() {
    long count = 0;
    for (int i = 0; defined != null && i < defined.length; i++) {
      count += defined[i] ? 0 : 1;
    }
    return count;
  }

  /** Compares what conv4j found; elements that PyTorch does not define count as equal. */
  Comparison compare(Actual actual) {
    if (indices != null) {
      return Comparison.exact(shape, actual.indices(), masked(actual.indices()));
    }
    if (magnitudes == null) {
      return Comparison.exact(shape, actual.values(), masked(actual.values()));
    }
    double[] widened = new double[magnitudes.length];
    for (int i = 0; i < widened.length; i++) {
      widened[i] = magnitudes[i];
    }
    // Both sides round; the magnitudes are libtorch's own, rounded too, hence the third.
    double bound = 3 * ErrorBound.ofSum(summands);
    return Comparison.bounded(shape, actual.values(), masked(actual.values()), widened, bound);
  }

  /** The same for an algorithm that transforms its operands, on real numbers. */
  Comparison compareTransformed(Actual actual) {
    double largest = 0;
    for (float magnitude : magnitudes) {
      largest = Math.max(largest, magnitude);
    }
    double[] all = new double[magnitudes.length];
    Arrays.fill(all, largest);
    return Comparison.bounded(
        shape, actual.values(), masked(actual.values()), all, ErrorBound.TRANSFORMED);
  }

  private float[] masked(float[] actual) {
    if (defined == null || actual.length != values.length) {
      return values;
    }
    float[] wanted = values.clone();
    for (int i = 0; i < wanted.length; i++) {
      wanted[i] = defined[i] ? wanted[i] : actual[i];
    }
    return wanted;
  }

  private long[] masked(long[] actual) {
    if (defined == null || actual.length != indices.length) {
      return indices;
    }
    long[] wanted = indices.clone();
    for (int i = 0; i < wanted.length; i++) {
      wanted[i] = defined[i] ? wanted[i] : actual[i];
    }
    return wanted;
  }
}
