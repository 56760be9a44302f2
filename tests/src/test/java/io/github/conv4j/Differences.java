package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/** Gradients in double precision against central differences, and data that suit them. */
final class Differences {
  /** A power of two: the error is about H*H in what bends and 1e-16/H in what does not. */
  private static final double H = 1.0 / (1 << 17);

  /** Of the element; of elements near zero, of a tenth of the largest. */
  private static final double RELATIVE = 1e-7;

  private Differences() {}

  /** Random numbers in [-1, 1), each array's own. */
  static double[] values(long seed, String name, long count) {
    SplittableRandom random = new SplittableRandom(seed ^ name.hashCode() * 0x9E3779B97F4A7C15L);
    double[] values = new double[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = 2 * random.nextDouble() - 1;
    }
    return values;
  }

  /**
   * Multiples of 1/64 and no two alike, none of them 0, in random order: a step of {@link #verify}
   * changes no maximum and crosses no kink.
   */
  static double[] distinct(long seed, String name, long count) {
    SplittableRandom random = new SplittableRandom(seed ^ name.hashCode() * 0x9E3779B97F4A7C15L);
    double[] values = new double[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      int other = random.nextInt(i + 1);
      values[i] = values[other];
      values[other] = (i - values.length / 2 + 0.5) / 64;
    }
    return values;
  }

  /** The sum of the products. */
  static double product(double[] a, double[] b) {
    assertEquals(a.length, b.length);
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** Compares the gradient at a point with differences of the function, element by element. */
  static void verify(
      String name, double[] point, double[] gradient, ToDoubleFunction<double[]> function) {
    assertEquals(point.length, gradient.length, name);
    double[] expected = new double[point.length];
    double largest = 0;
    double[] at = point.clone();
    for (int i = 0; i < at.length; i++) {
      at[i] = point[i] + H;
      double above = function.applyAsDouble(at);
      at[i] = point[i] - H;
      double below = function.applyAsDouble(at);
      at[i] = point[i];
      expected[i] = (above - below) / (2 * H);
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    assertTrue(largest > 1e-3, name + ": the gradient is all but zero");
    for (int i = 0; i < expected.length; i++) {
      double bound = RELATIVE * Math.max(Math.abs(expected[i]), largest / 10);
      assertEquals(expected[i], gradient[i], bound, name + "[" + i + "]");
    }
  }
}
