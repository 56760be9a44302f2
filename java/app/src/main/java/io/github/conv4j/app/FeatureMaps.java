package io.github.conv4j.app;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.io.Picture;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Locale;

/** The planes of a tensor as grey pictures. */
final class FeatureMaps {
  private FeatureMaps() {}

  /**
   * One plane.
   *
   * @param planes [..., H, W], in the usual format, not modified
   * @param index of the plane
   * @param low becomes black, as does what is below it and NaN
   * @param high becomes white, as does what is above it
   */
  static Picture picture(Tensor planes, long index, float low, float high) {
    Shape shape = planes.shape();
    int height = Math.toIntExact(shape.dim(shape.rank() - 2));
    int width = Math.toIntExact(shape.dim(shape.rank() - 1));
    byte[] grey = new byte[height * width];
    FloatBuffer values = planes.buffer(index * grey.length, grey.length);
    float scale = high > low ? 255 / (high - low) : 0;
    for (int i = 0; i < grey.length; i++) {
      float level = (values.get(i) - low) * scale;
      grey[i] = (byte) Math.min(255, Math.max(0, Math.round(level)));
    }
    return new Picture(width, height, new byte[][] {grey}, null);
  }

  /** The smallest and the largest value of a plane; 0 and 0 if all are NaN. */
  static float[] range(Tensor planes, long index, int elements) {
    FloatBuffer values = planes.buffer(index * elements, elements);
    float low = Float.POSITIVE_INFINITY;
    float high = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < elements; i++) {
      float value = values.get(i);
      low = value < low ? value : low;
      high = value > high ? value : high;
    }
    return low <= high ? new float[] {low, high} : new float[2];
  }

  /**
   * Adds planes to a sheet, every one from black at its smallest to white at its largest value.
   *
   * @param planes [..., H, W], in the usual format
   * @param most planes that are drawn
   */
  static void draw(ContactSheet sheet, Tensor planes, String name, long most) {
    Shape shape = planes.shape();
    int elements = Math.toIntExact(shape.dim(shape.rank() - 2) * shape.dim(shape.rank() - 1));
    long count = Math.min(most, planes.elements() / elements);
    for (long i = 0; i < count; i++) {
      float[] range = range(planes, i, elements);
      sheet.add(
          name + " " + i,
          String.format(Locale.ROOT, "%.3g to %.3g", range[0], range[1]),
          picture(planes, i, range[0], range[1]));
    }
  }

  /**
   * Adds one kernel to a sheet, from black at its smallest to white at its largest weight: in
   * colours where it has three channels, else channel by channel.
   *
   * @param weights [OC, ...], in the usual format
   * @param extents channels, height and width of a kernel
   */
  static void drawKernel(ContactSheet sheet, Tensor weights, int index, List<Long> extents) {
    int plane = Math.toIntExact(extents.get(1) * extents.get(2));
    int channels = Math.toIntExact(extents.get(0));
    float[] range = range(weights, index, channels * plane);
    String remark = String.format(Locale.ROOT, "%.3g to %.3g", range[0], range[1]);
    try (Tensor shaped =
        weights.reshape(weights.elements() / plane, extents.get(1), extents.get(2))) {
      int first = index * channels;
      int width = Math.toIntExact(extents.get(2));
      int height = Math.toIntExact(extents.get(1));
      byte[][] planes = new byte[channels == 3 ? 3 : 1][];
      for (int c = 0; c < planes.length; c++) {
        planes[c] = picture(shaped, first + c, range[0], range[1]).planes()[0];
      }
      sheet.add("kernel " + index, remark, new Picture(width, height, planes, null));
    }
  }
}
