package io.github.conv4j.app;

import io.github.conv4j.Conv4j;
import io.github.conv4j.Conv4jException;
import io.github.conv4j.check.VerificationException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The command {@code conv4j}. Exit status: 0 done; 1 a check failed; 2 the usage or the input is
 * wrong, or what was asked for cannot be had; 3 an unexpected failure. Errors are one line on
 * standard error.
 */
@Command(
    name = "conv4j",
    scope = ScopeType.INHERIT,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    usageHelpWidth = 100,
    description = "Fast CPU convolution and pooling, checked against plain Java.",
    subcommands = {
      InfoCommand.class,
      FilterCommand.class,
      DemoCommand.class,
      ValidateCommand.class,
      TuneCommand.class,
      LearnKernelCommand.class,
      SignalCommand.class,
      SummaryCommand.class,
      TrainCommand.class,
      ClassifyCommand.class,
      FeaturesCommand.class,
      Vgg19Command.class
    })
public final class Main implements Callable<Integer> {
  static final int CHECK_FAILED = 1;
  static final int BAD_INPUT = 2;
  static final int UNEXPECTED = 3;

  @Spec private CommandSpec spec;

  @Option(
      names = "--stacktrace",
      scope = ScopeType.INHERIT,
      description = "After an error, print where it came from.")
  private boolean stacktrace;

  private Main() {}

  /**
   * Runs one command and ends the process with its exit status.
   *
   * @param args the command and its arguments
   */
  public static void main(String... args) {
    System.setProperty("java.awt.headless", "true");
    if (System.getProperty("java.util.logging.SimpleFormatter.format") == null) {
      System.setProperty("java.util.logging.SimpleFormatter.format", "conv4j: %5$s%n");
    }
    System.exit(run(args));
  }

  /** Runs one command and returns its exit status. */
  static int run(String... args) {
    Main main = new Main();
    CommandLine commandLine = new CommandLine(main);
    commandLine.setParameterExceptionHandler(
        (exception, given) -> main.report(exception.getCommandLine(), exception));
    commandLine.setExecutionExceptionHandler(
        (exception, command, result) -> main.report(command, exception));
    try {
      return commandLine.execute(args);
    } catch (Error e) {
      return main.report(commandLine, e);
    }
  }

  /** Without a command. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return BAD_INPUT;
  }

  private int report(CommandLine command, Throwable failure) {

    String message;
    int status = BAD_INPUT;
    if (failure instanceof CommandLine.ParameterException) {
      String help = " (see " + command.getCommandSpec().qualifiedName() + " -h)";
      message = failure.getMessage().replaceFirst("^Error: ", "") + help;
    } else if (failure instanceof InputException
        || failure instanceof Conv4jException
        || failure instanceof VerificationException
        || failure instanceof IOException
        || failure instanceof UncheckedIOException
        || failure instanceof IllegalArgumentException) {
      message = failure.getMessage();
    } else if (failure instanceof OutOfMemoryError) {
      message = "not enough memory (" + failure.getMessage() + "); a larger -Xmx may help";
    } else {
      message = failure + " (--stacktrace shows more)";
      status = UNEXPECTED;
    }
    command.getErr().println("conv4j: " + oneLine(message));
    String property = System.getProperty("conv4j.stacktrace", "false");
    if (stacktrace || !property.equals("false")) {
      failure.printStackTrace(command.getErr());
    }
    command.getErr().flush();
    return status;
  }

  private static String oneLine(String message) {
    return String.valueOf(message).strip().replaceAll("\\s*\\R\\s*", " ");
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"conv4j " + Conv4j.version()};
    }
  }
}
