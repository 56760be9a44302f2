package io.github.conv4j.check;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.nn.AvgPool1d;
import io.github.conv4j.nn.Buffer;
import io.github.conv4j.nn.Conv1d;
import io.github.conv4j.nn.Dropout;
import io.github.conv4j.nn.Layer;
import io.github.conv4j.nn.Linear;
import io.github.conv4j.nn.MaxPool1d;
import io.github.conv4j.nn.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A layer, or a whole of them. */
final class LayerSubject implements Subject {
  private final Layer layer;
  private final boolean owned;
  private final LayerState state;

  /**
   * @param owned whether closing this closes the layer; otherwise it puts back what was changed
   */
  LayerSubject(Layer layer, boolean owned) {
    this.layer = layer;
    this.owned = owned;
    this.state = new LayerState(layer);
  }

  @Override
  public String text() {
    return layer.toString().replaceAll("\\s*\\R\\s*", " ");
  }

  @Override
  public Shape resultShape(Shape src) {
    return layer.outputShape(src);
  }

  /** Neither signals nor the rows of a fully connected layer can lie channels last. */
  @Override
  public boolean takesChannelsLast(Shape src) {
    if (!Subject.isImage(src)) {
      return false;
    }
    Shape shape = src;
    for (Layer part : LayerState.parts(layer)) {
      boolean ofRows =
          part instanceof Conv1d
              || part instanceof MaxPool1d
              || part instanceof AvgPool1d
              || part instanceof Linear;
      if (ofRows && Subject.isImage(shape)) {
        return false;
      }
      shape = part.outputShape(shape);
    }
    return true;
  }

  @Override
  public String options() {
    return layer.isTraining() ? "" : " --eval";
  }

  @Override
  public List<Direction> directions() {
    List<Direction> directions = new ArrayList<>();
    directions.add(Direction.FORWARD);
    if (layer.isTraining()) {
      directions.add(Direction.BACKWARD_DATA);
      if (!layer.parameters().isEmpty()) {
        directions.add(Direction.BACKWARD_WEIGHTS);
      }
    }
    return directions;
  }

  @Override
  public Map<String, Output> run(Kernels kernels, Tensor src, Data data, Set<Direction> wanted) {
    state.restoreValues();
    if (!data.ownParameters()) {
      fill(data);
    }
    layer.zeroGrad();
    long number = 0;
    for (Layer part : LayerState.parts(layer)) {
      number++;
      if (part instanceof Dropout dropout) {
        dropout.reseed(data.seed() + number);
      }
    }
    layer.kernels(kernels);
    Map<String, Output> results = new LinkedHashMap<>();
    Shape shape = layer.outputShape(src.shape());
    try (Tensor dst = Tensor.empty(shape, Subject.formatOf(shape, src))) {
      dst.fill(Float.NaN);
      layer.forward(src, dst);
      results.put("dst", Output.of(dst));
      if (layer.isTraining()) {
        for (Buffer buffer : layer.buffers()) {
          if (isStatistic(buffer)) {
            results.put(buffer.name(), Output.of(buffer.value()));
          }
        }
      }
      boolean throughData = wanted.contains(Direction.BACKWARD_DATA);
      boolean throughWeights = wanted.contains(Direction.BACKWARD_WEIGHTS);
      if (throughData || throughWeights) {
        backward(src, dst, data, throughData, throughWeights, results);
      }
    }
    return results;
  }

  private void backward(
      Tensor src,
      Tensor dst,
      Data data,
      boolean throughData,
      boolean throughWeights,
      Map<String, Output> results) {
    try (Tensor diffDst = data.tensor("diff_dst", dst.shape(), dst.memoryFormat(), dst.elements());
        Tensor diffSrc = throughData ? Tensor.empty(src.shape(), src.memoryFormat()) : null) {
      if (diffSrc != null) {
        diffSrc.fill(Float.NaN);
      }
      layer.backward(diffDst, diffSrc);
      if (diffSrc != null) {
        results.put("diff_src", Output.of(diffSrc));
      }
      if (throughWeights) {
        for (Parameter parameter : layer.parameters()) {
          results.put("gradient of " + parameter.name(), Output.of(parameter.gradient()));
        }
      }
    }
  }

  private void fill(Data data) {
    for (Parameter parameter : layer.parameters()) {
      Shape shape = parameter.value().shape();
      long fanIn = shape.rank() < 2 || shape.dim(0) == 0 ? 1 : shape.elements() / shape.dim(0);
      float[] values = data.values(parameter.name(), shape, fanIn);
      if (data.kind() == DataKind.REAL) {
        // Uniform with a variance of 1 / fan_in, so that a deep whole neither grows nor fades.
        float scale = (float) Math.min(1, Math.sqrt(3.0 / fanIn));
        for (int i = 0; i < values.length; i++) {
          values[i] *= scale;
        }
      }
      parameter.value().set(values);
    }
    for (Buffer buffer : layer.buffers()) {
      if (!isStatistic(buffer)) {
        continue;
      }
      float[] values = data.values(buffer.name(), buffer.value().shape(), 1);
      if (buffer.name().endsWith("var")) {
        for (int i = 0; i < values.length; i++) {
          values[i] = Math.abs(values[i]) + 0.5f;
        }
      }
      buffer.value().set(values);
    }
  }

  /** Whether kernels compute it; a scalar is a count of passes. */
  private static boolean isStatistic(Buffer buffer) {
    return buffer.value().shape().rank() > 0;
  }

  @Override
  public void close() {
    if (owned) {
      layer.close();
    } else {
      state.close();
    }
  }
}
