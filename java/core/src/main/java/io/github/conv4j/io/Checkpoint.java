package io.github.conv4j.io;

import io.github.conv4j.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The state of a training: named tensors, such as parameters and what an optimizer keeps, and words
 * and numbers as text, such as the epoch. Kept in one safetensors file, every bit of every tensor.
 *
 * <pre>{@code
 * Checkpoint.save(file, tensors, Map.of("epoch", "3"));
 * try (Checkpoint checkpoint = Checkpoint.load(file)) {
 *   int epoch = Integer.parseInt(checkpoint.metadata().get("epoch"));
 * }
 * }</pre>
 *
 * @param tensors by name, in the order of the file
 * @param metadata the rest
 */
public record Checkpoint(Map<String, Tensor> tensors, Map<String, String> metadata)
    implements AutoCloseable {
  /** A checkpoint of maps that are copied, and tensors that are not. */
  public Checkpoint {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
  }

  /**
   * Writes a checkpoint: into a file beside the target, forced to the disk and then renamed, so
   * that whatever happens the target holds the new state or the one before.
   *
   * @param file replaced if it is there; {@code .safetensors} by convention
   * @param tensors by name, not modified
   * @param metadata the rest
   * @throws IllegalArgumentException if a name cannot be written, see {@link SafeTensors#save(Path,
   *     Map, Map)}
   * @throws IOException if that fails; the target is as it was
   */
  public static void save(Path file, Map<String, Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    SafeTensors.save(file, tensors, metadata);
  }

  /**
   * Reads a checkpoint, which the caller closes.
   *
   * @throws FormatException if the file is no valid safetensors file
   * @throws IOException if it cannot be read
   */
  public static Checkpoint load(Path file) throws IOException {
    try (SafeTensors open = SafeTensors.open(file)) {
      return new Checkpoint(open.tensors(), open.metadata());
    }
  }

  /** Closes all tensors. */
  @Override
  public void close() {
    tensors.values().forEach(Tensor::close);
  }
}
