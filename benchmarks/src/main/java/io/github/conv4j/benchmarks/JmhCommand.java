package io.github.conv4j.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Unmatched;

/** Runs JMH's own command line. */
@Command(
    name = "jmh",
    description = "Runs the JMH benchmarks; the arguments are JMH's own, -help lists them.")
final class JmhCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ARGUMENT", arity = "0..*", description = "For JMH.")
  private List<String> arguments = new ArrayList<>();

  @Unmatched private List<String> options = new ArrayList<>();

  @Override
  public Integer call() throws IOException {
    List<String> all = new ArrayList<>(options);
    all.addAll(arguments);
    org.openjdk.jmh.Main.main(all.toArray(new String[0]));
    return 0;
  }
}
