package io.github.conv4j.nn;

import io.github.conv4j.Tensor;
import java.util.Objects;

/**
 * A tensor that belongs to a layer's state and is not learned, such as a running mean.
 *
 * @param name its name within the layer, as in PyTorch's state_dict: {@code running_mean}
 * @param value owned by the layer
 */
public record Buffer(String name, Tensor value) {
  /** Refuses nulls. */
  public Buffer {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(value, "value");
  }
}
