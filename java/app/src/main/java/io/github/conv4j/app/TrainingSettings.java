package io.github.conv4j.app;

import io.github.conv4j.nn.Parameter;
import io.github.conv4j.nn.Sequential;
import io.github.conv4j.optim.Adam;
import io.github.conv4j.optim.AdamW;
import io.github.conv4j.optim.Optimizer;
import io.github.conv4j.optim.SGD;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What decides a training, up to its length unless the learning rate does: two with the same
 * settings have the same losses.
 *
 * @param model its label
 * @param data as given on the command line
 * @param samples how many samples for training and testing at most; empty for all
 * @param resize pixels to which images are resized, height and width; empty for none
 * @param augment whether images are shifted, and coloured ones flipped
 * @param batch samples in a batch
 * @param rate the learning rate over the length
 * @param optimizer sgd, adam or adamw
 * @param seed of weights, order and augmentation
 * @param freeze beginnings of the names of parameters that stay as they are
 */
record TrainingSettings(
    String model,
    String data,
    List<Integer> samples,
    List<Integer> resize,
    boolean augment,
    int batch,
    LearningRate rate,
    String optimizer,
    long seed,
    List<String> freeze) {
  private static final double MOMENTUM = 0.9;

  TrainingSettings {
    samples = List.copyOf(samples);
    resize = List.copyOf(resize);
    freeze = List.copyOf(freeze);
    if (batch < 1) {
      throw new InputException("--batch is " + batch + "; it must be at least 1");
    }
    if (!List.of("sgd", "adam", "adamw").contains(optimizer)) {
      throw new InputException("--optimizer is '" + optimizer + "'; it must be sgd, adam or adamw");
    }
  }

  /** The learning rate of an optimizer unless one is given. */
  static double usualRate(String optimizer) {
    return optimizer.equals("sgd") ? 0.02 : 0.001;
  }

  /** The settings as text, to be kept in a checkpoint. */
  Map<String, String> toText() {
    Map<String, String> text = new LinkedHashMap<>();
    text.put("model", model);
    text.put("data", data);
    text.put("samples", samples.toString());
    text.put("resize", resize.toString());
    text.put("augment", Boolean.toString(augment));
    text.put("batch", Integer.toString(batch));
    text.putAll(rate.toText());
    text.put("optimizer", optimizer);
    text.put("seed", Long.toString(seed));
    text.put("freeze", freeze.toString());
    return text;
  }

  /**
   * Refuses a checkpoint of a training with other settings.
   *
   * @param file its name, for the message
   */
  void requireSame(String file, Map<String, String> saved) {
    toText()
        .forEach(
            (name, value) -> {
              if (!value.equals(saved.get(name))) {
                throw new InputException(
                    "%s was written with --%s %s, this is %s; give the same to go on, or --from %s to begin anew with its weights"
                        .formatted(file, name, saved.get(name), value, file));
              }
            });
  }

  /**
   * An optimizer of all parameters that are not frozen.
   *
   * @throws InputException if a beginning is that of no parameter, or nothing is left to learn
   */
  Optimizer create(Sequential net) {
    List<Parameter> all = net.parameters();
    for (String prefix : freeze) {
      if (all.stream().noneMatch(parameter -> parameter.name().startsWith(prefix))) {
        throw new InputException(
            "--freeze is '"
                + prefix
                + "'; no parameter begins so, they are "
                + String.join(", ", all.stream().map(Parameter::name).toList()));
      }
    }
    List<Parameter> learned =
        all.stream()
            .filter(parameter -> freeze.stream().noneMatch(parameter.name()::startsWith))
            .toList();
    if (learned.isEmpty()) {
      throw new InputException("--freeze leaves nothing to learn; freeze fewer layers");
    }
    return switch (optimizer) {
      case "sgd" -> SGD.builder(learned).learningRate(rate.base()).momentum(MOMENTUM).build();
      case "adam" -> Adam.builder(learned).learningRate(rate.base()).build();
      default -> AdamW.builder(learned).learningRate(rate.base()).build();
    };
  }
}
