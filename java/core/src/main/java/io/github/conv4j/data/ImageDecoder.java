package io.github.conv4j.data;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.io.FormatException;
import io.github.conv4j.io.ImageFile;
import io.github.conv4j.io.Picture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Turns image files into samples: so many channels, resized, and cropped, in this order.
 *
 * <pre>{@code
 * ImageDecoder decoder = ImageDecoder.rgb().resize(256).centerCrop(224, 224);
 * try (Tensor image = decoder.decode(Path.of("cat.jpg"))) { ... }
 * }</pre>
 *
 * <p>Values are 0 to 1; what is transparent is seen on white. Resizing is bilinear with
 * antialiasing. The orientation in a JPEG's EXIF data is ignored: turn such pictures before.
 * Immutable.
 */
public final class ImageDecoder {
  private final int channels;

  /** Pixels that the shorter side gets; 0 for none. */
  private final int shorter;

  /** [height, width] to resize to; null for none. */
  private final int[] size;

  /** [height, width] to crop to; null for none. */
  private final int[] crop;

  private ImageDecoder(int channels, int shorter, int[] size, int[] crop) {
    this.channels = channels;
    this.shorter = shorter;
    this.size = size;
    this.crop = crop;
  }

  /** Red, green and blue: grey images get three equal channels. */
  public static ImageDecoder rgb() {
    return new ImageDecoder(3, 0, null, null);
  }

  /** One channel: of colours their luma (ITU-R BT.601). */
  public static ImageDecoder grey() {
    return new ImageDecoder(1, 0, null, null);
  }

  /**
   * Resizes the shorter side, and the other in proportion, rounded down.
   *
   * @param pixels at least 1
   */
  public ImageDecoder resize(int pixels) {
    requirePositive(pixels);
    return new ImageDecoder(channels, pixels, null, crop);
  }

  /** Resizes both sides, at least to 1, whatever that does to the proportions. */
  public ImageDecoder resize(int height, int width) {
    requirePositive(Math.min(height, width));
    return new ImageDecoder(channels, 0, new int[] {height, width}, crop);
  }

  /** Keeps the middle, after resizing. A smaller image is an error when it is decoded. */
  public ImageDecoder centerCrop(int height, int width) {
    requirePositive(Math.min(height, width));
    return new ImageDecoder(channels, shorter, size, new int[] {height, width});
  }

  private static void requirePositive(int pixels) {
    if (pixels < 1) {
      throw new IllegalArgumentException(pixels + " pixels; a side has at least 1");
    }
  }

  /** The shape of every sample, [channels, height, width]; null where it is the image's own. */
  Shape fixedShape() {
    int[] extents = crop == null ? size : crop;
    return extents == null ? null : Shape.of(channels, extents[0], extents[1]);
  }

  /** What becomes of an image of so many rows and columns before it is cropped. */
  private int[] resized(int height, int width) {
    if (size != null) {
      return size;
    }
    if (shorter == 0) {
      return new int[] {height, width};
    }
    long least = Math.min(height, width);
    return new int[] {
      (int) Math.min(Integer.MAX_VALUE, (long) shorter * height / least),
      (int) Math.min(Integer.MAX_VALUE, (long) shorter * width / least)
    };
  }

  /**
   * The shape of the sample that a file gives, by the head of the file alone.
   *
   * @throws IOException if it cannot be read or is no image
   */
  Shape shape(Path file) throws IOException {
    if (fixedShape() != null) {
      return fixedShape();
    }
    Shape image = ImageFile.size(file);
    int[] extents = resized((int) image.dim(0), (int) image.dim(1));
    return Shape.of(channels, extents[0], extents[1]);
  }

  /**
   * Reads an image.
   *
   * @return [channels, height, width], which the caller closes
   * @throws FormatException if the file is no whole PNG or JPEG image, or smaller than the crop
   * @throws IOException if it cannot be read
   */
  public Tensor decode(Path file) throws IOException {
    Sample sample = sample(file);
    return Tensor.of(sample.values, channels, sample.height, sample.width);
  }

  /**
   * Reads an image into a tensor.
   *
   * @param dst [channels, height, width], or as a batch of one, overwritten
   * @throws FormatException if the file is no whole PNG or JPEG image, or gives another shape
   * @throws IOException if it cannot be read
   */
  public void decode(Path file, Tensor dst) throws IOException {
    Sample sample = sample(file);
    long[] dims = dst.shape().toArray();
    boolean batch = dims.length == 4 && dims[0] == 1;
    requireShape(file, sample, Shape.of(batch ? Arrays.copyOfRange(dims, 1, 4) : dims));
    dst.set(sample.values);
  }

  /**
   * Reads an image into an array.
   *
   * @param shape that the sample must have
   * @param values of so many elements, overwritten
   */
  void decode(Path file, Shape shape, float[] values) throws IOException {
    Sample sample = sample(file);
    requireShape(file, sample, shape);
    System.arraycopy(sample.values, 0, values, 0, values.length);
  }

  private void requireShape(Path file, Sample sample, Shape shape) throws FormatException {
    Shape found = Shape.of(channels, sample.height, sample.width);
    if (!found.equals(shape)) {
      throw new FormatException(
          file.toString(),
          "gives a sample of shape " + found + " instead of " + shape + "; resize the images");
    }
  }

  private record Sample(float[] values, int height, int width) {}

  private Sample sample(Path file) throws IOException {
    Picture picture = Picture.read(file).flattened();
    picture = channels == 1 ? picture.toGrey() : picture.toRgb();
    int[] extents = resized(picture.height(), picture.width());
    int[] kept = crop == null ? extents : crop;
    if (kept[0] > extents[0] || kept[1] > extents[1]) {
      throw new FormatException(
          file.toString(),
          "has %d x %d pixels, too few for a crop of %d x %d; resize the images before"
              .formatted(extents[1], extents[0], kept[1], kept[0]));
    }
    if ((long) extents[0] * extents[1] > ImageFile.MAX_PIXELS) {
      throw new FormatException(
          file.toString(), "would be resized to %d x %d".formatted(extents[1], extents[0]));
    }
    float[] values = new float[channels * kept[0] * kept[1]];
    // Half a pixel goes to the even side, as in torchvision.
    int top = (int) Math.rint((extents[0] - kept[0]) / 2.0);
    int left = (int) Math.rint((extents[1] - kept[1]) / 2.0);
    for (int channel = 0; channel < channels; channel++) {
      float[] plane = scaled(picture.planes()[channel]);
      plane = Resampling.resize(plane, picture.height(), picture.width(), extents[0], extents[1]);
      for (int y = 0; y < kept[0]; y++) {
        int to = (channel * kept[0] + y) * kept[1];
        System.arraycopy(plane, (top + y) * extents[1] + left, values, to, kept[1]);
      }
    }
    return new Sample(values, kept[0], kept[1]);
  }

  private static float[] scaled(byte[] plane) {
    float[] values = new float[plane.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (plane[i] & 0xff) / 255f;
    }
    return values;
  }
}
