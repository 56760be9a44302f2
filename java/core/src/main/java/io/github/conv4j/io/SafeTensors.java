package io.github.conv4j.io;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A file of named tensors in the <a
 * href="https://huggingface.co/docs/safetensors/index">safetensors</a> format, read tensor by
 * tensor.
 *
 * <pre>{@code
 * try (SafeTensors file = SafeTensors.open(Path.of("vgg19.safetensors"));
 *     Tensor weight = file.tensor("features.0.weight")) {
 *   System.out.println(weight.shape());
 * }
 * }</pre>
 *
 * <p>Opening checks all that the file says of itself. The data is copied through a channel into
 * memory of its own, never mapped: what happens to the file later cannot reach a running kernel.
 * Several threads may read from one file.
 */
public final class SafeTensors implements AutoCloseable {
  private final Path file;
  private final FileChannel channel;
  private final SafeTensorsHeader header;

  private SafeTensors(Path file, FileChannel channel, SafeTensorsHeader header) {
    this.file = file;
    this.channel = channel;
    this.header = header;
  }

  /**
   * Opens a file and checks its header: at most 100 MB of JSON, as the format has it, no name
   * twice, every size that of its shape and type, and the data one behind the other up to the end.
   *
   * @throws FormatException if it is no valid safetensors file
   * @throws IOException if it cannot be read
   */
  public static SafeTensors open(Path file) throws IOException {
    try {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      try {
        return new SafeTensors(file, channel, SafeTensorsHeader.read(file, channel));
      } catch (IOException | RuntimeException | Error e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw AtomicFile.unreadable(file, e);
    }
  }

  /**
   * All tensors of a file, in the order of their data, each closed by the caller. Elements of
   * another type than float32 become the nearest float32, see {@link #tensor}.
   *
   * @throws FormatException if it is no valid safetensors file
   * @throws IOException if it cannot be read; nothing is left to close then
   */
  public static Map<String, Tensor> load(Path file) throws IOException {
    try (SafeTensors open = open(file)) {
      return open.tensors();
    }
  }

  /**
   * Writes a file, see {@link #save(Path, Map, Map)}, without metadata.
   *
   * @throws IOException if that fails; a file that was there is as it was
   */
  public static void save(Path file, Map<String, Tensor> tensors) throws IOException {
    save(file, tensors, Map.of());
  }

  /**
   * Writes a file of float32 tensors, sorted by their names and in row-major order whatever their
   * format, so that equal contents give equal bytes. The file appears whole or not at all.
   *
   * @param file replaced if it is there
   * @param tensors by name, not modified
   * @param metadata what is to be said about them
   * @throws IllegalArgumentException if a tensor is named {@code __metadata__}, or a name is no
   *     text that UTF-8 can hold
   * @throws IOException if that fails; a file that was there is as it was
   */
  public static void save(Path file, Map<String, Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    SafeTensorsWriter writer = new SafeTensorsWriter(tensors, metadata);
    AtomicFile.write(file, writer::writeTo);
  }

  /** The names of all tensors, in the order of their data. */
  public Set<String> names() {
    return header.entries().keySet();
  }

  /** What the file says about itself; empty if it says nothing. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /**
   * The shape of a tensor.
   *
   * @throws IllegalArgumentException if there is no tensor of this name
   */
  public Shape shape(String name) {
    return entry(name).shape();
  }

  /**
   * The type of a tensor's elements in the file.
   *
   * @throws IllegalArgumentException if there is no tensor of this name
   */
  public ElementType type(String name) {
    return entry(name).type();
  }

  /**
   * Reads a tensor, which the caller closes. Elements of another type than float32 become the
   * nearest float32: integers beyond 2^24, such as {@link #longTensor} reads exactly, may be
   * rounded, and a float64 beyond the range of float32 is infinite.
   *
   * @throws IllegalArgumentException if there is no tensor of this name
   * @throws IOException if the file cannot be read, or was cut off since it was opened
   */
  public Tensor tensor(String name) throws IOException {
    Tensor tensor = Tensor.empty(entry(name).shape());
    try {
      read(name, tensor);
      return tensor;
    } catch (IOException | RuntimeException | Error e) {
      tensor.close();
      throw e;
    }
  }

  /**
   * Reads a tensor into one that is there, see {@link #tensor}.
   *
   * @param dst of the same shape, in either format, overwritten
   * @throws IllegalArgumentException if there is no tensor of this name, or it has another shape
   * @throws IOException if the file cannot be read, or was cut off since it was opened
   */
  public void read(String name, Tensor dst) throws IOException {
    SafeTensorsHeader.Entry entry = entry(name);
    if (!entry.shape().equals(dst.shape())) {
      throw new IllegalArgumentException(
          file + ": " + name + " has shape " + entry.shape() + ", not " + dst.shape());
    }
    reader(entry).read(dst);
  }

  /**
   * Reads a tensor of integers, which the caller closes.
   *
   * @throws IllegalArgumentException if there is no tensor of this name, or it does not hold
   *     integers
   * @throws IOException if the file cannot be read, was cut off since it was opened, or an element
   *     is larger than an int64
   */
  public LongTensor longTensor(String name) throws IOException {
    SafeTensorsHeader.Entry entry = entry(name);
    if (entry.type().isFloatingPoint()) {
      throw new IllegalArgumentException(
          file + ": " + name + " holds " + entry.type() + "; read it by tensor(name)");
    }
    LongTensor tensor = LongTensor.zeros(entry.shape());
    try {
      reader(entry).read(tensor);
      return tensor;
    } catch (IOException | RuntimeException | Error e) {
      tensor.close();
      throw e;
    }
  }

  /**
   * Reads all tensors, see {@link #load}.
   *
   * @throws IOException if the file cannot be read; nothing is left to close then
   */
  public Map<String, Tensor> tensors() throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try {
      for (String name : names()) {
        tensors.put(name, tensor(name));
      }
      return tensors;
    } catch (IOException | RuntimeException | Error e) {
      tensors.values().forEach(Tensor::close);
      throw e;
    }
  }

  /** Closes the file; tensors that were read stay. */
  @Override
  public void close() throws IOException {
    channel.close();
  }

  private SafeTensorsHeader.Entry entry(String name) {
    SafeTensorsHeader.Entry entry = header.entries().get(name);
    if (entry == null) {
      throw new IllegalArgumentException(file + " has no tensor " + name + "; see names()");
    }
    return entry;
  }

  private ElementReader reader(SafeTensorsHeader.Entry entry) {
    long[] position = {entry.begin()};
    ByteSource source =
        to -> {
          int count = channel.read(to, position[0]);
          position[0] += Math.max(count, 0);
          return count;
        };
    return new ElementReader(
        file.toString(), source, entry.type(), ByteOrder.LITTLE_ENDIAN, entry.shape().elements());
  }
}
