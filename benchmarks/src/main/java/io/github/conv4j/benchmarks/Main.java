package io.github.conv4j.benchmarks;

import io.github.conv4j.Conv4jException;
import io.github.conv4j.benchmarks.compare.CompareCommand;
import io.github.conv4j.benchmarks.report.ReportCommand;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command of benchmarks.jar. Exit status: 0 done; 2 usage or input is wrong; 3 unexpected. */
@Command(
    name = "benchmarks",
    scope = ScopeType.INHERIT,
    mixinStandardHelpOptions = true,
    usageHelpWidth = 100,
    description = "Times conv4j.",
    subcommands = {CompareCommand.class, ReportCommand.class, JmhCommand.class})
public final class Main implements Callable<Integer> {
  private static final int BAD_INPUT = 2;
  private static final int UNEXPECTED = 3;

  @Spec private CommandSpec spec;

  private Main() {}

  /**
   * Runs one command and ends the process with its exit status.
   *
   * @param args the command and its arguments
   */
  public static void main(String... args) {
    System.setProperty("java.awt.headless", "true");
    System.exit(run(args));
  }

  /** Runs one command and returns its exit status. */
  static int run(String... args) {
    CommandLine commandLine = new CommandLine(new Main());
    commandLine.getSubcommands().get("jmh").setStopAtUnmatched(true);
    commandLine.setExecutionExceptionHandler(
        (exception, command, result) -> {
          boolean expected =
              exception instanceof IOException
                  || exception instanceof IllegalArgumentException
                  || exception instanceof Conv4jException;
          command.getErr().println("benchmarks: " + (expected ? exception.getMessage() : ""));
          if (!expected) {
            exception.printStackTrace(command.getErr());
          }
          return expected ? BAD_INPUT : UNEXPECTED;
        });
    return commandLine.execute(args);
  }

  /** Without a command. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return BAD_INPUT;
  }
}
