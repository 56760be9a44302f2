package io.github.conv4j.data;

import io.github.conv4j.Shape;
import io.github.conv4j.io.FormatException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * MNIST, Fashion-MNIST and other data in IDX files (described on <a
 * href="http://yann.lecun.com/exdb/mnist/">MNIST's page</a>), plain or compressed by gzip: grey
 * images [1, height, width] of values 0 to 1, held in memory.
 */
public final class Idx {
  private static final int IMAGES = 0x803;
  private static final int LABELS = 0x801;
  private static final int MOST_PIXELS = 1 << 24;

  /** Bytes that one compressed byte can stand for at most (RFC 1951: 258 for 2 bits). */
  private static final long LARGEST_RATIO = 1032;

  private Idx() {}

  /**
   * The training samples in a folder: {@code train-images-idx3-ubyte} and {@code
   * train-labels-idx1-ubyte}, or the same with {@code .gz} behind or {@code .idx} for {@code -idx}.
   *
   * @throws FormatException if a file is damaged, or the two do not fit to one another
   * @throws IOException if a file is missing or cannot be read
   */
  public static Dataset train(Path folder) throws IOException {
    return open(find(folder, "train-images", 3), find(folder, "train-labels", 1));
  }

  /**
   * The test samples in a folder: {@code t10k-images-idx3-ubyte} and {@code
   * t10k-labels-idx1-ubyte}, see {@link #train}.
   *
   * @throws FormatException if a file is damaged, or the two do not fit to one another
   * @throws IOException if a file is missing or cannot be read
   */
  public static Dataset test(Path folder) throws IOException {
    return open(find(folder, "t10k-images", 3), find(folder, "t10k-labels", 1));
  }

  private static Path find(Path folder, String start, int axes) throws IOException {
    String usual = start + "-idx" + axes + "-ubyte";
    String other = start + ".idx" + axes + "-ubyte";
    for (String name : List.of(usual, usual + ".gz", other, other + ".gz")) {
      if (Files.isRegularFile(folder.resolve(name))) {
        return folder.resolve(name);
      }
    }
    String reason =
        Files.isDirectory(folder)
            ? folder + " has no file " + usual + " or " + usual + ".gz"
            : folder + " is no folder";
    throw new IOException(reason + "; give the folder that MNIST's files were put in");
  }

  /**
   * The samples of two files. There are as many classes as the largest label needs, and at least
   * ten, named by their numbers.
   *
   * @param images of bytes along three axes: samples, rows, columns
   * @param labels of bytes along one axis: samples
   * @throws FormatException if a file is damaged, or the two do not fit to one another
   * @throws IOException if a file cannot be read
   */
  public static Dataset open(Path images, Path labels) throws IOException {
    List<byte[]> samples = new ArrayList<>();
    Shape shape = read(images, IMAGES, samples);
    List<byte[]> classes = new ArrayList<>();
    read(labels, LABELS, classes);
    if (classes.size() != samples.size()) {
      throw new FormatException(
          labels.toString(),
          "has "
              + classes.size()
              + " labels; "
              + images
              + " has "
              + samples.size()
              + " images: they belong to different sets");
    }
    byte[] numbers = new byte[classes.size()];
    int largest = 9;
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = classes.get(i)[0];
      largest = Math.max(largest, numbers[i] & 0xff);
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i <= largest; i++) {
      names.add(Integer.toString(i));
    }
    return new ByteImages(shape, names, samples.toArray(new byte[0][]), numbers);
  }

  /**
   * Reads a file sample by sample: memory is taken for samples that are there, not for those that
   * the head promises.
   */
  private static Shape read(Path file, int magic, List<byte[]> samples) throws IOException {
    try (InputStream raw = new BufferedInputStream(Files.newInputStream(file));
        DataInputStream in = new DataInputStream(unpacked(raw))) {
      int found = in.readInt();
      if (found != magic) {
        throw new FormatException(
            file.toString(),
            String.format(
                "is no IDX file of %s: it starts with 0x%08x instead of 0x%08x",
                magic == IMAGES ? "images" : "labels", found, magic));
      }
      int count = in.readInt();
      int height = magic == IMAGES ? in.readInt() : 1;
      int width = magic == IMAGES ? in.readInt() : 1;
      if (count < 0 || Math.min(height, width) < 1 || (long) height * width > MOST_PIXELS) {
        throw new FormatException(
            file.toString(),
            "claims " + Integer.toUnsignedString(count) + " samples of " + height + "x" + width);
      }
      requireRoom(file, (long) count * height * width);
      for (int i = 0; i < count; i++) {
        byte[] sample = new byte[height * width];
        in.readFully(sample);
        samples.add(sample);
      }
      if (in.read() >= 0) {
        throw new FormatException(
            file.toString(), "goes on after the " + count + " samples that its head promises");
      }
      return Shape.of(1, height, width);
    } catch (EOFException e) {
      throw new FormatException(
          file.toString(), "ends after " + samples.size() + " samples; download it again", e);
    } catch (ZipException e) {
      throw new FormatException(file.toString(), "is damaged: " + e.getMessage(), e);
    } catch (NoSuchFileException e) {
      throw new IOException(file + " cannot be read: there is no such file", e);
    }
  }

  private static void requireRoom(Path file, long bytes) throws IOException {
    long size = Files.size(file);
    if (bytes / LARGEST_RATIO > size) {
      throw new FormatException(
          file.toString(), "claims " + bytes + " bytes of samples; it has " + size + " itself");
    }
  }

  private static InputStream unpacked(InputStream raw) throws IOException {
    raw.mark(2);
    boolean packed = raw.read() == 0x1f && raw.read() == 0x8b;
    raw.reset();
    return packed ? new BufferedInputStream(new GZIPInputStream(raw, 1 << 16), 1 << 16) : raw;
  }
}
