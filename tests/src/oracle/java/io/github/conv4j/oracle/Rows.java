package io.github.conv4j.oracle;

import io.github.conv4j.Shape;
import java.util.SplittableRandom;

/**
 * The rows of a tensor of scores: the values along its axis of channels, for each place of the
 * other axes.
 *
 * @param channels values of a row
 * @param distance elements from one value of a row to the next
 */
record Rows(int channels, int distance) {
  static Rows of(Shape shape, int axis) {
    long distance = 1;
    for (int inner = axis + 1; inner < shape.rank(); inner++) {
      distance *= shape.dim(inner);
    }
    return new Rows(Math.toIntExact(shape.dim(axis)), Math.toIntExact(distance));
  }

  /** The row that an element belongs to. */
  int row(int element) {
    return element / distance / channels * distance + element % distance;
  }

  /** The first element of a row. */
  int first(int row) {
    return row / distance * channels * distance + row % distance;
  }

  int count(int elements) {
    return elements / channels;
  }

  /**
   * Replaces some integers such that about a third of the rows hold NaN or infinity, a sixth of the
   * other values is -infinity, and some short rows are nothing but that.
   */
  double special(SplittableRandom random, double value) {
    int kind = random.nextInt(6 * channels);
    return kind == 0
        ? Double.NaN
        : kind == 1
            ? Double.POSITIVE_INFINITY
            : kind < 2 + channels ? Double.NEGATIVE_INFINITY : value;
  }

  /** For each element how far below the largest of its row it is; 0 where that says nothing. */
  double[] depths(float[] scores) {
    double[] depths = new double[scores.length];
    for (int row = 0; row < count(scores.length); row++) {
      double max = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < channels; c++) {
        max = Math.max(max, scores[first(row) + c * distance]);
      }
      for (int c = 0; c < channels; c++) {
        double depth = max - scores[first(row) + c * distance];
        depths[first(row) + c * distance] = Double.isFinite(depth) ? depth : 0;
      }
    }
    return depths;
  }

  /** For each row the largest of the values. */
  double[] largest(double[] values) {
    double[] largest = new double[count(values.length)];
    for (int i = 0; i < values.length; i++) {
      largest[row(i)] = Math.max(largest[row(i)], values[i]);
    }
    return largest;
  }

  /** For each row the sum of the values. */
  double[] sums(double[] values) {
    double[] sums = new double[count(values.length)];
    for (int i = 0; i < values.length; i++) {
      sums[row(i)] += values[i];
    }
    return sums;
  }
}
