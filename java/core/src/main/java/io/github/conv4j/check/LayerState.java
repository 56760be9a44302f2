package io.github.conv4j.check;

import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.nn.BatchNorm2d;
import io.github.conv4j.nn.Buffer;
import io.github.conv4j.nn.Layer;
import io.github.conv4j.nn.Parameter;
import io.github.conv4j.nn.Sequential;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** What a check changes about a layer, as it was before; closing puts it back. */
final class LayerState implements AutoCloseable {
  private final Layer layer;
  private final Map<Tensor, float[]> tensors = new IdentityHashMap<>();
  private final Map<Layer, Kernels> backends = new IdentityHashMap<>();
  private final Map<BatchNorm2d, Long> batches = new IdentityHashMap<>();

  LayerState(Layer layer) {
    this.layer = layer;
    for (Parameter parameter : layer.parameters()) {
      tensors.put(parameter.value(), parameter.value().toArray());
      tensors.put(parameter.gradient(), parameter.gradient().toArray());
    }
    for (Buffer buffer : layer.buffers()) {
      tensors.put(buffer.value(), buffer.value().toArray());
    }
    for (Layer part : parts(layer)) {
      part.kernels().ifPresent(kernels -> backends.put(part, kernels));
      if (part instanceof BatchNorm2d norm) {
        batches.put(norm, norm.numBatchesTracked());
      }
    }
  }

  /** The layers that a whole consists of, or the layer itself. */
  static List<Layer> parts(Layer layer) {
    if (!(layer instanceof Sequential whole)) {
      return List.of(layer);
    }
    List<Layer> parts = new ArrayList<>();
    whole.layers().forEach(part -> parts.addAll(parts(part)));
    return parts;
  }

  /** Puts tensors and counters back, but not the backends. */
  void restoreValues() {
    tensors.forEach(Tensor::set);
    batches.forEach(BatchNorm2d::numBatchesTracked);
  }

  @Override
  public void close() {
    restoreValues();
    backends.forEach(Layer::kernels);
    // What evaluation folded or prepared belongs to the numbers of the check.
    if (!layer.isTraining()) {
      layer.eval();
    } else {
      layer.train();
    }
  }
}
