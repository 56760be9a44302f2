package io.github.conv4j.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** NumPy's npz files: written and read, right and wrong. */
class NpzTest {
  private static final String THREE = "{'descr': '|u1', 'fortran_order': False, 'shape': (3,)}";

  @TempDir private Path folder;

  @Test
  void arraysComeBack() throws IOException {
    Path file = folder.resolve("x.npz");
    try (Tensor a = Tensor.uniform(new SplittableRandom(1), -1, 1, 3, 300, 301);
        Tensor b = Tensor.of(new float[] {7});
        Tensor none = Tensor.zeros(0)) {
      Npz.write(file, Map.of("b", b, "layer.a", a, "none", none));
      Map<String, Tensor> read = Npz.read(file);
      assertEquals(List.of("b", "layer.a", "none"), List.copyOf(read.keySet()));
      assertEquals(a.shape(), read.get("layer.a").shape());
      assertArrayEquals(a.toArray(), read.get("layer.a").toArray());
      assertArrayEquals(new float[] {7}, read.get("b").toArray());
      assertEquals(Shape.of(0), read.get("none").shape());
      read.values().forEach(Tensor::close);

      Path again = folder.resolve("again.npz");
      Npz.write(again, Map.of("none", none, "layer.a", a, "b", b));
      assertEquals(-1, Files.mismatch(file, again));
    }
    Npz.write(file, Map.of());
    assertEquals(Map.of(), Npz.read(file));
  }

  /** As {@code numpy.savez} writes them: not compressed. */
  @Test
  void storedEntriesAreRead() throws IOException {
    byte[] array = NpyTest.bytes(1, THREE, new byte[] {1, 2, -1});
    Path file = folder.resolve("stored.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      ZipEntry entry = new ZipEntry("x.npy");
      entry.setMethod(ZipEntry.STORED);
      entry.setSize(array.length);
      CRC32 sum = new CRC32();
      sum.update(array);
      entry.setCrc(sum.getValue());
      zip.putNextEntry(entry);
      zip.write(array);
    }
    Map<String, Tensor> read = Npz.read(file);
    assertArrayEquals(new float[] {1, 2, 255}, read.get("x").toArray());
    read.values().forEach(Tensor::close);

    byte[] bytes = Files.readAllBytes(file);
    bytes[30 + "x.npy".length() + array.length - 1] = 9;
    assertRefused(bytes, "its checksum is wrong");
  }

  private Path zip(String name, byte[] content) throws IOException {
    Path file = folder.resolve("hand.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry(name));
      zip.write(content);
    }
    return file;
  }

  private void assertRefused(byte[] bytes, String reason) throws IOException {
    Path file = Files.write(folder.resolve("bytes.npz"), bytes);
    assertRefused(file, reason);
  }

  private static void assertRefused(Path file, String reason) {
    FormatException refused = assertThrows(FormatException.class, () -> Npz.read(file));
    assertTrue(refused.getMessage().startsWith(file.toString()), refused.getMessage());
    assertTrue(refused.getMessage().contains(reason), refused.getMessage());
  }

  @Test
  void entriesThatAreNoArraysAreRefused() throws IOException {
    byte[] array = NpyTest.bytes(1, THREE, new byte[3]);
    assertRefused(zip("x.txt", array), "x.txt, which is no .npy");
    assertRefused(zip("x.npy", new byte[20]), "hand.npz!x.npy is no valid npy file");
    assertRefused(zip("x.npy", NpyTest.bytes(1, THREE, new byte[2])), "the archive has 2");
    assertRefused(zip("x.npy", NpyTest.bytes(1, THREE, new byte[4])), "the archive has 4");
    assertRefused(new byte[100], "no valid npz file");
    assertRefused(new byte[0], "no valid npz file");
  }

