package io.github.conv4j.io;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;

/**
 * Between the images of the JDK and pictures.
 *
 * <p>Grey samples are taken as they are stored, since {@link BufferedImage#getRGB} would brighten
 * them. Samples of more or fewer than 8 bits are rounded to 8, palettes become the colours they
 * stand for, and colours of other spaces become sRGB.
 */
final class PictureConversion {
  private PictureConversion() {}

  /**
   * A picture of an image that was read from a file, or drawn in sRGB.
   *
   * @param image of integers, its colours not multiplied by its alpha
   */
  static Picture toPicture(BufferedImage image) {
    ColorModel model = image.getColorModel();
    boolean grey = model.getColorSpace().getType() == ColorSpace.TYPE_GRAY;
    return model instanceof ComponentColorModel && (grey || model.getColorSpace().isCS_sRGB())
        ? fromSamples(image.getRaster(), grey ? 1 : 3, model.hasAlpha())
        : fromColours(image);
  }

  private static Picture fromSamples(Raster raster, int colours, boolean hasAlpha) {
    int width = raster.getWidth();
    int height = raster.getHeight();
    byte[][] bands = new byte[colours + (hasAlpha ? 1 : 0)][width * height];
    int[] row = new int[width];
    for (int band = 0; band < bands.length; band++) {
      int largest = (1 << raster.getSampleModel().getSampleSize(band)) - 1;
      for (int y = 0; y < height; y++) {
        raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, band, row);
        for (int x = 0; x < width; x++) {
          bands[band][y * width + x] = (byte) ((row[x] * 255L + largest / 2) / largest);
        }
      }
    }
    byte[][] planes = new byte[colours][];
    System.arraycopy(bands, 0, planes, 0, colours);
    return new Picture(width, height, planes, hasAlpha ? bands[colours] : null);
  }

  private static Picture fromColours(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    byte[][] bands = new byte[4][width * height];
    int[] row = new int[width];
    for (int y = 0; y < height; y++) {
      image.getRGB(0, y, width, 1, row, 0, width);
      for (int x = 0; x < width; x++) {
        for (int band = 0; band < 4; band++) {
          bands[band][y * width + x] = (byte) (row[x] >>> (16 - 8 * band));
        }
      }
    }
    boolean grey = image.getColorModel() instanceof IndexColorModel palette && isGrey(palette);
    byte[][] planes = grey ? new byte[][] {bands[0]} : new byte[][] {bands[0], bands[1], bands[2]};
    return new Picture(width, height, planes, image.getColorModel().hasAlpha() ? bands[3] : null);
  }

  private static boolean isGrey(IndexColorModel palette) {
    for (int i = 0; i < palette.getMapSize(); i++) {
      if (palette.getRed(i) != palette.getGreen(i) || palette.getRed(i) != palette.getBlue(i)) {
        return false;
      }
    }
    return true;
  }

  /** Samples as they are: 1 to 4 interleaved bands of 8 bits. */
  static BufferedImage toImage(Picture picture) {
    int colours = picture.planes().length;
    boolean hasAlpha = picture.alpha() != null;
    int bands = colours + (hasAlpha ? 1 : 0);
    int width = picture.width();
    int height = picture.height();
    byte[] samples = new byte[Math.multiplyExact(width * height, bands)];
    int[] offsets = new int[bands];
    for (int band = 0; band < bands; band++) {
      byte[] plane = band < colours ? picture.planes()[band] : picture.alpha();
      offsets[band] = band;
      for (int i = 0; i < plane.length; i++) {
        samples[i * bands + band] = plane[i];
      }
    }
    int space = colours == 1 ? ColorSpace.CS_GRAY : ColorSpace.CS_sRGB;
    ColorModel model =
        new ComponentColorModel(
            ColorSpace.getInstance(space),
            hasAlpha,
            false,
            hasAlpha ? Transparency.TRANSLUCENT : Transparency.OPAQUE,
            DataBuffer.TYPE_BYTE);
    WritableRaster raster =
        Raster.createWritableRaster(
            new PixelInterleavedSampleModel(
                DataBuffer.TYPE_BYTE, width, height, bands, width * bands, offsets),
            new DataBufferByte(samples, samples.length),
            null);
    return new BufferedImage(model, raster, false, null);
  }
}
