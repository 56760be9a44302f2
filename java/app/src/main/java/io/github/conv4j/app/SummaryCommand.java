package io.github.conv4j.app;

import io.github.conv4j.Shape;
import io.github.conv4j.models.Mlp;
import io.github.conv4j.nn.Sequential;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the layers of a network. */
@Command(
    name = "summary",
    description = {
      "Print the layers of a network: output shape, parameters, multiply-adds, receptive field and "
          + "memory of each.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  conv4j summary vgg19 --input 1,3,224,224",
      "  conv4j summary 784-100-100-10",
    })
final class SummaryCommand implements Callable<Integer> {
  /** More than any network of use has, and few enough to be multiplied without overflow. */
  private static final String EXTENT = "[0-9]{1,6}";

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      completionCandidates = NamedModel.Labels.class,
      description =
          "One of ${COMPLETION-CANDIDATES}; or the widths of fully connected layers, such as "
              + "2-4-4-1.")
  private String model;

  @Option(
      names = "--input",
      paramLabel = "N,C,H,W",
      description = "The shape of the input; one sample of the model's usual size unless given.")
  private String input;

  @Override
  public Integer call() {
    boolean widths = model.matches(EXTENT + "(-" + EXTENT + ")+");
    Shape given = input == null ? null : shape(input);
    try (Sequential net = widths ? perceptron() : named(given)) {
      PrintWriter lines = spec.commandLine().getOut();
      lines.println(net.summary(given == null ? usual(widths) : given));
      lines.flush();
    }
    return 0;
  }

  private long[] widths() {
    return Arrays.stream(model.split("-")).mapToLong(Long::parseLong).toArray();
  }

  private Sequential perceptron() {
    if (Arrays.stream(widths()).anyMatch(width -> width == 0)) {
      throw new InputException("a layer of '" + model + "' has width 0; give at least 1");
    }
    return Mlp.create(1, widths());
  }

  private Sequential named(Shape given) {
    NamedModel named = NamedModel.of(model);
    boolean image = given != null && given.rank() == 4;
    Shape sample = image ? Shape.of(given.dim(1), given.dim(2), given.dim(3)) : named.sample();
    return named.create(named.classes(), sample, 1);
  }

  private Shape usual(boolean widths) {
    if (widths) {
      return Shape.of(1, widths()[0]);
    }
    Shape sample = NamedModel.of(model).sample();
    return Shape.of(1, sample.dim(0), sample.dim(1), sample.dim(2));
  }

  private static Shape shape(String text) {
    if (!text.matches(EXTENT + "(," + EXTENT + "){0,3}")) {
      throw new InputException("--input is '" + text + "'; it must be extents such as 1,3,224,224");
    }
    LongStream extents = Arrays.stream(text.split(",")).mapToLong(Long::parseLong);
    return Shape.of(extents.toArray());
  }
}
