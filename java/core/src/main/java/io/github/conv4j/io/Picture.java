package io.github.conv4j.io;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;

/**
 * An image of 8-bit samples in planes, row by row: one plane is grey, three are red, green and
 * blue. Its arrays are its own by agreement: nobody changes them.
 *
 * @param width columns
 * @param height rows
 * @param planes one or three of width * height samples
 * @param alpha the opacity of every pixel; null where all are opaque
 */
public record Picture(int width, int height, byte[][] planes, byte[] alpha) {
  private static final int OPAQUE = 255;

  /**
   * A picture of given samples, which are kept, not copied.
   *
   * @throws IllegalArgumentException if there are neither one nor three planes, or an array is not
   *     of width * height samples
   */
  public Picture {
    if (planes.length != 1 && planes.length != 3) {
      throw new IllegalArgumentException(
          planes.length + " planes; a picture has 1 (grey) or 3 (red, green, blue)");
    }
    long samples = (long) width * height;
    for (byte[] plane : planes) {
      requireLength(plane, samples);
    }
    if (alpha != null) {
      requireLength(alpha, samples);
    }
  }

  private static void requireLength(byte[] plane, long samples) {
    if (plane.length != samples) {
      throw new IllegalArgumentException(
          plane.length + " samples in a plane of a picture of " + samples + " pixels");
    }
  }

  /**
   * Reads a PNG or JPEG file, see {@link ImageFile#read}.
   *
   * @throws IOException if that fails
   */
  public static Picture read(Path file) throws IOException {
    return ImageFile.read(file);
  }

  /**
   * Writes a PNG file, whole or not at all.
   *
   * @throws IOException if that fails; a file that was there is as it was
   */
  public void write(Path file) throws IOException {
    ImageFile.write(toImage(), file);
  }

  /**
   * A picture of an image that was read from a file, or drawn in sRGB. Grey samples are taken as
   * they are stored, palettes become their colours, samples of other depths are rounded to 8 bits.
   *
   * @param image of integers, its colours not multiplied by its alpha
   */
  public static Picture of(BufferedImage image) {
    return PictureConversion.toPicture(image);
  }

  /** An image of the same samples. */
  public BufferedImage toImage() {
    return PictureConversion.toImage(this);
  }

  /**
   * Values rounded to the nearest integer and clamped to 0 to 255; NaN becomes 0.
   *
   * @param tensor [planes, height, width] of one or three planes, in the usual format, or any shape
   *     with so many planes of its last two axes; not modified
   * @throws IllegalArgumentException for another shape or format
   */
  public static Picture of(Tensor tensor) {
    Shape shape = tensor.shape();
    if (shape.rank() < 2 || tensor.memoryFormat() != MemoryFormat.CONTIGUOUS) {
      throw new IllegalArgumentException(
          "a tensor of shape " + shape + ", " + tensor.memoryFormat() + ", holds no planes");
    }
    int height = Math.toIntExact(shape.dim(shape.rank() - 2));
    int width = Math.toIntExact(shape.dim(shape.rank() - 1));
    int samples = Math.multiplyExact(height, width);
    if (samples == 0 || shape.elements() != samples && shape.elements() != 3L * samples) {
      throw new IllegalArgumentException(
          "a tensor of shape " + shape + " holds neither one nor three planes");
    }
    byte[][] planes = new byte[(int) (shape.elements() / samples)][samples];
    float[] row = new float[width];
    for (int plane = 0; plane < planes.length; plane++) {
      FloatBuffer values = tensor.buffer((long) plane * samples, samples);
      for (int y = 0; y < height; y++) {
        values.get(row);
        for (int x = 0; x < width; x++) {
          planes[plane][y * width + x] = (byte) Math.min(255, Math.max(0, Math.round(row[x])));
        }
      }
    }
    return new Picture(width, height, planes, null);
  }

  /** The same planes under another opacity, or opaque for null. */
  public Picture withAlpha(byte[] opacity) {
    return new Picture(width, height, planes, opacity);
  }

  /** The planes as [planes, height, width], 0 to 255; the opacity is left out. */
  public Tensor toTensor() {
    Tensor tensor = Tensor.empty(Shape.of(planes.length, height, width));
    copyTo(tensor);
    return tensor;
  }

  /**
   * Writes the planes into a tensor, see {@link #toTensor}.
   *
   * @param dst of as many elements, in the usual format, overwritten
   * @throws IllegalArgumentException if it has another number of elements or format
   */
  public void copyTo(Tensor dst) {
    int samples = width * height;
    if (dst.elements() != (long) planes.length * samples
        || dst.memoryFormat() != MemoryFormat.CONTIGUOUS) {
      throw new IllegalArgumentException(
          "a tensor of shape "
              + dst.shape()
              + ", "
              + dst.memoryFormat()
              + ", for planes of shape "
              + Shape.of(planes.length, height, width));
    }
    float[] row = new float[width];
    for (int plane = 0; plane < planes.length; plane++) {
      FloatBuffer values = dst.buffer((long) plane * samples, samples);
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          row[x] = planes[plane][y * width + x] & 0xff;
        }
        values.put(row);
      }
    }
  }

  /** This picture with three planes: grey three times over. */
  public Picture toRgb() {
    return planes.length == 3
        ? this
        : new Picture(width, height, new byte[][] {planes[0], planes[0], planes[0]}, alpha);
  }

  /** This picture with one plane: 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601), rounded. */
  public Picture toGrey() {
    if (planes.length == 1) {
      return this;
    }
    byte[] grey = new byte[planes[0].length];
    for (int i = 0; i < grey.length; i++) {
      int sum =
          299 * (planes[0][i] & 0xff) + 587 * (planes[1][i] & 0xff) + 114 * (planes[2][i] & 0xff);
      grey[i] = (byte) ((sum + 500) / 1000);
    }
    return new Picture(width, height, new byte[][] {grey}, alpha);
  }

  /** This picture on a white ground. */
  public Picture flattened() {
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
