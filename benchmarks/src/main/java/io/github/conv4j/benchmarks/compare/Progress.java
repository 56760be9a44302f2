package io.github.conv4j.benchmarks.compare;

import java.io.PrintStream;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Says how far a comparison is and how much time is left: a bar on a terminal, else one line a
 * step.
 */
final class Progress implements AutoCloseable {
  private static final int WIDTH = 100;

  private final PrintStream out;
  private final int steps;
  private final ProgressBar bar;
  private final long start = System.nanoTime();
  private int done;
  private String now = "";

  /**
   * Begins.
   *
   * @param out usually standard error
   * @param terminal whether a bar may be drawn there
   */
  Progress(PrintStream out, int steps, boolean terminal) {
    this.out = out;
    this.steps = steps;
    bar =
        terminal
            ? new ProgressBarBuilder()
                .setStyle(ProgressBarStyle.ASCII)
                .setTaskName("compare")
                .setInitialMax(steps)
                .setConsumer(new ConsoleProgressBarConsumer(out, WIDTH))
                .clearDisplayOnFinish()
                .build()
            : null;
  }

  /** A step begins. */
  void begin(String name) {
    now = name;
    if (bar != null) {
      bar.setExtraMessage(name);
    }
  }

  /** The step is done. */
  void end() {
    done++;
    if (bar != null) {
      bar.step();
      return;
    }
    double spent = (System.nanoTime() - start) / 1e9;
    Duration left = Duration.ofSeconds(Math.round(spent / done * (steps - done)));
    out.printf(
        "%d/%d %s, %d:%02d left%n", done, steps, now, left.toMinutes(), left.toSecondsPart());
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
