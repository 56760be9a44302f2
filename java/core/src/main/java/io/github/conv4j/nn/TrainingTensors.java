package io.github.conv4j.nn;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import java.util.List;

/**
 * What a {@link Sequential} in training keeps between its layers, for one shape and format of src.
 */
final class TrainingTensors {
  private final List<Layer> layers;
  final Shape srcShape;
  final MemoryFormat srcFormat;
  final Shape dstShape;

  /** Results of all layers but the last. */
  private final Tensor[] results;

  /** Gradients of the same; made by the first backward pass. */
  private final Tensor[] gradients;

  TrainingTensors(List<Layer> layers, Shape src, MemoryFormat format) {
    this.layers = layers;
    this.srcShape = src;
    this.srcFormat = format;
    int between = Math.max(0, layers.size() - 1);
    this.results = new Tensor[between];
    this.gradients = new Tensor[between];
    Shape shape = src;
    MemoryFormat lies = format;
    for (int i = 0; i < layers.size(); i++) {
      shape = layers.get(i).outputShape(shape);
      lies = Formats.ofResult(lies, shape);
      if (i < between) {
        results[i] =
            isView(i) ? results[i - 1].reshape(shape.toArray()) : Tensor.empty(shape, lies);
      }
    }
    this.dstShape = shape;
  }

  /** Whether layer i only reshapes one kept tensor into another, which then share their memory. */
  boolean isView(int i) {
    return i > 0
        && i < layers.size() - 1
        && layers.get(i) instanceof Flatten
        && results[i - 1].memoryFormat() == MemoryFormat.CONTIGUOUS;
  }

  Tensor result(int i) {
    return results[i];
  }

  /** Asked for from the last layer to the first. */
  Tensor gradient(int i) {
    if (gradients[i] == null) {
      Shape shape = results[i].shape();
      gradients[i] =
          isView(i + 1)
              ? gradients[i + 1].reshape(shape.toArray())
              : Tensor.empty(shape, results[i].memoryFormat());
    }
    return gradients[i];
  }

  void close() {
    for (int i = 0; i < results.length; i++) {
      results[i].close();
      if (gradients[i] != null) {
        gradients[i].close();
      }
    }
  }
}
