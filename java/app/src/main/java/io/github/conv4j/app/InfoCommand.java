package io.github.conv4j.app;

import io.github.conv4j.Conv4j;
import io.github.conv4j.kernel.Direction;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says what conv4j runs on, or what it runs for one geometry. */
@Command(
    name = "info",
    description = {
      "Say what conv4j runs on: CPU, instruction set, threads, BLAS, library; or, with --plan, which"
          + " algorithm it runs for a geometry, and which others it had to choose from.",
      ""
    })
final class InfoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--json",
      description = "Print one JSON object; what cannot be had without the native library is null.")
  private boolean json;

  @Option(
      names = "--plan",
      paramLabel = "GEOMETRY",
      description = {
        "Plan one geometry: the extents as in 'validate --geometry', or",
        "FILE.csv:ROW, a row by its name of a file as in tests/shapes.",
        "Costs are multiply-adds of vectors on one thread: estimates, to",
        "compare with one another alone."
      })
  private String geometry;

  @Option(
      names = "--direction",
      paramLabel = "DIRECTION",
      description = "Of --plan: forward (default), backward_data or backward_weights.")
  private String direction;

  @Option(
      names = "--accuracy",
      paramLabel = "ACCURACY",
      description = "Of --plan: default or strict, which leaves out Winograd's algorithms.")
  private String accuracy;

  @Option(
      names = "--isa",
      paramLabel = "NAME",
      description = "Of --plan: an instruction set that this CPU runs. Default: the widest.")
  private String isa;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    if (geometry != null) {
      PlanReport report =
          new PlanReport(
              geometry,
              direction == null ? Direction.FORWARD.label() : direction,
              accuracy == null ? "default" : accuracy,
              isa);
      if (json) {
        out.println(Json.write(report.facts()));
      } else {
        report.print(out);
      }
    } else if (direction == null && accuracy == null && isa == null) {
      printMachine(out);
    } else {
      throw new InputException("--direction, --accuracy and --isa need --plan");
    }
    out.flush();
    return 0;
  }

  private void printMachine(PrintWriter out) {
    String backend = Conv4j.kernels().backend();
    boolean isNative = Conv4j.nativeProblem().isEmpty();
    Conv4j.Blas blas = isNative ? Conv4j.blas().orElse(null) : null;
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("version", Conv4j.version());
    facts.put("java", Runtime.version().toString());
    facts.put("cpu", isNative ? Conv4j.cpu() : null);
    facts.put("isa", isNative ? Conv4j.isa() : null);
    facts.put("isas", isNative ? Conv4j.isas() : null);
    facts.put("threads", isNative ? Conv4j.threads() : null);
    Map<String, Object> blasFacts = new LinkedHashMap<>();
    blasFacts.put("version", blas == null ? null : blas.version());
    blasFacts.put("core", blas == null ? null : blas.core());
    facts.put("blas", blasFacts);
    facts.put("backend", backend);
    facts.put("library", isNative ? Conv4j.library().map(Object::toString).orElse(null) : null);
    if (json) {
      out.println(Json.write(facts));
    } else {
      printText(out, facts, blas);
    }
  }

  private static void printText(PrintWriter out, Map<String, Object> facts, Conv4j.Blas blas) {
    line(out, "conv4j", facts.get("version"));
    line(out, "Java", facts.get("java") + " (" + System.getProperty("java.vendor") + ")");
    if (Conv4j.nativeProblem().isEmpty()) {
      line(out, "CPU", facts.get("cpu"));
      String available = String.join(", ", Conv4j.isas());
      line(out, "ISA", facts.get("isa") + " (available: " + available + ")");
      line(out, "threads", facts.get("threads"));
      line(
          out,
          "BLAS",
          blas == null
              ? "none: " + Conv4j.blasProblem()
              : blas.version() + ", core " + blas.core());
      line(out, "backend", facts.get("backend"));
      line(out, "library", facts.get("library"));
    } else {
      line(out, "backend", facts.get("backend"));
      line(out, "library", "none: " + Conv4j.nativeProblem());
    }
  }

  private static void line(PrintWriter out, String name, Object value) {
    out.printf("%-8s  %s%n", name, value);
  }
}
