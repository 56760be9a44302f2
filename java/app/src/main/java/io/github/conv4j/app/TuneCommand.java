package io.github.conv4j.app;

import io.github.conv4j.Conv4j;
import io.github.conv4j.check.Conv2dCase;
import io.github.conv4j.check.ConvTranspose2dCase;
import io.github.conv4j.check.KernelCase;
import io.github.conv4j.check.ShapeFile;
import io.github.conv4j.kernel.Accuracy;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.TuneFile;
import io.github.conv4j.kernel.Tuner;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Times the algorithms of given convolutions and keeps the fastest in a file. */
@Command(
    name = "tune",
    description = {
      "Time every algorithm that may suit the convolutions of shape files, and write the fastest to"
          + " a tune file, which a program takes with -Dconv4j.tune=FILE.",
      "",
      "An algorithm goes into the file where it beats the one chosen by cost by --margin per cent;"
          + " lines of the file for other geometries stay.",
      ""
    })
final class TuneCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--shapes",
      paramLabel = "FILE.csv",
      description = "Geometries, one a line, as in tests/shapes. May be given several times.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--geometry",
      paramLabel = "EXTENTS",
      description = "One geometry, n,ic,ih,iw,oc,kh,kw,sh,sw,pt,pl,pb,pr,dh,dw,g.")
  private List<String> geometries = new ArrayList<>();

  @Option(
      names = "--direction",
      paramLabel = "D",
      defaultValue = "forward",
      description = "forward, backward_data, backward_weights or all. Default: ${DEFAULT-VALUE}.")
  private String direction;

  @Option(
      names = "--accuracy",
      paramLabel = "A",
      defaultValue = "default",
      description = "default or strict. Default: ${DEFAULT-VALUE}.")
  private String accuracy;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "0.3",
      description = "How long to measure one geometry. Default: ${DEFAULT-VALUE}.")
  private double seconds;

  @Option(
      names = "--margin",
      paramLabel = "P",
      defaultValue = "5",
      description = "Per cent of time that a line has to save. Default: ${DEFAULT-VALUE}.")
  private double margin;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      defaultValue = "conv4j.tune",
      description = "The file; lines that are there already stay. Default: ${DEFAULT-VALUE}.")
  private Path out;

  @Override
  public Integer call() {
    List<KernelCase> cases = cases();
    List<Direction> directions =
        direction.equals("all") ? List.of(Direction.values()) : List.of(Direction.of(direction));
    requireSettings();
    TuneFile file = Files.exists(out) ? TuneFile.read(out) : new TuneFile();
    PrintWriter lines = spec.commandLine().getOut();
    lines.printf("%-32s %-16s %-24s %-24s %s%n", "row", "direction", "by cost", "fastest", "ratio");
    int added = 0;
    try (Progress progress = new Progress("tune", (long) cases.size() * directions.size())) {
      for (KernelCase shape : cases) {
        for (Direction way : directions) {
          added += tune(shape, way, file, lines) ? 1 : 0;
          progress.step();
        }
      }
    }
    file.write(
        out,
        String.format(
            Locale.ROOT,
            "conv4j %s on %s, %d threads, %s",
            Conv4j.version(),
            Conv4j.cpu(),
            Conv4j.threads(),
            LocalDate.now()));
    lines.println();
    lines.println(out + ": " + file.size() + " lines, " + added + " of them from this run");
    lines.flush();
    return 0;
  }

  private void requireSettings() {
    if (!Conv4j.kernels().backend().equals("native")) {
      throw new InputException("only native kernels have a choice to tune; conv4j.backend is set");
    }
    if (!(seconds > 0 && seconds <= 3600)) {
      throw new InputException("--seconds is " + seconds + "; it must be above 0, at most 3600");
    }
    if (!(margin >= 0 && margin < 100)) {
      throw new InputException("--margin is " + margin + "; it must be at least 0, below 100");
    }
    if (!accuracy.equals("default") && !accuracy.equals("strict")) {
      throw new InputException("--accuracy is " + accuracy + "; it must be default or strict");
    }
  }

  private List<KernelCase> cases() {
    List<KernelCase> cases = new ArrayList<>();
    for (Path path : files) {
      cases.addAll(ValidateCommand.read(path));
    }
    for (String extents : geometries) {
      cases.add(ShapeFile.parse(extents, extents));
    }
    if (cases.isEmpty()) {
      throw new InputException("nothing to tune; give --shapes FILE.csv or --geometry EXTENTS");
    }
    for (KernelCase shape : cases) {
      if (!(shape instanceof Conv2dCase) && !(shape instanceof ConvTranspose2dCase)) {
        throw new InputException(
            shape.name() + " is a " + shape.operation() + "; only convolutions are tuned");
      }
    }
    return cases;
  }

  /** Whether a line was added. */
  private boolean tune(KernelCase shape, Direction way, TuneFile file, PrintWriter lines) {
    Accuracy asked = accuracy.equals("strict") ? Accuracy.STRICT : Accuracy.DEFAULT;
    PlanOptions options = PlanOptions.DEFAULT.withAccuracy(asked);
    List<Tuner.Timing> timings =
        shape instanceof Conv2dCase conv
            ? Tuner.time(conv.geometry(), way, options, seconds)
            : Tuner.time(((ConvTranspose2dCase) shape).geometry(), way, options, seconds);
    Tuner.Timing fastest = timings.get(0);
    Tuner.Timing cheapest =
        timings.stream().min(Comparator.comparingDouble(Tuner.Timing::cost)).orElseThrow();
    boolean better = fastest.millis() < cheapest.millis() * (1 - margin / 100);
    lines.printf(
        Locale.ROOT,
        "%-32s %-16s %-24s %-24s %.2f%s%n",
        shape.name(),
        way.label(),
        text(cheapest),
        text(fastest),
        cheapest.millis() / fastest.millis(),
        better ? " *" : "");
    lines.flush();
    if (better && shape instanceof Conv2dCase conv) {
      file.put(conv.geometry(), way, Conv4j.isa(), asked, fastest.algorithm());
    } else if (better) {
      ConvTranspose2dCase conv = (ConvTranspose2dCase) shape;
      file.put(conv.geometry(), way, Conv4j.isa(), asked, fastest.algorithm());
    }
    return better;
  }

  private static String text(Tuner.Timing timing) {
    return String.format(Locale.ROOT, "%s %.3f ms", timing.algorithm(), timing.millis());
  }
}
