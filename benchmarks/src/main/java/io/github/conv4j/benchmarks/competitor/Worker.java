package io.github.conv4j.benchmarks.competitor;

import io.github.conv4j.benchmarks.problem.Numbers;
import io.github.conv4j.benchmarks.problem.Problem;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The process of one competitor. Reads a command a line from standard input and answers each with
 * one line that begins with {@link #MARK}, whatever the library prints between; ends with its
 * input.
 *
 * <pre>
 *   open PROBLEM              opened IMPLEMENTATION | unsupported REASON | failed REASON
 *   first PROBLEM             the same after one call of any way to compute it
 *   turn SECONDS              turned BEST MEDIAN, seconds a call; of one call if SECONDS is 0, of
 *                             the first one if that was a long one
 *   sample COUNT              sampled VALUE..., the result at {@link Numbers#positions}
 *   close                     closed
 * </pre>
 *
 * The first line, {@code ready VERSION | SETTINGS} or {@code failed REASON}, comes unasked.
 */
public final class Worker {
  /** Begins every answer. */
  public static final String MARK = "@conv4j ";

  private final PrintStream out;
  private final Competitor competitor;
  private Call call;
  private Problem problem;
  private Turn first;

  private Worker(PrintStream out, Competitor competitor) {
    this.out = out;
    this.competitor = competitor;
  }

  /**
   * Serves until the input ends.
   *
   * @param args the competitor's class and the number of threads
   * @throws IOException if the input cannot be read
   */
  public static void main(String... args) throws IOException {
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
    System.setOut(System.err);
    Competitor competitor;
    try {
      competitor =
          Class.forName(args[0])
              .asSubclass(Competitor.class)
              .getDeclaredConstructor()
              .newInstance();
      competitor.threads(Integer.parseInt(args[1]));
      answer(out, "ready " + competitor.version() + " | " + competitor.settings());
    } catch (ReflectiveOperationException | RuntimeException | Error e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      answer(out, "failed " + cause);
      System.exit(1);
      return;
    }
    new Worker(out, competitor).serve();
    System.exit(0); // peers leave threads behind
  }

  private void serve() throws IOException {
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] words = line.split(" ", 2);
        try {
          answer(out, answer(words[0], words.length > 1 ? words[1] : ""));
        } catch (UnsupportedProblemException e) {
          answer(out, "unsupported " + e.getMessage());
        } catch (RuntimeException | Error e) {
          e.printStackTrace();
          answer(out, "failed " + e);
        }
      }
    }
  }

  private String answer(String command, String argument) throws UnsupportedProblemException {
    switch (command) {
      case "open":
        close();
        problem = Problem.parse(argument);
        Choice.Chosen chosen = Choice.fastest(competitor.calls(problem));
        call = chosen.call();
        first = chosen.first();
        return "opened " + call.implementation();
      case "first":
        call = competitor.calls(Problem.parse(argument)).get(0);
        call.run();
        return "opened " + call.implementation();
      case "turn":
        Turn turn = turn(Double.parseDouble(argument));
        return String.format(Locale.ROOT, "turned %.9g %.9g", turn.best(), turn.median());
      case "sample":
        return sampled(Long.parseLong(argument));
      case "close":
        close();
        return "closed";
      default:
        throw new IllegalArgumentException("no command is called " + command);
    }
  }

  private Turn turn(double seconds) {
    if (first != null) {
      Turn turn = first;
      first = null;
      return turn;
    }
    return seconds == 0 ? Turn.once(call) : Turn.of(call, seconds);
  }

  private String sampled(long count) {
    float[] result = call.result();
    if (result.length != problem.resultElements()) {
      throw new IllegalStateException(
          result.length + " elements instead of " + problem.resultElements());
    }
    StringBuilder values = new StringBuilder("sampled");
    for (long position : Numbers.positions(result.length, count)) {
      values.append(' ').append(result[(int) position]);
    }
    return values.toString();
  }

  private void close() {
    if (call != null) {
      call.close();
      call = null;
    }
  }

  private static void answer(PrintStream out, String text) {
    out.println(MARK + text.strip().replaceAll("\\s*\\R\\s*", " "));
  }
}
