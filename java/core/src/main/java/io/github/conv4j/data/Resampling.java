package io.github.conv4j.data;

/**
 * Bilinear resizing with antialiasing: each pixel is the mean of those around its place, weighted
 * by a triangle that reaches one pixel of the larger of both grids. Pixel i covers [i, i+1) of its
 * grid, as in PyTorch's {@code interpolate(mode="bilinear", antialias=True)} and Pillow.
 */
final class Resampling {
  private final int[] first;
  private final float[][] weights;

  /** The weights along one axis. */
  private Resampling(int from, int to) {
    first = new int[to];
    weights = new float[to][];
    double scale = (double) from / to;
    double reach = Math.max(1, scale);
    for (int i = 0; i < to; i++) {
      double centre = (i + 0.5) * scale;
      int low = Math.max(0, (int) (centre - reach + 0.5));
      int high = Math.min(from, (int) (centre + reach + 0.5));
      double[] exact = new double[high - low];
      double sum = 0;
      for (int j = low; j < high; j++) {
        exact[j - low] = Math.max(0, 1 - Math.abs((j + 0.5 - centre) / reach));
        sum += exact[j - low];
      }
      first[i] = low;
      weights[i] = new float[exact.length];
      for (int j = 0; j < exact.length; j++) {
        weights[i][j] = (float) (exact[j] / sum);
      }
    }
  }

  /**
   * Resizes one plane.
   *
   * @param plane height * width values, not modified
   * @return toHeight * toWidth values
   */
  static float[] resize(float[] plane, int height, int width, int toHeight, int toWidth) {
    float[] wide = width == toWidth ? plane : columns(plane, height, width, toWidth);
    return height == toHeight ? wide : rows(wide, height, toWidth, toHeight);
  }

  private static float[] columns(float[] plane, int height, int width, int toWidth) {
    Resampling axis = new Resampling(width, toWidth);
    float[] result = new float[height * toWidth];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < toWidth; x++) {
        float[] weight = axis.weights[x];
        int from = y * width + axis.first[x];
        float sum = 0;
        for (int j = 0; j < weight.length; j++) {
          sum += weight[j] * plane[from + j];
        }
        result[y * toWidth + x] = sum;
      }
    }
    return result;
  }

  private static float[] rows(float[] plane, int height, int width, int toHeight) {
    Resampling axis = new Resampling(height, toHeight);
    float[] result = new float[toHeight * width];
    for (int y = 0; y < toHeight; y++) {
      float[] weight = axis.weights[y];
      for (int j = 0; j < weight.length; j++) {
        int from = (axis.first[y] + j) * width;
        for (int x = 0; x < width; x++) {
          result[y * width + x] += weight[j] * plane[from + x];
        }
      }
    }
    return result;
  }
}
