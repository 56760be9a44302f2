package io.github.conv4j.check;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Accuracy;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.kernel.ReferenceKernels;
import io.github.conv4j.nn.AdaptiveAvgPool2d;
import io.github.conv4j.nn.AdaptiveMaxPool2d;
import io.github.conv4j.nn.AvgPool1d;
import io.github.conv4j.nn.AvgPool2d;
import io.github.conv4j.nn.BatchNorm2d;
import io.github.conv4j.nn.Conv1d;
import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.ConvTranspose2d;
import io.github.conv4j.nn.CrossEntropyLoss;
import io.github.conv4j.nn.Dropout;
import io.github.conv4j.nn.Flatten;
import io.github.conv4j.nn.Layer;
import io.github.conv4j.nn.Linear;
import io.github.conv4j.nn.LogSoftmax;
import io.github.conv4j.nn.MSELoss;
import io.github.conv4j.nn.MaxPool1d;
import io.github.conv4j.nn.MaxPool2d;
import io.github.conv4j.nn.MaxUnpool2d;
import io.github.conv4j.nn.MinPool2d;
import io.github.conv4j.nn.ReLU;
import io.github.conv4j.nn.Reduction;
import io.github.conv4j.nn.Sequential;
import io.github.conv4j.nn.Sigmoid;
import io.github.conv4j.nn.Softmax;
import io.github.conv4j.nn.Tanh;
import io.github.conv4j.nn.WindowBuilder;
import java.util.Arrays;

/**
 * Modules from what their {@code toString} prints, so that a check can be repeated from a command
 * line. Their numbers are not in the text, and a module that is read has arbitrary ones.
 */
final class ModuleText {
  private static final ReferenceKernels KERNELS = ReferenceKernels.instance();

  private final String text;
  private int at;

  private ModuleText(String text) {
    this.text = text;
  }

  /**
   * A module for checks.
   *
   * @param text on one line, as {@link Subject#text} has it
   * @param input the shape of its input, which weights of classes depend on
   * @param training the mode
   * @throws IllegalArgumentException saying what cannot be read
   */
  static Subject parse(String text, Shape input, boolean training) {
    String trimmed = text.strip();
    if (trimmed.startsWith("CrossEntropyLoss(")) {
      return crossEntropy(settings(trimmed), input);
    }
    if (trimmed.startsWith("MSELoss(")) {
      ModuleSettings s = settings(trimmed);
      return LossSubject.of(new MSELoss(reduction(s.positional(0)), KERNELS));
    }
    if (trimmed.startsWith("MaxUnpool2d(")) {
      ModuleSettings s = settings(trimmed);
      long[] k = s.pair("kernelSize");
      return new UnpoolSubject(window(MaxUnpool2d.builder(k[0], k[1]), s).build());
    }
    Layer layer = layer(trimmed);
    if (!training) {
      layer.eval();
    }
    return new LayerSubject(layer, true);
  }

  /** A layer in training mode on the reference. */
  static Layer layer(String text) {
    ModuleText parser = new ModuleText(text.strip());
    Layer layer = parser.layer();
    parser.spaces();
    if (parser.at < parser.text.length()) {
      throw parser.problem("the end");
    }
    return layer;
  }

  private static Reduction reduction(String name) {
    for (Reduction reduction : Reduction.values()) {
      if (reduction.name().equals(name)) {
        return reduction;
      }
    }
    throw new IllegalArgumentException(
        "the reduction is " + name + "; it must be one of " + Arrays.toString(Reduction.values()));
  }

  private static ModuleSettings settings(String text) {
    ModuleText parser = new ModuleText(text);
    return new ModuleSettings(parser.name(), parser.arguments());
  }

  private static Subject crossEntropy(ModuleSettings s, Shape input) {
    long ignored = s.integer("ignoreIndex");
    Tensor weights = null;
    if (s.flag("weighted")) {
      if (input.rank() < 2) {
        throw new IllegalArgumentException(
            "the input has shape " + input + "; logits must be [N, C] or [N, C, ...]");
      }
      float[] values = TestData.real(1, "class weights", Math.toIntExact(input.dim(1)));
      for (int i = 0; i < values.length; i++) {
        values[i] = Math.abs(values[i]) + 0.5f;
      }
      weights = Tensor.of(values, values.length);
    }
    CrossEntropyLoss loss =
        CrossEntropyLoss.builder()
            .kernels(KERNELS)
            .weight(weights)
            .ignoreIndex(ignored)
            .labelSmoothing(s.number("labelSmoothing"))
            .reduction(s.flag("mean") ? Reduction.MEAN : Reduction.SUM)
            .build();
    return LossSubject.of(loss, ignored, weights);
  }

