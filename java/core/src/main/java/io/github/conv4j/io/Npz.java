package io.github.conv4j.io;

import io.github.conv4j.Tensor;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** Named arrays in NumPy's npz format, a ZIP archive of {@link Npy} files. */
public final class Npz {
  /** What {@link #read(Path)} reads at most, in bytes of all arrays: 4 GiB. */
  public static final long DEFAULT_LIMIT = 1L << 32;

  private static final String SUFFIX = ".npy";

  /** Bytes that one compressed byte can stand for at most (RFC 1951: 258 for 2 bits). */
  private static final long LARGEST_RATIO = 1032;

  /** ZIP files need a time; one that does not change gives equal bytes for equal contents. */
  private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  private Npz() {}

  /**
   * Reads all arrays of an archive of at most {@link #DEFAULT_LIMIT} bytes, see {@link #read(Path,
   * long)}.
   *
   * @throws FormatException if the file is no valid npz file, or holds more
   * @throws IOException if it cannot be read; nothing is left to close then
   */
  public static Map<String, Tensor> read(Path file) throws IOException {
    return read(file, DEFAULT_LIMIT);
  }

  /**
   * Reads all arrays of an archive as {@link Npy#read} does, each closed by the caller. What an
   * entry unpacks to has to be what the archive says, and that what its array takes; and all
   * entries together have to be possible for so many compressed bytes.
   *
   * @param limit bytes that all arrays together may unpack to
   * @return the arrays by their names without {@code .npy}, in the order of the archive
   * @throws FormatException if the file is no valid npz file, or holds more than the limit
   * @throws IOException if it cannot be read; nothing is left to close then
   */
  public static Map<String, Tensor> read(Path file, long limit) throws IOException {
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      List<ZipEntry> entries = List.copyOf(Collections.list(zip.entries()));
      check(file, entries, limit);
      for (ZipEntry entry : entries) {
        String name = entry.getName();
        if (!name.endsWith(SUFFIX)) {
          throw new FormatException(
              file.toString(), "has an entry " + name + ", which is no .npy array");
        }
        String key = name.substring(0, name.length() - SUFFIX.length());
        if (arrays.containsKey(key)) {
          throw new FormatException(file.toString(), "has the array " + key + " twice");
        }
        arrays.put(key, read(file, zip, entry));
      }
      return arrays;
    } catch (IOException | RuntimeException | Error e) {
      arrays.values().forEach(Tensor::close);
      if (e instanceof ZipException || e instanceof EOFException) {
        throw new FormatException(
            file.toString(), "is no valid npz file: " + AtomicFile.reason(e), e);
      }
      if (e instanceof IOException failure) {
        throw AtomicFile.unreadable(file, failure);
      }
      throw e;
    }
  }

  private static void check(Path file, List<ZipEntry> entries, long limit) throws IOException {
    long packed = 0;
    long unpacked = 0;
    for (ZipEntry entry : entries) {
      long size = entry.getSize();
      long compressed = entry.getCompressedSize();
      if (size < 0 || compressed < 0 || size > limit - unpacked) {
        throw new FormatException(
            file.toString(),
            "holds more than the limit of " + limit + " bytes; read it with a higher limit");
      }
      unpacked += size;
      packed += compressed;
      if (packed > Files.size(file) || size / LARGEST_RATIO > compressed) {
        throw new FormatException(
            file.toString(),
            "has an entry " + entry.getName() + ", which cannot unpack to " + size + " bytes");
      }
    }
  }

  private static Tensor read(Path file, ZipFile zip, ZipEntry entry) throws IOException {
    String place = file + "!" + entry.getName();
    CheckedInputStream sum = new CheckedInputStream(zip.getInputStream(entry), new CRC32());
    try (ReadableByteChannel in = Channels.newChannel(sum)) {
      NpyHeader header = NpyHeader.read(place, in::read);
      if (header.dataBytes() != entry.getSize() - header.bytes()) {
        throw new FormatException(
            place,
            "has the shape "
                + header.shape()
                + " of "
                + header.type()
                + ", which takes "
                + header.dataBytes()
                + " bytes; the archive has "
                + (entry.getSize() - header.bytes()));
      }
      Tensor tensor = Npy.readTensor(place, in::read, header);
      boolean more = in.read(ByteBuffer.allocate(1)) > 0;
      if (more || sum.getChecksum().getValue() != entry.getCrc()) {
        tensor.close();
        throw new FormatException(
            place,
            more ? "unpacks to more than the archive says" : "is damaged: its checksum is wrong");
      }
      return tensor;
    }
  }

  /**
   * Writes a compressed archive of float32 arrays in row-major order, sorted by name, so that equal
   * contents give equal bytes. The file appears whole or not at all.
   *
   * @param file replaced if it is there
   * @param arrays by their names, without {@code .npy}; not modified
   * @throws IOException if that fails; a file that was there is as it was
   */
  public static void write(Path file, Map<String, Tensor> arrays) throws IOException {
    AtomicFile.write(
        file,
        out -> {
          ZipOutputStream zip =
              new ZipOutputStream(new BufferedOutputStream(Channels.newOutputStream(out)));
          WritableByteChannel channel = Channels.newChannel(zip);
          for (Map.Entry<String, Tensor> array : new TreeMap<>(arrays).entrySet()) {
            ZipEntry entry = new ZipEntry(array.getKey() + SUFFIX);
            entry.setTimeLocal(TIME);
            zip.putNextEntry(entry);
            ElementWriter.writeFully(channel, NpyHeader.write(array.getValue().shape()));
            ElementWriter.write(array.getValue(), channel);
            zip.closeEntry();
          }
          zip.finish();
          zip.flush();
        });
  }
}
