package io.github.conv4j.nn;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Kernels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Layers one after another, each the input of the next; a layer itself, so that they nest.
 *
 * <pre>{@code
 * Sequential net =
 *     Sequential.of(
 *         Conv2d.builder(1, 16, 3).padding(1).bias(false).build(),
 *         BatchNorm2d.builder(16).build(),
 *         new ReLU(),
 *         MaxPool2d.builder(2).build(),
 *         new Flatten(),
 *         Linear.builder(16 * 14 * 14, 10).build());
 * }</pre>
 *
 * <p>Names are PyTorch's: a layer without a name has its number, parameters and buffers are {@code
 * 0.weight}, in a nested one {@code features.0.weight}.
 *
 * <p>The tensors between the layers are kept for the few shapes of src that were used last, so that
 * a steady loop allocates nothing; in evaluation they share a block of the size of the two largest
 * neighbours. {@link #eval} folds a batch normalisation that follows a convolution directly into a
 * copy of the convolution's weights, lets the convolution end in a ReLU that follows, and leaves
 * dropout out; the layers' own tensors stay as they are, and {@link #train} undoes it. Change the
 * mode of the layers through the whole, not one by one.
 */
public final class Sequential implements Layer {
  private final List<String> names;
  private final List<Layer> layers;
  private final List<Parameter> parameters;
  private final List<Buffer> buffers;
  private final ShapeCache<TrainingTensors> kept;
  private boolean training = true;

  /** In evaluation. */
  private InferenceSteps inference;

  /** The last forward pass in training mode. */
  private TrainingTensors last;

  private Sequential(Map<String, Layer> named) {
    this.names = List.copyOf(named.keySet());
    this.layers = List.copyOf(named.values());
    List<Parameter> learned = new ArrayList<>();
    List<Buffer> state = new ArrayList<>();
    for (Map.Entry<String, Layer> entry : named.entrySet()) {
      String prefix = entry.getKey() + ".";
      for (Parameter p : entry.getValue().parameters()) {
        learned.add(new Parameter(prefix + p.name(), p.value(), p.gradient()));
      }
      for (Buffer b : entry.getValue().buffers()) {
        state.add(new Buffer(prefix + b.name(), b.value()));
      }
    }
    this.parameters = List.copyOf(learned);
    this.buffers = List.copyOf(state);
    this.kept =
        new ShapeCache<>(
            (src, format) -> new TrainingTensors(layers, src, format), TrainingTensors::close);
    train();
  }

  /** Layers named 0, 1, 2 and so on, in training mode; they belong to the whole from here on. */
  public static Sequential of(Layer... layers) {
    Builder builder = builder();
    for (Layer layer : layers) {
      builder.add(layer);
    }
    return builder.build();
  }

  /** Starts with no layers. */
  public static Builder builder() {
    return new Builder();
  }

  /** The layers in their order. */
  public List<Layer> layers() {
    return layers;
  }

  /** The names of the layers in their order. */
  public List<String> names() {
    return names;
  }

  @Override
  public Tensor forward(Tensor src) {
    Tensor dst = emptyResult(src);
    try {
      forward(src, dst);
      return dst;
    } catch (RuntimeException | Error e) {
      dst.close();
      throw e;
    }
  }

  /** Room for the result, whose format follows from layer to layer as its shape does. */
  private Tensor emptyResult(Tensor src) {
    Shape shape = src.shape();
    MemoryFormat format = src.memoryFormat();
    for (Layer layer : layers) {
      shape = layer.outputShape(shape);
      format = Formats.ofResult(format, shape);
    }
    return Tensor.empty(shape, format);
  }

  @Override
  public void forward(Tensor src, Tensor dst) {
    if (src == dst) {
      throw new IllegalArgumentException("dst is src; a destination needs memory of its own");
    }
    if (!training) {
      if (inference == null) {
        throw new IllegalStateException("the layer is closed");
      }
      inference.run(src, dst);
      return;
    }
    last = null;
    TrainingTensors tensors = kept.get(src);
    SimpleLayer.requireShape("dst", dst, tensors.dstShape);
    if (layers.isEmpty()) {
      dst.set(src);
    }
    Tensor from = src;
    for (int i = 0; i < layers.size(); i++) {
      Tensor to = i == layers.size() - 1 ? dst : tensors.result(i);
      if (tensors.isView(i)) {
        ((Flatten) layers.get(i)).remember(from);
      } else {
        layers.get(i).forward(from, to);
      }
      from = to;
    }
    last = tensors;
  }

  @Override
  public Tensor backward(Tensor diffDst) {
    TrainingTensors tensors = SimpleLayer.requireForward(last);
    Tensor diffSrc = Tensor.empty(tensors.srcShape, tensors.srcFormat);
    try {
      backward(diffDst, diffSrc);
      return diffSrc;
    } catch (RuntimeException | Error e) {
      diffSrc.close();
      throw e;
    }
  }

  @Override
  public void backward(Tensor diffDst, Tensor diffSrc) {
    TrainingTensors tensors = SimpleLayer.requireForward(last);
    SimpleLayer.requireShape("diff_dst", diffDst, tensors.dstShape);
    if (diffSrc != null) {
      SimpleLayer.requireShape("diff_src", diffSrc, tensors.srcShape);
    }
    if (layers.isEmpty() && diffSrc != null) {
      diffSrc.set(diffDst);
    }
    Tensor from = diffDst;
    for (int i = layers.size() - 1; i >= 0; i--) {
      Tensor to = i == 0 ? diffSrc : tensors.gradient(i - 1);
      if (!tensors.isView(i)) {
        layers.get(i).backward(from, to);
      }
      from = to;
    }
  }

  @Override
  public Shape outputShape(Shape src) {
    Shape shape = src;
    for (Layer layer : layers) {
      shape = layer.outputShape(shape);
    }
    return shape;
  }

  @Override
  public List<Parameter> parameters() {
    return parameters;
  }

  @Override
  public List<Buffer> buffers() {
    return buffers;
  }

  /** The tensors layer by layer, named as the layers are. */
  @Override
  public Map<String, Tensor> stateDict() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    for (int i = 0; i < layers.size(); i++) {
      String prefix = names.get(i) + ".";
      layers.get(i).stateDict().forEach((name, tensor) -> state.put(prefix + name, tensor));
    }
    return state;
  }

  @Override
  public Map<String, Long> generatorStates() {
    Map<String, Long> states = new LinkedHashMap<>();
    for (int i = 0; i < layers.size(); i++) {
      String prefix = names.get(i) + ".";
      layers.get(i).generatorStates().forEach((name, at) -> states.put(prefix + name, at));
    }
    return states;
  }

  @Override
  public void loadGeneratorStates(Map<String, Long> states) {
    StateDict.requireGenerators(this, states);
    for (int i = 0; i < layers.size(); i++) {
      String prefix = names.get(i) + ".";
      Map<String, Long> own = new LinkedHashMap<>();
      for (String name : layers.get(i).generatorStates().keySet()) {
        own.put(name, states.get(prefix + name));
      }
      layers.get(i).loadGeneratorStates(own);
    }
  }

  /** The sum over the layers. */
  @Override
  public long multiplyAdds(Shape src) {
    long sum = 0;
    Shape shape = src;
    for (Layer layer : layers) {
      sum += layer.multiplyAdds(shape);
      shape = layer.outputShape(shape);
    }
    return sum;
  }

  /** That of the last layer. */
  @Override
  public ReceptiveField receptiveField(ReceptiveField src) {
    ReceptiveField field = src;
    for (Layer layer : layers) {
      field = layer.receptiveField(field);
    }
    return field;
  }

  @Override
  public Sequential train() {
    training = true;
    closeInference();
    layers.forEach(Layer::train);
    return this;
  }

  /**
   * Switches all layers to inference and returns this one. What is folded is taken from the layers
   * as they are now; later changes of weights and statistics are seen after the next {@code
   * eval()}.
   */
  @Override
  public Sequential eval() {
    training = false;
    last = null;
    closeInference();
    layers.forEach(Layer::eval);
    inference = new InferenceSteps(layers);
    return this;
  }

  @Override
  public boolean isTraining() {
    return training;
  }

  /**
   * Switches all layers to another backend and returns this one; in evaluation what is folded is
   * taken from the layers as they are now.
   */
  @Override
  public Sequential kernels(Kernels backend) {
    last = null;
    layers.forEach(layer -> layer.kernels(backend));
    return training ? train() : eval();
  }

  /** Closes all layers. */
  @Override
  public void close() {
    last = null;
    closeInference();
    kept.clear();
    layers.forEach(Layer::close);
  }

  private void closeInference() {
    if (inference != null) {
      inference.close();
      inference = null;
    }
  }

  /** The layers with their names, one a line. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("Sequential(");
    for (int i = 0; i < layers.size(); i++) {
      String inner = layers.get(i).toString().replace("\n", "\n  ");
      text.append("\n  (").append(names.get(i)).append("): ").append(inner);
    }
    return text.append(layers.isEmpty() ? ")" : "\n)").toString();
  }

  /** Collects the layers. */
  public static final class Builder {
    private final Map<String, Layer> layers = new LinkedHashMap<>();

    private Builder() {}

    /** Adds a layer named by its number. */
    public Builder add(Layer layer) {
      return add(Integer.toString(layers.size()), layer);
    }

    /**
     * Adds a layer with a name.
     *
     * @throws IllegalArgumentException if the name is empty, holds a dot or is taken, or the layer
     *     was added before
     */
    public Builder add(String name, Layer layer) {
      Objects.requireNonNull(layer, "layer");
      if (name.isEmpty() || name.contains(".")) {
        throw new IllegalArgumentException(
            "the name is '" + name + "'; it must have a character and no dot");
      }
      for (Layer other : layers.values()) {
        if (other == layer) {
          throw new IllegalArgumentException(
              "the layer " + layer + " was added before; a layer has one place");
        }
      }
      if (layers.putIfAbsent(name, layer) != null) {
        throw new IllegalArgumentException("two layers are named '" + name + "'");
      }
      return this;
    }

    /** Makes the whole, in training mode. */
    public Sequential build() {
      return new Sequential(layers);
    }
  }
}
