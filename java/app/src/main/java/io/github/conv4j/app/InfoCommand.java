package io.github.conv4j.app;

import io.github.conv4j.Conv4j;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says what conv4j runs on. */
@Command(
    name = "info",
    description = "Say what conv4j runs on: CPU, instruction set, threads, BLAS, library.")
final class InfoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--json",
      description = "Print one JSON object; what cannot be had without the native library is null.")
  private boolean json;

  @Override
  public Integer call() {
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
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.write(facts));
    } else {
      printText(out, facts, blas);
    }
    out.flush();
    return 0;
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
