package io.github.conv4j.nn;

import io.github.conv4j.Tensor;
import java.util.Objects;

/**
 * A tensor that training changes, and its gradient, to which every backward pass adds.
 *
 * @param name its name within the layer, as in PyTorch's state_dict: {@code weight}, {@code bias}
 * @param value owned by the layer
 * @param gradient of the same shape, owned by the layer
 */
public record Parameter(String name, Tensor value, Tensor gradient) {
  /** Refuses nulls and a gradient of another shape. */
  public Parameter {
    Objects.requireNonNull(name, "name");
    if (!value.shape().equals(gradient.shape())) {
      throw new IllegalArgumentException(
          "the gradient of "
              + name
              + " has shape "
              + gradient.shape()
              + "; it must be "
              + value.shape());
    }
  }
}
