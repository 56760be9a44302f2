package io.github.conv4j.benchmarks.compare;

/**
 * How far values are from those expected, relative to the largest expected one.
 *
 * @param worst the largest distance; NaN if a value is
 * @param rms the root of the mean of their squares
 */
record Errors(double worst, double rms) {
  static Errors of(double[] found, double[] expected) {
    double largest = 0;
    for (double value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    double worst = 0;
    double squares = 0;
    for (int i = 0; i < expected.length; i++) {
      double distance = Math.abs(found[i] - expected[i]) / (largest == 0 ? 1 : largest);
      worst = Math.max(worst, distance); // NaN stays
      squares += distance * distance;
    }
    return new Errors(worst, Math.sqrt(squares / expected.length));
  }
}
