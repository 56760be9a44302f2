package io.github.conv4j.app;

import java.util.Arrays;

/**
 * The taps of an image filter.
 *
 * @param height rows of taps
 * @param width taps of a row
 * @param taps row by row, not modified
 */
record FilterKernel(int height, int width, float[] taps) {

  /**
   * Reads rows separated by semicolons, each of taps separated by commas or spaces: {@code
   * "0,1,0;1,-4,1;0,1,0"}.
   *
   * @throws InputException naming the row that is wrong
   */
  static FilterKernel parse(String text) {
    String[] rows = text.strip().split(";", -1);
    int width = 0;
    float[] taps = new float[0];
    for (int row = 0; row < rows.length; row++) {
      String where = "row " + (row + 1) + " of the kernel, '" + rows[row].strip() + "',";
      if (rows[row].isBlank()) {
        throw new InputException("row " + (row + 1) + " of the kernel is empty");
      }
      String[] numbers = rows[row].strip().split("\\s*,\\s*|\\s+", -1);
      if (row == 0) {
        width = numbers.length;
        taps = new float[rows.length * width];
      } else if (numbers.length != width) {
        throw new InputException(where + " has " + numbers.length + " taps; row 1 has " + width);
      }
      for (int column = 0; column < width; column++) {
        taps[row * width + column] = tap(numbers[column], where);
      }
    }
    return new FilterKernel(rows.length, width, taps);
  }

  private static float tap(String number, String where) {
    float value;
    try {
      value = Float.parseFloat(number);
    } catch (NumberFormatException e) {
      throw new InputException(where + " has '" + number + "' where a number should be", e);
    }
    if (!Float.isFinite(value)) {
      throw new InputException(where + " has " + number + ", which is no finite float32 number");
    }
    return value;
  }

  /** This kernel turned by 180 degrees. */
  FilterKernel flipped() {
    float[] turned = new float[taps.length];
    for (int i = 0; i < taps.length; i++) {
      turned[i] = taps[taps.length - 1 - i];
    }
    return new FilterKernel(height, width, turned);
  }

  /** This kernel with the absolute values of its taps. */
  FilterKernel absolute() {
    float[] positive = taps.clone();
    for (int i = 0; i < positive.length; i++) {
      positive[i] = Math.abs(positive[i]);
    }
    return new FilterKernel(height, width, positive);
  }

  /** Every tap times the factor. */
  FilterKernel times(float factor) {
    float[] scaled = taps.clone();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= factor;
    }
    return new FilterKernel(height, width, scaled);
  }

  /** Whether a surface of one colour gives 0. */
  boolean sumsToZero() {
    double sum = 0;
    for (float tap : taps) {
      sum += tap;
    }
    return sum == 0;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FilterKernel kernel
        && height == kernel.height
        && width == kernel.width
        && Arrays.equals(taps, kernel.taps);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(taps) * 31 + width;
  }
}
