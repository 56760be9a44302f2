package io.github.conv4j.kernel;

/** Whole results of the reference, from a function that gives one element. */
final class Elements {
  private Elements() {}

  /** The element at four indices. */
  interface Element {
    double at(long a, long b, long c, long d);
  }

  /** All elements of a dense array of four axes, in row-major order. */
  static double[] all(long A, long B, long C, long D, Element element) {
    double[] values = new double[Math.toIntExact(A * B * C * D)];
    int i = 0;
    for (long a = 0; a < A; a++) {
      for (long b = 0; b < B; b++) {
        for (long c = 0; c < C; c++) {
          for (long d = 0; d < D; d++) {
            values[i++] = element.at(a, b, c, d);
          }
        }
      }
    }
    return values;
  }

  /** Each value rounded to the nearest float. */
  static float[] rounded(double[] values) {
    float[] rounded = new float[values.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) values[i];
    }
    return rounded;
  }
}
