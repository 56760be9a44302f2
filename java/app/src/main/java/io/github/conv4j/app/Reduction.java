package io.github.conv4j.app;

import io.github.conv4j.io.Picture;

/** Makes pictures smaller; each pixel is the mean of the area that it stands for. */
final class Reduction {
  private Reduction() {}

  /**
   * The picture in fewer pixels, opaque.
   *
   * @param width at most the picture's
   * @param height at most the picture's
   */
  static Picture reduce(Picture picture, int width, int height) {
    byte[][] planes = new byte[picture.planes().length][width * height];
    for (int plane = 0; plane < planes.length; plane++) {
      reduce(picture.planes()[plane], picture.width(), picture.height(), planes[plane], width);
    }
    return new Picture(width, height, planes, null);
  }

  private static void reduce(byte[] from, int fromWidth, int fromHeight, byte[] to, int width) {
    int height = to.length / width;
    double[] line = new double[fromWidth];
    for (int y = 0; y < height; y++) {
      double top = (double) y * fromHeight / height;
      double bottom = (double) (y + 1) * fromHeight / height;
      for (int x = 0; x < fromWidth; x++) {
        line[x] = 0;
      }
      for (int row = (int) top; row < Math.min(fromHeight, Math.ceil(bottom)); row++) {
        double share = Math.min(row + 1, bottom) - Math.max(row, top);
        for (int x = 0; x < fromWidth; x++) {
          line[x] += share * (from[row * fromWidth + x] & 0xff);
        }
      }
      for (int x = 0; x < width; x++) {
        double left = (double) x * fromWidth / width;
        double right = (double) (x + 1) * fromWidth / width;
        double sum = 0;
        for (int column = (int) left; column < Math.min(fromWidth, Math.ceil(right)); column++) {
          sum += line[column] * (Math.min(column + 1, right) - Math.max(column, left));
        }
        to[y * width + x] = (byte) Math.round(sum / ((bottom - top) * (right - left)));
      }
    }
  }
}
