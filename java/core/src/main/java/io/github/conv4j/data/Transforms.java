package io.github.conv4j.data;

import io.github.conv4j.Shape;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Changes to images on their way into a batch, each of shape [channels, height, width]. */
public final class Transforms {
  private Transforms() {}

  /**
   * Brings each channel to mean 0 and deviation 1, if mean and deviation are those of the data:
   * (value - mean) / deviation.
   *
   * @param mean of every channel, not kept
   * @param deviation of every channel, not kept
   * @throws IllegalArgumentException if there are not as many of both, or a deviation is not
   *     positive; when applied, for another number of channels
   */
  public static Transform normalize(float[] mean, float[] deviation) {
    float[] means = mean.clone();
    float[] deviations = deviation.clone();
    if (means.length != deviations.length) {
      throw new IllegalArgumentException(
          means.length
              + " means and "
              + deviations.length
              + " deviations; each channel needs both");
    }
    for (float value : deviations) {
      if (!(value > 0)) {
        throw new IllegalArgumentException("deviation " + value + " is not positive");
      }
    }
    return (values, shape, random) -> {
      if (shape.dim(0) != means.length) {
        throw new IllegalArgumentException(
            means.length + " means for samples of shape " + shape + "; give one for each channel");
      }
      int plane = values.length / means.length;
      for (int i = 0; i < values.length; i++) {
        values[i] = (values[i] - means[i / plane]) / deviations[i / plane];
      }
    };
  }

  /**
   * Turns left and right around, now and then.
   *
   * @param probability 0 to 1
   * @throws IllegalArgumentException if it is not
   */
  public static Transform randomHorizontalFlip(double probability) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException("probability " + probability + " is not between 0 and 1");
    }
    return (values, shape, random) -> {
      if (random.nextDouble() < probability) {
        int width = (int) shape.dim(2);
        for (int row = 0; row < values.length; row += width) {
          for (int left = row, right = row + width - 1; left < right; left++, right--) {
            float swapped = values[left];
            values[left] = values[right];
            values[right] = swapped;
          }
        }
      }
    };
  }

  /**
   * Moves the image by a random number of whole pixels down and right, or up and left; zeros come
   * in from outside. PyTorch's RandomCrop to the same size with so much padding.
   *
   * @param pixels the furthest, from 0
   * @throws IllegalArgumentException if it is negative
   */
  public static Transform randomShift(int pixels) {
    if (pixels < 0) {
      throw new IllegalArgumentException(pixels + " pixels; a shift is at least 0");
    }
    return (values, shape, random) -> shift(values, shape, pixels, random);
  }

  private static void shift(float[] values, Shape shape, int pixels, RandomGenerator random) {
    int height = (int) shape.dim(1);
    int width = (int) shape.dim(2);
    int down = random.nextInt(2 * pixels + 1) - pixels;
    int right = random.nextInt(2 * pixels + 1) - pixels;
    float[] from = values.clone();
    Arrays.fill(values, 0);
    int count = width - Math.abs(right);
    for (int row = 0; row < values.length / width && count > 0; row++) {
      int y = row % height - down;
      if (y >= 0 && y < height) {
        int source = (row - down) * width + Math.max(0, -right);
        System.arraycopy(from, source, values, row * width + Math.max(0, right), count);
      }
    }
  }
}
