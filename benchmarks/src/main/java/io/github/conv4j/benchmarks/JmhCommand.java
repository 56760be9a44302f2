package io.github.conv4j.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** Runs JMH's own command line. */
@Command(
    name = "jmh",
    description = "Runs the JMH benchmarks; the arguments are JMH's own, -help lists them.")
final class JmhCommand implements Callable<Integer> {
  /** All that follows, in its order: {@link Main} has picocli stop at the first. */
  @Unmatched private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() throws IOException {
    org.openjdk.jmh.Main.main(arguments.toArray(new String[0]));
    return 0;
  }
}
