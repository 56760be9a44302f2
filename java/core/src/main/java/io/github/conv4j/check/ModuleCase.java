package io.github.conv4j.check;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.NativeKernels;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/**
 * A named module on one shape of its input: a layer, a whole, a loss or an unpooling.
 *
 * @param name for people
 * @param text the module on one line, as its {@code toString} prints it
 * @param input the shape of its input
 * @param training the mode; losses and unpoolings have none
 */
public record ModuleCase(String name, String text, Shape input, boolean training)
    implements KernelCase {
  /** What the command line calls the operations of modules, beside those of kernels. */
  public static final List<String> OPERATIONS =
      List.of(
          "conv1d",
          "maxpool1d",
          "avgpool1d",
          "globalavgpool2d",
          "globalmaxpool2d",
          "maxunpool2d",
          "linear",
          "relu",
          "tanh",
          "sigmoid",
          "softmax",
          "logsoftmax",
          "flatten",
          "dropout",
          "batchnorm2d",
          "crossentropy",
          "mse",
          "sequential");

  /** Operations for which exact data have signed zeros, NaN and infinities, too. */
  private static final Set<String> SPECIAL =
      Set.of(
          "maxpool1d",
          "globalmaxpool2d",
          "maxunpool2d",
          "relu",
          "tanh",
          "sigmoid",
          "softmax",
          "logsoftmax",
          "flatten",
          "dropout");

  /** Refuses what cannot be read, and an input that does not suit. */
  public ModuleCase {
    Objects.requireNonNull(name, "name");
    try (Subject subject = ModuleText.parse(text, input, training)) {
      subject.resultShape(input);
    }
  }

  @Override
  public String operation() {
    return operation(text);
  }

  private static String operation(String text) {
    String module = text.strip();
    int end = module.indexOf('(');
    String word = (end < 0 ? module : module.substring(0, end)).toLowerCase(Locale.ROOT);
    boolean global = module.contains("outputSize=1x1");
    return switch (word) {
      case "crossentropyloss" -> "crossentropy";
      case "mseloss" -> "mse";
      case "adaptiveavgpool2d" -> global ? "globalavgpool2d" : word;
      case "adaptivemaxpool2d" -> global ? "globalmaxpool2d" : word;
      default -> word;
    };
  }

  @Override
  public String extents() {
    return text + " on " + input;
  }

  @Override
  public String selection() {
    return Replay.module(text, input) + (training ? "" : " --eval");
  }

  @Override
  public List<Direction> directions() {
    try (Subject subject = ModuleText.parse(text, input, training)) {
      return subject.directions();
    }
  }

  /** Those of the kernels that the module runs; {@code simd} where there is but one. */
  @Override
  public List<String> algorithms(Direction direction) {
    return switch (operation()) {
      case "conv1d", "conv2d" -> NativeKernels.conv2dAlgorithms(direction);
      case "convtranspose2d" -> NativeKernels.convTranspose2dAlgorithms(direction);
      case "maxpool1d", "maxpool2d", "minpool2d" -> NativeKernels.maxPool2dAlgorithms(direction);
      case "avgpool1d", "avgpool2d", "adaptiveavgpool2d", "globalavgpool2d" ->
          NativeKernels.avgPool2dAlgorithms(direction);
      case "adaptivemaxpool2d", "globalmaxpool2d" ->
          direction == Direction.FORWARD
              ? NativeKernels.adaptiveMaxPool2dAlgorithms()
              : List.of(CHOSEN);
      case "linear" -> List.of("simd", "openblas");
      default -> List.of(CHOSEN);
    };
  }

  /** Stands for the only algorithm that there is, or for a whole's own choice. */
  static final String CHOSEN = "simd";

  /** Whether a name is one of an algorithm that plans of this module know. */
  boolean hasAlgorithms() {
    return switch (operation()) {
      case "conv1d",
          "conv2d",
          "convtranspose2d",
          "maxpool1d",
          "maxpool2d",
          "minpool2d",
          "avgpool1d",
          "avgpool2d",
          "adaptiveavgpool2d",
          "globalavgpool2d",
          "adaptivemaxpool2d",
          "globalmaxpool2d",
          "linear" ->
          true;
      default -> false;
    };
  }

  /** The input of a module: where nothing is added up, exact data are no ordinary numbers alone. */
  static Tensor source(String text, Subject.Data data, Shape shape, MemoryFormat format) {
    if (data.kind() == DataKind.REAL || !SPECIAL.contains(operation(text))) {
      return data.tensor("src", shape, format, 1);
    }
    int elements = Operand.elements("src", shape);
    return Subject.tensor(TestData.ties(data.seed(), "src", elements, true), shape, format);
  }

  /**
   * A check of the module.
   *
   * @param sample is left aside: modules are compared as a whole
   */
  @Override
  public KernelCheck check(Direction direction, DataKind data, long seed, long sample) {
    return new ModuleCheck(this, direction, data, seed);
  }
}
