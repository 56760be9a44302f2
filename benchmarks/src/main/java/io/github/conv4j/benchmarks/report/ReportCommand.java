package io.github.conv4j.benchmarks.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes tables and pictures of a saved report anew. */
@Command(name = "report", description = "Makes tables and pictures of a saved report anew.")
public final class ReportCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE.json", description = "What compare --json wrote.")
  private Path file;

  @Option(
      names = "--markdown",
      paramLabel = "FILE",
      description = "Writes the tables there; without any option they go to standard output.")
  private Path markdown;

  @Option(
      names = "--svg",
      paramLabel = "FILE.svg",
      description = "Draws the summary there, and pictures of its parts beside it.")
  private Path svg;

  @Option(names = "--png", description = "With --svg: draws PNG files, too.")
  private boolean png;

  @Option(
      names = "--readme",
      paramLabel = "FILE",
      description =
          "Makes the summary in that file anew, between the comments that mark it; needs --svg and"
              + " --markdown, to which it refers.")
  private Path readme;

  @Override
  public Integer call() throws IOException {
    Report report = ReportFile.read(file);
    if (markdown == null && svg == null) {
      System.out.print(MarkdownReport.text(report));
    }
    if (markdown != null) {
      Files.writeString(markdown, MarkdownReport.text(report));
    }
    if (svg != null) {
      Pictures.write(report, svg, png);
    }
    if (readme != null) {
      if (svg == null || markdown == null) {
        throw new IllegalArgumentException("--readme needs --svg and --markdown");
      }
      Path folder = readme.toAbsolutePath().getParent();
      String made =
          new Summary(report)
              .inserted(Files.readString(readme), from(folder, svg), from(folder, markdown));
      Files.writeString(readme, made);
    }
    return 0;
  }

  private static String from(Path folder, Path target) {
    return folder.relativize(target.toAbsolutePath()).toString();
  }
}
