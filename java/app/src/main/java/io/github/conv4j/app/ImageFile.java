package io.github.conv4j.app;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/** Reads PNG and JPEG files, writes PNG files; each file is read or written whole or not at all. */
final class ImageFile {
  private static final long MAX_PIXELS = 1L << 28;
  private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  private static final byte[] JPEG = {(byte) 0xff, (byte) 0xd8, (byte) 0xff};

  private ImageFile() {}

  /**
   * Reads an image.
   *
   * @throws InputException if the file cannot be read, is neither PNG nor JPEG, is damaged or
   *     larger than 2^28 pixels
   */
  static Picture read(Path file) {
    if (Files.isDirectory(file)) {
      throw new InputException(file + " is a folder, not an image");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] start = in.readNBytes(PNG.length);
      if (start.length == 0) {
        throw new InputException(file + " is empty");
      }
      if (Arrays.equals(start, PNG)) {
        checkPng(file);
        return decode(file, "png");
      }
      if (Arrays.equals(Arrays.copyOf(start, JPEG.length), JPEG)) {
        return decode(file, "jpeg");
      }
      throw new InputException(file + " is neither a PNG nor a JPEG image");
    } catch (IOException e) {
      throw new InputException(file + " cannot be read: " + reason(e), e);
    }
  }

  private static void checkPng(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      String damage = PngChunks.damage(in);
      if (!damage.isEmpty()) {
        throw new InputException(file + " is damaged: " + damage);
      }
    }
  }

  private static Picture decode(Path file, String format) throws IOException {
    ImageIO.setUseCache(false);
    ImageReader reader = ImageIO.getImageReadersByFormatName(format).next();
    try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
      reader.setInput(in, true, true);
      // The readers fill in what a truncated file lacks, and tell no more than a listener of it.
      String[] damage = new String[1];
      reader.addIIOReadWarningListener(
          (source, warning) -> damage[0] = isDamage(warning) ? warning : damage[0]);
      BufferedImage image;
      try {
        long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
        if (pixels > MAX_PIXELS) {
          throw new InputException(
              file + " has " + pixels + " pixels; at most " + MAX_PIXELS + " are read");
        }
        image = reader.read(0);
      } catch (IOException | RuntimeException e) {
        if (e instanceof InputException) {
          throw e;
        }
        throw new InputException(
            file + " cannot be decoded as " + format.toUpperCase(Locale.ROOT) + ": " + reason(e),
            e);
      }
      if (damage[0] != null) {
        throw new InputException(file + " is damaged: " + damage[0]);
      }
      if (image.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_CMYK) {
        throw new InputException(file + " is a CMYK image; convert it to RGB first");
      }
      return PictureConversion.toPicture(image);
    } finally {
      reader.dispose();
    }
  }

  private static boolean isDamage(String warning) {
    String lower = warning.toLowerCase(Locale.ROOT);
    return lower.contains("truncated") || lower.contains("premature") || lower.contains("corrupt");
  }

  /**
   * Refuses what could not be written, before work is spent on it.
   *
   * @throws InputException if the file is not named .png or its folder takes no file
   */
  static void requireWritable(Path file) {
    if (!file.toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
      throw new InputException(file + " cannot be written: only PNG is, name it .png");
    }
    if (Files.isDirectory(file)) {
      throw new InputException(file + " cannot be written: it is a folder");
    }
    Path folder = file.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder)) {
      throw new InputException(file + " cannot be written: there is no folder " + folder);
    }
    if (!Files.isWritable(folder) || Files.exists(file) && !Files.isWritable(file)) {
      throw new InputException(file + " cannot be written: permission denied");
    }
  }

  /**
   * Writes a PNG file beside the target, then moves it into its place.
   *
   * @throws InputException if that fails; the target is then as it was
   */
  static void write(BufferedImage image, Path target) {
    requireWritable(target);
    try {
      Path file = Files.exists(target) ? target.toRealPath() : target.toAbsolutePath();
      long random = ThreadLocalRandom.current().nextLong(Long.MAX_VALUE);
      Path unfinished = file.resolveSibling("." + file.getFileName() + "." + random + ".part");
      try {
        try (OutputStream out =
            Files.newOutputStream(
                unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
          if (!ImageIO.write(image, "png", out)) {
            throw new IOException("no PNG writer for " + image.getColorModel());
          }
        }
        move(unfinished, file);
      } finally {
        Files.deleteIfExists(unfinished);
      }
    } catch (IOException e) {
      throw new InputException(target + " cannot be written: " + reason(e), e);
    }
  }

  private static void move(Path unfinished, Path file) throws IOException {
    try {
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static String reason(Exception e) {
    if (e instanceof NoSuchFileException) {
      return "there is no such file";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    Throwable deepest = e;
    while (deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    return deepest.getMessage() == null ? deepest.getClass().getSimpleName() : deepest.getMessage();
  }
}
