package io.github.conv4j.app;

import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A progress bar on a terminal's standard error, for work that takes longer than two seconds. */
final class Progress implements AutoCloseable {
  private static final long PATIENCE_NANOS = 2_000_000_000L;

  private final String task;
  private final long steps;
  private final long start = System.nanoTime();
  private long done;
  private ProgressBar bar;

  Progress(String task, long steps) {
    this.task = task;
    this.steps = steps;
  }

  /** One more step is done. */
  void step() {
    done++;
    if (bar == null && System.console() != null && System.nanoTime() - start > PATIENCE_NANOS) {
      bar =
          new ProgressBarBuilder()
              .setStyle(ProgressBarStyle.ASCII)
              .setTaskName(task)
              .setInitialMax(steps)
              .setConsumer(new ConsoleProgressBarConsumer(System.err, 79))
              .clearDisplayOnFinish()
              .build();
    }
    if (bar != null) {
      bar.stepTo(done);
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
