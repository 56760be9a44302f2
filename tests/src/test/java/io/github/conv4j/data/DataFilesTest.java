package io.github.conv4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.Shape;
import io.github.conv4j.io.FormatException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** MNIST's and CIFAR-10's files, right and wrong. */
class DataFilesTest {
  @TempDir private Path folder;

  private static byte[] images(int magic, int count, int height, int width, int bytes) {
    ByteBuffer file = ByteBuffer.allocate(16 + bytes);
    file.putInt(magic).putInt(count).putInt(height).putInt(width);
    for (int i = 0; i < bytes; i++) {
      file.put((byte) (7 * i));
    }
    return file.array();
  }

  private static byte[] labels(int count, int... labels) {
    ByteBuffer file = ByteBuffer.allocate(8 + labels.length).putInt(0x801).putInt(count);
    for (int label : labels) {
      file.put((byte) label);
    }
    return file.array();
  }

  private static byte[] packed(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    }
    return packed.toByteArray();
  }

  private Path write(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  @Test
  void mnistIsReadPlainOrCompressed() throws IOException {
    write("train-images-idx3-ubyte", images(0x803, 3, 2, 5, 30));
    write("train-labels-idx1-ubyte.gz", packed(labels(3, 9, 0, 4)));
    write("t10k-images.idx3-ubyte.gz", packed(images(0x803, 2, 2, 5, 20)));
    write("t10k-labels.idx1-ubyte", labels(2, 11, 1));
    Dataset train = Idx.train(folder);
    assertEquals(3, train.size());
    assertEquals(Shape.of(1, 2, 5), train.sampleShape());
    assertEquals(10, train.classes().size());
    assertEquals("4", train.classes().get(train.label(2)));
    float[] values = new float[10];
    train.read(2, 0, values);
    for (int i = 0; i < 10; i++) {
      assertEquals((7 * (20 + i) & 0xff) / 255f, values[i]);
    }
    assertThrows(IllegalArgumentException.class, () -> train.read(0, 0, new float[9]));
    assertThrows(IndexOutOfBoundsException.class, () -> train.read(3, 0, values));
    assertThrows(IndexOutOfBoundsException.class, () -> train.label(-1));
    Dataset test = Idx.test(folder);
    assertEquals(2, test.size());
    assertEquals(12, test.classes().size());
    assertEquals(11, test.label(0));
    Dataset slice = train.slice(1, 3);
    assertEquals(2, slice.size());
    assertEquals(0, slice.label(0));
    float[] same = new float[10];
    slice.read(1, 0, same);
    assertEquals(Arrays.toString(values), Arrays.toString(same));
    assertThrows(IndexOutOfBoundsException.class, () -> slice.label(2));
    assertThrows(IndexOutOfBoundsException.class, () -> train.slice(1, 4));
  }

  private static void refused(Executable call, String... words) {
    IOException failure = assertThrows(IOException.class, call);
    for (String word : words) {
      assertTrue(failure.getMessage().contains(word), failure.getMessage());
    }
  }

  private void refusedImages(byte[] bytes, String reason) throws IOException {
    Path labels = write("labels", labels(3, 1, 2, 3));
    Path images = write("images", bytes);
    refused(() -> Idx.open(images, labels), images + " ", reason);
  }

  @Test
  void idxFilesThatLieAreRefused() throws IOException {
    refusedImages(images(0x801, 3, 2, 5, 30), "starts with 0x00000801 instead of 0x00000803");
    refusedImages(images(0x803, -1, 2, 5, 30), "claims 4294967295 samples");
    refusedImages(images(0x803, 3, 0, 5, 30), "claims 3 samples of 0x5");
    refusedImages(images(0x803, 3, 65536, 65536, 30), "claims 3 samples of 65536x65536");
    refusedImages(images(0x803, Integer.MAX_VALUE, 28, 28, 30), "claims 1683627179248 bytes");
    refusedImages(images(0x803, 3, 2, 5, 29), "ends after 2 samples");
    refusedImages(images(0x803, 3, 2, 5, 31), "goes on after the 3 samples");
    refusedImages(new byte[0], "ends after 0 samples");
    byte[] packed = packed(images(0x803, 3, 2, 5, 30));
    refusedImages(Arrays.copyOf(packed, packed.length - 12), "ends after");
    packed[packed.length - 8] ^= 1;
    refusedImages(packed, "is damaged");
    refusedImages(images(0x803, 2, 2, 5, 20), "");
    Path images = write("two", images(0x803, 2, 2, 5, 20));
    Path labels = write("three", labels(3, 1, 2, 3));
    refused(() -> Idx.open(images, labels), "has 3 labels", "has 2 images");
  }

  @Test
  void foldersWithoutMnistAreNamed() {
    refused(() -> Idx.train(folder), folder + " has no file train-images-idx3-ubyte", "give the");
    Path missing = folder.resolve("missing");
    refused(() -> Idx.test(missing), missing + " is no folder", "give the folder");
    refused(() -> Idx.open(missing, missing), missing + " cannot be read: there is no such file");
  }

  private static byte[] records(int count, int firstLabel) {
    byte[] bytes = new byte[count * 3073];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i % 3073 == 0 ? firstLabel + i / 3073 : i);
    }
    return bytes;
  }

  @Test
  void cifar10IsReadFromItsFolderOrTheOneAbove() throws IOException {
    Path inner = Files.createDirectory(folder.resolve("cifar-10-batches-bin"));
    for (int i = 1; i <= 5; i++) {
      Files.write(inner.resolve("data_batch_" + i + ".bin"), records(2, i));
    }
    Files.write(inner.resolve("test_batch.bin"), records(3, 7));
    for (Path place : new Path[] {folder, inner}) {
      Dataset train = Cifar10.train(place);
      assertEquals(10, train.size());
      assertEquals(Shape.of(3, 32, 32), train.sampleShape());
      assertEquals("bird", train.classes().get(train.label(1)));
      assertEquals(6, train.label(9));
      float[] values = new float[3072];
      train.read(1, 0, values);
      assertEquals((3074 & 0xff) / 255f, values[0]);
      assertEquals((3073 + 3072 & 0xff) / 255f, values[3071]);
    }
    assertEquals(3, Cifar10.test(folder).size());
    Files.write(inner.resolve("test_batch.bin"), records(2, 9));
    refused(() -> Cifar10.test(folder), "test_batch.bin has the label 10");
    Files.write(inner.resolve("test_batch.bin"), new byte[3072]);
    refused(() -> Cifar10.test(folder), "test_batch.bin has 3072 bytes", "3073");
    Files.delete(inner.resolve("test_batch.bin"));
    refused(() -> Cifar10.test(folder), "has no file test_batch.bin", "give the folder");
    assertThrows(FormatException.class, () -> cutOff(inner));
  }

  private static void cutOff(Path inner) throws IOException {
    Files.write(inner.resolve("test_batch.bin"), new byte[0]);
    Cifar10.test(inner);
  }
}