  private IllegalArgumentException problem(String expected) {
    return new IllegalArgumentException(
        "the module is '"
            + text
            + "'; "
            + expected
            + " is expected "
            + (at < text.length() ? "where '" + text.substring(at) + "' stands" : "at the end"));
  }

  private void spaces() {
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
  }

  private void expect(String token) {
    if (!text.startsWith(token, at)) {
      throw problem("'" + token + "'");
    }
    at += token.length();
  }

  private String name() {
    int begin = at;
    while (at < text.length() && Character.isLetterOrDigit(text.charAt(at))) {
      at++;
    }
    if (at == begin) {
      throw problem("the name of a module");
    }
    return text.substring(begin, at);
  }

  private String arguments() {
    expect("(");
    int end = text.indexOf(')', at);
    if (end < 0) {
      throw problem("')'");
    }
    String arguments = text.substring(at, end);
    at = end + 1;
    return arguments;
  }

  private Layer layer() {
    String name = name();
    if (!name.equals("Sequential")) {
      return single(new ModuleSettings(name, arguments()));
    }
    expect("(");
    Sequential.Builder whole = Sequential.builder();
    for (spaces(); !text.startsWith(")", at); spaces()) {
      expect("(");
      int end = text.indexOf("): ", at);
      if (end < 0) {
        throw problem("the name of a part");
      }
      String part = text.substring(at, end);
      at = end + 3;
      whole.add(part, layer());
    }
    expect(")");
    return whole.build();
  }

  private Layer single(ModuleSettings s) {
    return switch (s.name()) {
      case "Conv2d" -> convolution(s);
      case "Conv1d" -> signalConvolution(s);
      case "ConvTranspose2d" -> transposed(s);
      case "MaxPool2d" -> {
        long[] k = s.pair("kernelSize");
        yield window(MaxPool2d.builder(k[0], k[1]), s).ceilMode(s.flag("ceilMode")).build();
      }
      case "MinPool2d" -> {
        long[] k = s.pair("kernelSize");
        yield window(MinPool2d.builder(k[0], k[1]), s).ceilMode(s.flag("ceilMode")).build();
      }
      case "AvgPool2d" -> average(s);
      case "MaxPool1d" -> {
        long[] padding = s.padding();
        yield MaxPool1d.builder(s.pair("kernelSize")[1])
            .stride(s.pair("stride")[1])
            .padding(padding[1], padding[3])
            .dilation(s.pair("dilation")[1])
            .ceilMode(s.flag("ceilMode"))
            .kernels(KERNELS)
            .build();
      }
      case "AvgPool1d" -> signalAverage(s);
      case "AdaptiveAvgPool2d" -> {
        long[] size = s.pair("outputSize");
        yield new AdaptiveAvgPool2d(size[0], size[1], KERNELS);
      }
      case "AdaptiveMaxPool2d" -> {
        long[] size = s.pair("outputSize");
        yield new AdaptiveMaxPool2d(size[0], size[1], KERNELS);
      }
      case "Linear" ->
          Linear.builder(s.extent(0), s.extent(1)).bias(s.flag("bias")).kernels(KERNELS).build();
      case "ReLU" -> new ReLU(KERNELS);
      case "Tanh" -> new Tanh(KERNELS);
      case "Sigmoid" -> new Sigmoid(KERNELS);
      case "Softmax" -> new Softmax(KERNELS);
      case "LogSoftmax" -> new LogSoftmax(KERNELS);
      case "Flatten" -> new Flatten();
      case "Dropout" -> new Dropout(s.number("p"), 1, KERNELS);
      case "BatchNorm2d" -> {
        BatchNorm2d.Builder norm =
            BatchNorm2d.builder(s.extent(0)).eps(s.number("eps")).affine(s.flag("affine"));
        yield (s.text("momentum").equals("null")
                ? norm.withoutMomentum()
                : norm.momentum(s.number("momentum")))
            .kernels(KERNELS)
            .build();
      }
      default -> throw new IllegalArgumentException("no module is named '" + s.name() + "'");
    };
  }

