package io.github.conv4j.benchmarks.compare;

import io.github.conv4j.Conv4j;
import io.github.conv4j.benchmarks.report.MarkdownReport;
import io.github.conv4j.benchmarks.report.Pictures;
import io.github.conv4j.benchmarks.report.Report;
import io.github.conv4j.benchmarks.report.ReportFile;
import io.github.conv4j.benchmarks.report.Roofline;
import io.github.conv4j.kernel.Direction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Compares conv4j with its peers. */
@Command(
    name = "compare",
    description = {
      "Times convolutions, poolings and networks of conv4j and its peers, each in a process of its"
          + " own, in turn, and checks every result against double sums.",
      "The table goes to standard output; Ctrl-C prints the rows that are done."
    })
public final class CompareCommand implements Callable<Integer> {
  private static final String CONV2D = "conv2d";

  @Spec private CommandSpec spec;

  @Option(
      names = "--layers",
      paramLabel = "FILE.csv",
      description = "A file of layers, as those in tests/shapes; repeatable.")
  private List<Path> layers = new ArrayList<>();

  @Option(
      names = "--networks",
      split = ",",
      paramLabel = "NAME",
      description = "vgg19, resnet50, mobilenet, lenet, filters, pool: layers, and whole networks.")
  private List<String> networks = new ArrayList<>();

  @Option(
      names = "--op",
      split = ",",
      paramLabel = "NAME",
      description =
          "conv2d, maxpool2d, avgpool2d, network. Default: all that the files and names have.")
  private Set<String> operations =
      new LinkedHashSet<>(List.of(CONV2D, "maxpool2d", "avgpool2d", Rows.NETWORK));

  @Option(
      names = "--direction",
      defaultValue = "forward",
      paramLabel = "NAME",
      description = "forward (default), backward_data, backward_weights or all.")
  private String direction;

  @Option(
      names = "--batch",
      defaultValue = "0",
      hidden = false,
      paramLabel = "N",
      description = "Images of every row, instead of what the files say.")
  private long batch;

  @Option(names = "--threads", paramLabel = "N", description = "Default: all processors.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--peers",
      defaultValue = "all",
      paramLabel = "LIST",
      description =
          "reference, openblas, onednn, libtorch, onnxruntime, nd4j, djl; all (default) or none.")
  private String peers;

  @Option(
      names = "--isa",
      paramLabel = "NAME",
      description = "avx2 or avx512, for everybody who can be told. Default: what the CPU has.")
  private String isa;

  @Option(
      names = "--seconds",
      defaultValue = "0.15",
      paramLabel = "S",
      description = "Timed calls for each competitor and row, about. Default: ${DEFAULT-VALUE}.")
  private double seconds;

  @Option(names = "--json", paramLabel = "FILE", description = "Writes the report as JSON.")
  private Path json;

  @Option(
      names = "--svg",
      paramLabel = "FILE.svg",
      description = "Draws the summary there, pictures of its parts and PNG files beside it.")
  private Path svg;

  @Option(names = "--markdown", paramLabel = "FILE", description = "Writes the tables.")
  private Path markdown;

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<Rows.Row> rows = rows();
    if (rows.isEmpty()) {
      throw error("nothing to compare: --networks and --layers name rows, --op chooses among them");
    }
    require(threads >= 1, "--threads must be 1 or more");
    require(seconds > 0, "--seconds must be above 0");
    List<Contestant> contestants = contestants();
    Installation installation = Installation.here();
    List<Entrant> entrants = new ArrayList<>();
    for (Contestant contestant : contestants) {
      entrants.add(entrant(contestant, installation));
    }
    Entrant reference =
        entrants.stream()
            .filter(e -> e.contestant().equals(Contestant.REFERENCE))
            .findFirst()
            .orElse(entrant(Contestant.REFERENCE, installation));
    Report.Machine machine = Machines.here(threads);
    Roofline roofline = Machines.roofline(installation, isa == null ? Conv4j.isa() : isa, machine);
    try (Comparison comparison =
        new Comparison(command(), machine, roofline, entrants, reference, seconds)) {
      run(comparison, rows);
    }
    return 0;
  }

  private void run(Comparison comparison, List<Rows.Row> rows)
      throws IOException, InterruptedException {
    Thread interrupted = new Thread(() -> finishEarly(comparison));
    Runtime.getRuntime().addShutdownHook(interrupted);
    try (Progress progress =
        new Progress(System.err, comparison.steps(rows), System.console() != null)) {
      comparison.run(rows, progress);
    }
    Runtime.getRuntime().removeShutdownHook(interrupted);
    write(comparison.report());
  }

  /** After Ctrl-C. */
  private void finishEarly(Comparison comparison) {
    try {
      Report report = comparison.report();
      System.err.println();
      System.err.println("interrupted; " + report.rows().size() + " rows are done");
      write(report);
    } catch (IOException e) {
      System.err.println("compare: " + e);
    }
  }

  private void write(Report report) throws IOException {
    String tables = MarkdownReport.text(report);
    System.out.print(tables);
    System.out.flush();
    if (json != null) {
      ReportFile.write(report, json);
    }
    if (svg != null) {
      Pictures.write(report, svg, true);
    }
    if (markdown != null) {
      Files.createDirectories(markdown.toAbsolutePath().getParent());
      Files.writeString(markdown, tables);
    }
  }

  private Entrant entrant(Contestant contestant, Installation installation) {
    Map<String, String> environment = Environment.of(contestant, isa, threads);
    return new Entrant(contestant, installation, threads, environment);
  }

  private List<Rows.Row> rows() throws IOException {
    Set<String> known = Set.of(CONV2D, "maxpool2d", "avgpool2d", Rows.NETWORK);
    for (String operation : operations) {
      require(known.contains(operation), "--op " + operation + ": there are " + known);
    }
    require(batch >= 0, "--batch must be 1 or more");
    List<Rows.Row> rows = new ArrayList<>();
    try {
      List<Direction> directions =
          direction.equals("all") ? List.of(Direction.values()) : List.of(Direction.of(direction));
      Rows from = new Rows(operations, directions, batch);
      for (Path file : layers) {
        require(Files.isReadable(file), "--layers: no such file: " + file);
        rows.addAll(from.file(file));
      }
      for (String name : networks) {
        rows.addAll(from.named(name));
      }
    } catch (IllegalArgumentException e) {
      throw error(e.getMessage());
    }
    return rows;
  }

  private List<Contestant> contestants() {
    try {
      return Contestant.chosen(peers);
    } catch (IllegalArgumentException e) {
      throw error(e.getMessage());
    }
  }

  private String command() {
    return String.join(" ", spec.commandLine().getParseResult().originalArgs());
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw error(message);
    }
  }

  private ParameterException error(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
