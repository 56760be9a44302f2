package io.github.conv4j.app;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Kernels;
import java.nio.FloatBuffer;

/**
 * An image of 8-bit samples in planes, row by row: one plane is grey, three are red, green and
 * blue.
 *
 * @param width columns
 * @param height rows
 * @param planes one or three of width * height samples
 * @param alpha the opacity of every pixel; null where all are opaque
 */
record Picture(int width, int height, byte[][] planes, byte[] alpha) {
  private static final int OPAQUE = 255;

  /** The planes as a batch of images of one channel, [planes, 1, height, width], 0 to 255. */
  Tensor toTensor() {
    Tensor tensor = Tensor.empty(Shape.of(planes.length, 1, height, width));
    float[] row = new float[width];
    for (int plane = 0; plane < planes.length; plane++) {
      FloatBuffer values = plane(tensor, plane);
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          row[x] = planes[plane][y * width + x] & 0xff;
        }
        values.put(row);
      }
    }
    return tensor;
  }

  /**
   * Values rounded to the nearest integer and clamped to 0 to 255.
   *
   * @param tensor [planes, 1, height, width], not modified
   * @param magnitude whether negative values lose their sign first
   * @param alpha the opacity, kept; null for opaque
   */
  static Picture of(Tensor tensor, boolean magnitude, byte[] alpha) {
    int count = (int) tensor.shape().dim(0);
    int height = (int) tensor.shape().dim(2);
    int width = (int) tensor.shape().dim(3);
    byte[][] planes = new byte[count][height * width];
    float[] row = new float[width];
    for (int plane = 0; plane < count; plane++) {
      FloatBuffer values = plane(tensor, plane);
      for (int y = 0; y < height; y++) {
        values.get(row);
        for (int x = 0; x < width; x++) {
          float value = magnitude ? Math.abs(row[x]) : row[x];
          planes[plane][y * width + x] = (byte) Math.min(255, Math.max(0, Math.round(value)));
        }
      }
    }
    return new Picture(width, height, planes, alpha);
  }

  private static FloatBuffer plane(Tensor tensor, int plane) {
    long samples = tensor.shape().dim(2) * tensor.shape().dim(3);
    return tensor.buffer(plane * samples, samples);
  }

  /**
   * The result of an operation on every plane.
   *
   * @param forAlpha the operation on the opacity, of the same stride
   * @param magnitude whether negative results lose their sign
   */
  Picture apply(Kernels kernels, Operation operation, Operation forAlpha, boolean magnitude) {
    byte[] newAlpha = null;
    if (alpha != null) {
      Picture opacity = new Picture(width, height, new byte[][] {alpha}, null);
      newAlpha = opacity.apply(kernels, forAlpha, forAlpha, false).planes[0];
    }
    try (Tensor src = toTensor();
        Operation.Step step = operation.prepare(kernels, src);
        Tensor dst = Tensor.empty(step.dstShape())) {
      step.run(src, dst);
      return of(dst, magnitude, newAlpha);
    }
  }

  /** This picture on a white ground. */
  Picture flattened() {
    if (alpha == null) {
      return this;
    }
    byte[][] flat = new byte[planes.length][alpha.length];
    for (int plane = 0; plane < planes.length; plane++) {
      for (int i = 0; i < alpha.length; i++) {
        int opacity = alpha[i] & 0xff;
        int sum = (planes[plane][i] & 0xff) * opacity + OPAQUE * (OPAQUE - opacity);
        flat[plane][i] = (byte) ((sum + OPAQUE / 2) / OPAQUE);
      }
    }
    return new Picture(width, height, flat, null);
  }
}