  private static <B extends WindowBuilder<B>> B window(B builder, ModuleSettings s) {
    long[] stride = s.pair("stride");
    long[] padding = s.padding();
    B set =
        builder
            .stride(stride[0], stride[1])
            .padding(padding[0], padding[1], padding[2], padding[3])
            .kernels(KERNELS);
    if (!s.has("dilation")) {
      return set;
    }
    long[] dilation = s.pair("dilation");
    return set.dilation(dilation[0], dilation[1]);
  }

  private static Layer convolution(ModuleSettings s) {
    long[] k = s.pair("kernelSize");
    Conv2d.Builder conv = Conv2d.builder(s.extent(0), s.extent(1), k[0], k[1]);
    switch (s.text("padding")) {
      case "same" -> withoutPadding(conv, s).paddingSame();
      case "same_upper" -> withoutPadding(conv, s).paddingSameUpper();
      case "same_lower" -> withoutPadding(conv, s).paddingSameLower();
      default -> window(conv, s);
    }
    return conv.paddingMode(mode(s))
        .groups(s.integer("groups"))
        .bias(s.flag("bias"))
        .relu(s.flag("relu"))
        .accuracy(accuracy(s))
        .build();
  }

  private static Conv2d.Builder withoutPadding(Conv2d.Builder conv, ModuleSettings s) {
    long[] stride = s.pair("stride");
    long[] dilation = s.pair("dilation");
    return conv.stride(stride[0], stride[1]).dilation(dilation[0], dilation[1]).kernels(KERNELS);
  }

  private static PaddingMode mode(ModuleSettings s) {
    return s.has("paddingMode") ? PaddingMode.of(s.text("paddingMode")) : PaddingMode.ZEROS;
  }

  private static Accuracy accuracy(ModuleSettings s) {
    return s.has("accuracy") && s.text("accuracy").equals("strict")
        ? Accuracy.STRICT
        : Accuracy.DEFAULT;
  }

  private static Layer signalConvolution(ModuleSettings s) {
    Conv1d.Builder conv = Conv1d.builder(s.extent(0), s.extent(1), s.pair("kernelSize")[1]);
    switch (s.text("padding")) {
      case "same" -> conv.paddingSame();
      case "same_upper" -> conv.paddingSameUpper();
      case "same_lower" -> conv.paddingSameLower();
      default -> conv.padding(s.padding()[1], s.padding()[3]);
    }
    return conv.stride(s.pair("stride")[1])
        .dilation(s.pair("dilation")[1])
        .paddingMode(mode(s))
        .groups(s.integer("groups"))
        .bias(s.flag("bias"))
        .relu(s.flag("relu"))
        .accuracy(accuracy(s))
        .kernels(KERNELS)
        .build();
  }

  private static Layer transposed(ModuleSettings s) {
    long[] k = s.pair("kernelSize");
    long[] added = s.pair("outputPadding");
    return window(ConvTranspose2d.builder(s.extent(0), s.extent(1), k[0], k[1]), s)
        .outputPadding(added[0], added[1])
        .groups(s.integer("groups"))
        .bias(s.flag("bias"))
        .relu(s.flag("relu"))
        .build();
  }

  private static Layer average(ModuleSettings s) {
    long[] k = s.pair("kernelSize");
    AvgPool2d.Builder pool =
        window(AvgPool2d.builder(k[0], k[1]), s)
            .ceilMode(s.flag("ceilMode"))
            .countIncludePad(s.flag("countIncludePad"));
    if (s.has("divisorOverride")) {
      pool.divisorOverride(s.integer("divisorOverride"));
    }
    return pool.build();
  }

  private static Layer signalAverage(ModuleSettings s) {
    long[] padding = s.padding();
    AvgPool1d.Builder pool =
        AvgPool1d.builder(s.pair("kernelSize")[1])
            .stride(s.pair("stride")[1])
            .padding(padding[1], padding[3])
            .ceilMode(s.flag("ceilMode"))
            .countIncludePad(s.flag("countIncludePad"));
    if (s.has("divisorOverride")) {
      pool.divisorOverride(s.integer("divisorOverride"));
    }
    return pool.kernels(KERNELS).build();
  }
}
