package io.github.conv4j.app;

import io.github.conv4j.io.ImageFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Filters a signal and plots it before and after. */
@Command(
    name = "signal",
    description = {
      "Filter a signal, a column of a CSV file or a built-in one, and plot it before and after.",
      "",
      "Beyond its ends the signal is taken to go on with the first and the last value.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  conv4j signal --filter first-derivative",
      "  conv4j signal data.csv --column temperature --filter blur --out smooth.png",
    })
final class SignalCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "CSV",
      description = "Comma-separated values; a built-in signal unless given.")
  private Path file;

  @Option(
      names = "--column",
      paramLabel = "TITLE|N",
      description = "The title of the column, or its number from 1; the first one unless given.")
  private String column;

  @Option(
      names = "--filter",
      paramLabel = "NAME",
      defaultValue = "average",
      completionCandidates = SignalFilter.Labels.class,
      description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private String filter;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      defaultValue = "conv4j-signal.png",
      description = "PNG image to write, replaced if it is there. Default: ${DEFAULT-VALUE}.")
  private Path out;

  @Option(names = "--print", description = "Print the filtered signal, one value a line.")
  private boolean print;

  @Override
  public Integer call() throws IOException {
    SignalFilter chosen = SignalFilter.of(filter);
    if (column != null && file == null) {
      throw new InputException("--column is of a CSV file; give one");
    }
    ImageFile.requireWritable(out);
    float[] before = file == null ? Signals.builtIn() : Signals.column(file, column);
    float[] after = chosen.apply(before);
    String name = file == null ? "built-in signal" : file.getFileName().toString();
    double[] samples = Chart.count(0, before.length);
    Chart chart =
        new Chart()
            .panel("before: " + name, "sample", "value")
            .line("signal", samples, doubles(before))
            .panel("after: " + chosen.label() + ", " + chosen.purpose(), "sample", unit(chosen))
            .line("filtered", samples, doubles(after));
    ImageFile.write(chart.draw(), out);
    PrintWriter lines = spec.commandLine().getOut();
    if (print) {
      for (float value : after) {
        lines.println(String.format(Locale.ROOT, "%s", value));
      }
    } else {
      lines.println(name + ", " + before.length + " samples, " + chosen.label());
      lines.println(out);
    }
    lines.flush();
    return 0;
  }

  private static String unit(SignalFilter filter) {
    return switch (filter) {
      case FIRST_DERIVATIVE -> "change per sample";
      case SECOND_DERIVATIVE -> "change per sample²";
      default -> "value";
    };
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }
}
