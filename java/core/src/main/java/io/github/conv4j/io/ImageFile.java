package io.github.conv4j.io;

import io.github.conv4j.Shape;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/**
 * Reads PNG and JPEG files, writes PNG files; each file is read or written whole or not at all.
 *
 * <p>Pixels are taken as they are stored: a rotation that a camera noted in the EXIF data of a JPEG
 * is not applied, and colour profiles are left to the JDK, which turns other spaces into sRGB.
 */
public final class ImageFile {
  /** The most pixels that are read: 2^28. */
  public static final long MAX_PIXELS = 1L << 28;

  /**
   * More than any byte can stand for: 1032 bytes of 8 pixels in a PNG, 8 blocks of 64 in a JPEG.
   */
  private static final long PIXELS_PER_BYTE = 1032 * 8;

  private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  private static final byte[] JPEG = {(byte) 0xff, (byte) 0xd8, (byte) 0xff};

  private ImageFile() {}

  /**
   * Reads an image.
   *
   * @throws FormatException if the file is neither PNG nor JPEG, is damaged, in CMYK, or larger
   *     than 2^28 pixels
   * @throws IOException if it cannot be read
   */
  public static Picture read(Path file) throws IOException {
    return open(file, ImageFile::decode);
  }

  /**
   * The extents of an image, by its head alone: the pixels may still turn out to be damaged.
   *
   * @return [height, width]
   * @throws FormatException if the file is neither PNG nor JPEG, or its head is damaged
   * @throws IOException if it cannot be read
   */
  public static Shape size(Path file) throws IOException {
    return open(file, ImageFile::measure);
  }

  @FunctionalInterface
  private interface Body<T> {
    T read(Path file, ImageReader reader, String format) throws IOException;
  }

  private static <T> T open(Path file, Body<T> body) throws IOException {
    if (Files.isDirectory(file)) {
      throw new FormatException(file.toString(), "is a folder, not an image");
    }
    try {
      String format = format(file);
      ImageIO.setUseCache(false);
      ImageReader reader = ImageIO.getImageReadersByFormatName(format).next();
      try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
        reader.setInput(in, true, true);
        return body.read(file, reader, format);
      } catch (FormatException e) {
        throw e;
      } catch (IOException | RuntimeException e) {
        throw new FormatException(
            file.toString(),
            "cannot be decoded as " + format.toUpperCase(Locale.ROOT) + ": " + AtomicFile.reason(e),
            e);
      } finally {
        reader.dispose();
      }
    } catch (IOException e) {
      throw AtomicFile.unreadable(file, e);
    }
  }

  private static String format(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] start = in.readNBytes(PNG.length);
      if (start.length == 0) {
        throw new FormatException(file.toString(), "is empty");
      }
      if (Arrays.equals(start, PNG)) {
        return "png";
      }
      if (Arrays.equals(Arrays.copyOf(start, JPEG.length), JPEG)) {
        return "jpeg";
      }
      throw new FormatException(file.toString(), "is neither a PNG nor a JPEG image");
    }
  }

  private static void checkPng(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      String damage = PngChunks.damage(in);
      if (!damage.isEmpty()) {
        throw new FormatException(file.toString(), "is damaged: " + damage);
      }
    }
  }

  private static Shape measure(Path file, ImageReader reader, String format) throws IOException {
    long pixels = (long) reader.getHeight(0) * reader.getWidth(0);
    if (pixels > MAX_PIXELS) {
      throw new FormatException(
          file.toString(), "has " + pixels + " pixels; at most " + MAX_PIXELS + " are read");
    }
    if (pixels / PIXELS_PER_BYTE > Files.size(file)) {
      throw new FormatException(
          file.toString(),
          "is damaged: it claims " + pixels + " pixels in " + Files.size(file) + " bytes");
    }
    return Shape.of(reader.getHeight(0), reader.getWidth(0));
  }

  private static Picture decode(Path file, ImageReader reader, String format) throws IOException {
    if (format.equals("png")) {
      checkPng(file);
    }
    // The readers fill in what a truncated file lacks, and tell no more than a listener of it.
    String[] damage = new String[1];
    reader.addIIOReadWarningListener(
        (source, warning) -> damage[0] = isDamage(warning) ? warning : damage[0]);
    measure(file, reader, format);
    BufferedImage image = reader.read(0);
    if (damage[0] != null) {
      throw new FormatException(file.toString(), "is damaged: " + damage[0]);
    }
    if (image.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_CMYK) {
      throw new FormatException(file.toString(), "is a CMYK image; convert it to RGB first");
    }
    return Picture.of(image);
  }

  private static boolean isDamage(String warning) {
    String lower = warning.toLowerCase(Locale.ROOT);
    return lower.contains("truncated") || lower.contains("premature") || lower.contains("corrupt");
  }

  /**
   * Refuses what could not be written, before work is spent on it.
   *
   * @throws IOException if the file is not named .png or its folder takes no file
   */
  public static void requireWritable(Path file) throws IOException {
    if (!file.toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
      throw new IOException(file + " cannot be written: only PNG is, name it .png");
    }
    AtomicFile.requireWritable(file);
  }

  /**
   * Writes a PNG file beside the target, then moves it into its place.
   *
   * @param image not modified
   * @param target replaced if it is there
   * @throws IOException if that fails; the target is then as it was
   */
  public static void write(BufferedImage image, Path target) throws IOException {
    requireWritable(target);
    AtomicFile.write(
        target,
        out -> {
          OutputStream stream = new BufferedOutputStream(Channels.newOutputStream(out));
          if (!ImageIO.write(image, "png", stream)) {
            throw new IOException("no PNG writer for " + image.getColorModel());
          }
          stream.flush();
        });
  }
}
