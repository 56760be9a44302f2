package io.github.conv4j.benchmarks.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Draws tables anew from a saved report. */
@Command(name = "report", description = "Makes the tables of a saved report anew.")
public final class ReportCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE.json", description = "What compare --json wrote.")
  private Path file;

  @Option(
      names = "--markdown",
      paramLabel = "FILE",
      description = "Writes the tables there instead of to standard output.")
  private Path markdown;

  @Override
  public Integer call() throws IOException {
    String text = MarkdownReport.text(ReportFile.read(file));
    if (markdown == null) {
      System.out.print(text);
    } else {
      Files.writeString(markdown, text);
    }
    return 0;
  }
}
