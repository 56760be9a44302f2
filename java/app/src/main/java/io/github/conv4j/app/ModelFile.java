package io.github.conv4j.app;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.io.Checkpoint;
import io.github.conv4j.nn.Sequential;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * A safetensors file of weights: a checkpoint that {@code train} wrote, which says what it is of,
 * or one from elsewhere, such as torchvision's, which does not.
 */
final class ModelFile implements AutoCloseable {
  /** Begins the names of what is not the network's. */
  static final String OPTIMIZER = "optimizer.";

  private final Path file;
  private final Checkpoint checkpoint;

  private ModelFile(Path file, Checkpoint checkpoint) {
    this.file = file;
    this.checkpoint = checkpoint;
  }

  /** Reads a file, which the caller closes. */
  static ModelFile read(Path file) throws IOException {
    ModelFile read = new ModelFile(file, Checkpoint.load(file));
    try {
      read.sample(NamedModel.LENET5);
      read.normalization(NamedModel.LENET5);
      return read;
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      read.close();
      throw new InputException(file + " describes its samples in a way that makes no sense", e);
    }
  }

  /** What a file says about the data that a network was trained on, as its text. */
  static Map<String, String> describe(
      Shape sample, List<String> classes, Normalization normalization) {
    Map<String, String> text = new LinkedHashMap<>();
    text.put(
        "sample",
        Arrays.stream(sample.toArray()).mapToObj(Long::toString).collect(Collectors.joining(",")));
    text.put("classes", String.join("\n", classes));
    text.put("normalization", normalization.toText());
    return text;
  }

  /** The text of a name; null if there is none. */
  String text(String name) {
    return checkpoint.metadata().get(name);
  }

  /** All text by name. */
  Map<String, String> texts() {
    return checkpoint.metadata();
  }

  /**
   * The model of the weights.
   *
   * @param given its label on the command line; null to take what the file says
   */
  NamedModel model(String given) {
    String saved = text("model");
    if (given == null && saved == null) {
      throw new InputException(file + " does not say which model it is of; give --model");
    }
    if (given != null && saved != null && !given.equals(saved)) {
      throw new InputException(file + " holds " + saved + ", not " + given + "; leave out --model");
    }
    return NamedModel.of(given == null ? saved : given);
  }

  /** The shape of a sample; that of the model where the file says nothing. */
  Shape sample(NamedModel model) {
    String text = text("sample");
    return text == null
        ? model.sample()
        : Shape.of(Arrays.stream(text.split(",")).mapToLong(Long::parseLong).toArray());
  }

  /** The names of the classes; their numbers where the file says nothing. */
  List<String> classes(NamedModel model) {
    String text = text("classes");
    if (text != null) {
      return List.of(text.split("\n"));
    }
    Tensor last = null;
    for (Map.Entry<String, Tensor> entry : network().entrySet()) {
      last = entry.getKey().endsWith(".bias") ? entry.getValue() : last;
    }
    long count = last == null ? model.classes() : last.elements();
    return LongStream.range(0, count).mapToObj(i -> "class " + i).toList();
  }

  /** What was done to samples; ImageNet's for coloured pictures where the file says nothing. */
  Normalization normalization(NamedModel model) {
    String text = text("normalization");
    if (text != null) {
      return Normalization.of(text);
    }
    return model.sample().dim(0) == Normalization.IMAGENET.mean().length
        ? Normalization.IMAGENET
        : new Normalization(new float[] {0.5f}, new float[] {0.5f});
  }

  /** The tensors of the network. */
  Map<String, Tensor> network() {
    Map<String, Tensor> tensors = new LinkedHashMap<>(checkpoint.tensors());
    tensors.keySet().removeIf(name -> name.startsWith(OPTIMIZER));
    return tensors;
  }

  /** The tensors of the optimizer, by its own names. */
  Map<String, Tensor> optimizer() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    checkpoint
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (name.startsWith(OPTIMIZER)) {
                tensors.put(name.substring(OPTIMIZER.length()), tensor);
              }
            });
    return tensors;
  }

  /** Loads all weights, or says which do not fit. */
  void load(Sequential net) {
    try {
      net.loadStateDict(network(), true);
    } catch (IllegalArgumentException e) {
      throw new InputException(file + " does not suit the model: " + e.getMessage(), e);
    }
  }

  /**
   * Loads the weights whose names and shapes the network has too.
   *
   * @return the names of those parameters that stay as they were
   * @throws InputException if there is none that fits
   */
  List<String> loadFitting(Sequential net) {
    Map<String, Tensor> own = net.stateDict();
    Map<String, Tensor> fitting = network();
    fitting
        .entrySet()
        .removeIf(
            entry -> {
              Tensor tensor = own.get(entry.getKey());
              return tensor == null || !tensor.shape().equals(entry.getValue().shape());
            });
    if (fitting.isEmpty()) {
      throw new InputException(
          file + " has no tensor that suits the model; give weights of the same architecture");
    }
    return net.loadStateDict(fitting, false).missing();
  }

  /** The name of the file. */
  @Override
  public String toString() {
    return file.toString();
  }

  @Override
  public void close() {
    checkpoint.close();
  }
}
