package io.github.conv4j.oracle;

/**
 * A result of conv4j; one of the two arrays is null.
 *
 * @param values float32, row-major
 * @param indices int64, row-major
 */
record Actual(float[] values, long[] indices) {
  static Actual of(float[] values) {
    return new Actual(values, null);
  }

  static Actual of(long[] indices) {
    return new Actual(null, indices);
  }
}
