package io.github.conv4j.app;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.nn.Sequential;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what class pictures are of. */
@Command(
    name = "classify",
    description = {
      "Say which class each picture is of, and with which probability.",
      "",
      "A picture is resized to the size that the network was trained on, and normalised as the "
          + "pictures of its training were.",
      ""
    },
    footer = {
      "",
      "Example:",
      "  conv4j classify --weights conv4j-train/checkpoint.safetensors digit.png",
    })
final class ClassifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      completionCandidates = NamedModel.Labels.class,
      description =
          "One of ${COMPLETION-CANDIDATES}; may be left out for a checkpoint that train wrote.")
  private String model;

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      required = true,
      description = "A checkpoint of train, or a safetensors file with PyTorch's names.")
  private Path weights;

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "3",
      description = "Classes that are printed, likeliest first. Default: ${DEFAULT-VALUE}.")
  private int top;

  @Option(
      names = "--invert",
      description =
          "Exchange light and dark: for digits on paper, where MNIST's are light on dark.")
  private boolean invert;

  @Parameters(arity = "1..*", paramLabel = "IMAGE", description = "PNG or JPEG images.")
  private List<Path> images;

  @Override
  public Integer call() throws IOException {
    if (top < 1) {
      throw new InputException("--top is " + top + "; it must be at least 1");
    }
    PrintWriter lines = spec.commandLine().getOut();
    try (ModelFile file = ModelFile.read(weights)) {
      NamedModel named = file.model(model);
      List<String> classes = file.classes(named);
      Shape sample = file.sample(named);
      try (Sequential net = named.create(classes.size(), sample, 1);
          Tensor src = Tensor.empty(PictureInput.batch(sample, 1))) {
        file.load(net);
        net.eval();
        for (Path image : images) {
          PictureInput.read(image, file.normalization(named), invert, src);
          try (Tensor scores = net.forward(src)) {
            lines.println(image + ": " + Probabilities.of(scores, 0).top(top, classes));
          }
        }
      }
    }
    lines.flush();
    return 0;
  }
}
