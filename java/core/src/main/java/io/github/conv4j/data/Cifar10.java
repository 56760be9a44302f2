package io.github.conv4j.data;

import io.github.conv4j.Shape;
import io.github.conv4j.io.FormatException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * CIFAR-10 in its binary version, as described on <a
 * href="https://www.cs.toronto.edu/~kriz/cifar.html">its page</a>: records of a label and the red,
 * green and blue planes of 32x32 pixels. Images [3, 32, 32] of values 0 to 1, held in memory.
 */
public final class Cifar10 {
  private static final int SIDE = 32;
  private static final int PIXELS = 3 * SIDE * SIDE;
  private static final List<String> CLASSES =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  private Cifar10() {}

  /**
   * The training samples in a folder: {@code data_batch_1.bin} to {@code data_batch_5.bin}, in it
   * or in its folder {@code cifar-10-batches-bin}.
   *
   * @throws FormatException if a file is damaged
   * @throws IOException if a file is missing or cannot be read
   */
  public static Dataset train(Path folder) throws IOException {
    return open(
        folder,
        "data_batch_1.bin",
        "data_batch_2.bin",
        "data_batch_3.bin",
        "data_batch_4.bin",
        "data_batch_5.bin");
  }

  /**
   * The test samples in a folder: {@code test_batch.bin}, see {@link #train}.
   *
   * @throws FormatException if the file is damaged
   * @throws IOException if the file is missing or cannot be read
   */
  public static Dataset test(Path folder) throws IOException {
    return open(folder, "test_batch.bin");
  }

  private static Dataset open(Path folder, String... names) throws IOException {
    Path inner = folder.resolve("cifar-10-batches-bin");
    Path place = Files.isDirectory(inner) ? inner : folder;
    List<byte[]> samples = new ArrayList<>();
    List<Byte> labels = new ArrayList<>();
    for (String name : names) {
      Path file = place.resolve(name);
      if (!Files.isRegularFile(file)) {
        throw new IOException(
            place
                + (Files.isDirectory(place) ? " has no file " + name : " is no folder")
                + "; give the folder that cifar-10-binary.tar.gz was unpacked in");
      }
      read(file, samples, labels);
    }
    byte[] numbers = new byte[labels.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = labels.get(i);
    }
    return new ByteImages(
        Shape.of(3, SIDE, SIDE), CLASSES, samples.toArray(new byte[0][]), numbers);
  }

  private static void read(Path file, List<byte[]> samples, List<Byte> labels) throws IOException {
    long size = Files.size(file);
    if (size == 0 || size % (1 + PIXELS) != 0) {
      throw new FormatException(
          file.toString(),
          "has " + size + " bytes, which is no multiple of a record's 3073; download it again");
    }
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      for (long left = size; left > 0; left -= 1 + PIXELS) {
        int label = in.read();
        byte[] sample = in.readNBytes(PIXELS);
        if (sample.length < PIXELS || label >= CLASSES.size()) {
          throw new FormatException(
              file.toString(),
              sample.length < PIXELS
                  ? "was cut off while it was read"
                  : "has the label " + label + "; there are 10 classes");
        }
        samples.add(sample);
        labels.add((byte) label);
      }
    }
  }
}