  @Test
  void bombsAreRefusedBeforeTheyUnpack() throws IOException {
    String header = "{'descr': '|u1', 'fortran_order': False, 'shape': (8000000,)}";
    Path bomb = folder.resolve("bomb.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(bomb))) {
      zip.putNextEntry(new ZipEntry("x.npy"));
      zip.write(NpyTest.bytes(1, header));
      writeZeros(zip, 8_000_000);
    }
    assertTrue(Files.size(bomb) < 100_000);
    FormatException refused = assertThrows(FormatException.class, () -> Npz.read(bomb, 7_000_000));
    assertTrue(refused.getMessage().contains("limit of 7000000"), refused.getMessage());
    Map<String, Tensor> read = Npz.read(bomb, 9_000_000);
    assertEquals(8_000_000, read.get("x").elements());
    read.values().forEach(Tensor::close);

    // The same claim with nothing behind it, in the central directory alone.
    byte[] bytes = Files.readAllBytes(zip("x.npy", NpyTest.bytes(1, header, new byte[3])));
    int directory = directory(bytes);
    putInt(bytes, directory + 24, 8_000_000 + 10 + header.length());
    assertRefused(bytes, "cannot unpack to");
  }

  @Test
  void entriesThatShareBytesAreRefused() throws IOException {
    byte[] noise = new byte[3000];
    new Random(5).nextBytes(noise);
    String header = THREE.replace("3", "3000");
    Path file = folder.resolve("two.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (String name : List.of("a.npy", "b.npy")) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(NpyTest.bytes(1, header, noise));
      }
    }
    Npz.read(file).values().forEach(Tensor::close);
    // Both entries of the directory lead to the first file, and the second one is cut out.
    byte[] bytes = Files.readAllBytes(file);
    int directory = directory(bytes);
    int second = directory + 46 + 5;
    int start = getInt(bytes, second + 42);
    byte[] shared = new byte[bytes.length - (directory - start)];
    System.arraycopy(bytes, 0, shared, 0, start);
    System.arraycopy(bytes, directory, shared, start, bytes.length - directory);
    putInt(shared, start + 46 + 5 + 42, 0);
    putInt(shared, shared.length - 6, start);
    assertRefused(shared, "cannot unpack to");
  }

  private static void writeZeros(OutputStream out, int count) throws IOException {
    byte[] zeros = new byte[1 << 16];
    for (int left = count; left > 0; left -= zeros.length) {
      out.write(zeros, 0, Math.min(left, zeros.length));
    }
  }

  /** Where the central directory of an archive begins. */
  private static int directory(byte[] zip) {
    return getInt(zip, zip.length - 6);
  }

  private static int getInt(byte[] bytes, int at) {
    return bytes[at] & 255
        | (bytes[at + 1] & 255) << 8
        | (bytes[at + 2] & 255) << 16
        | bytes[at + 3] << 24;
  }

  private static void putInt(byte[] bytes, int at, int value) {
    for (int i = 0; i < 4; i++) {
      bytes[at + i] = (byte) (value >> 8 * i);
    }
  }

  @Test
  void damagedArchivesAreReadOrRefused() throws IOException {
    byte[] whole = Files.readAllBytes(zip("x.npy", NpyTest.bytes(1, THREE, new byte[3])));
    SplittableRandom random = new SplittableRandom(4);
    int refused = 0;
    for (int i = 0; i < 1000; i++) {
      byte[] bytes = whole.clone();
      bytes[random.nextInt(whole.length)] = (byte) random.nextInt();
      refused += isRefused(bytes) ? 1 : 0;
    }
    assertTrue(refused > 400, refused + " of 1000 were refused");
    for (int length = 0; length < whole.length; length++) {
      assertTrue(isRefused(Arrays.copyOf(whole, length)), length + " bytes");
    }
  }

  private boolean isRefused(byte[] bytes) throws IOException {
    try {
      Npz.read(Files.write(folder.resolve("damaged.npz"), bytes)).values().forEach(Tensor::close);
      return false;
    } catch (FormatException e) {
      return true;
    }
  }
}
