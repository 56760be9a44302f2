package io.github.conv4j.app;

import io.github.conv4j.Shape;
import io.github.conv4j.models.Cnn64;
import io.github.conv4j.models.LeNet5;
import io.github.conv4j.models.Mlp;
import io.github.conv4j.models.Vgg;
import io.github.conv4j.nn.Sequential;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;

/** A network that a command can be asked for by name. */
enum NamedModel {
  LENET5(10, 1, 28, 28),
  MLP(10, 1, 28, 28),
  LOGISTIC(10, 1, 28, 28),
  CNN64(10, 3, 64, 64),
  VGG11(1000, 3, 224, 224),
  VGG13(1000, 3, 224, 224),
  VGG16(1000, 3, 224, 224),
  VGG19(1000, 3, 224, 224);

  private static final long[] HIDDEN = {100, 100};

  private final long classes;
  private final Shape sample;

  NamedModel(long classes, long... sample) {
    this.classes = classes;
    this.sample = Shape.of(sample);
  }

  /** Its name on the command line. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The labels of all, for the help. */
  static final class Labels implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return labels().iterator();
    }
  }

  private static List<String> labels() {
    return Arrays.stream(values()).map(NamedModel::label).toList();
  }

  /** The model of a label. */
  static NamedModel of(String label) {
    return Arrays.stream(values())
        .filter(model -> model.label().equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new InputException(
                    "there is no model '"
                        + label
                        + "'; give one of "
                        + String.join(", ", labels())));
  }

  /** The classes of the data that it was made for. */
  long classes() {
    return classes;
  }

  /** The shape of a picture that it was made for: channels, height, width. */
  Shape sample() {
    return sample;
  }

  /** Whether it looks at each channel of an image of any size, and so takes more than one size. */
  boolean takesAnySize() {
    return this == CNN64 || layers() > 0;
  }

  private int layers() {
    return name().startsWith("VGG") ? Integer.parseInt(name().substring(3)) : 0;
  }

  /**
   * A new network.
   *
   * @param outputs its classes
   * @param image the shape of the pictures, which decides the inputs of a fully connected network
   * @param seed of the initial values
   * @throws InputException if it cannot have so many classes
   */
  Sequential create(long outputs, Shape image, long seed) {
    if (layers() > 0) {
      return Vgg.create(layers(), outputs, seed);
    }
    if (this == LENET5 && outputs != classes) {
      throw new InputException(
          "lenet5 tells 10 classes apart, not " + outputs + "; take mlp or cnn64 for this data");
    }
    long inputs = image.elements();
    return switch (this) {
      case LENET5 -> LeNet5.create(seed);
      case MLP -> Mlp.create(seed, inputs, HIDDEN[0], HIDDEN[1], outputs);
      case LOGISTIC -> Mlp.create(seed, inputs, outputs);
      default -> Cnn64.create(outputs, seed);
    };
  }
}
