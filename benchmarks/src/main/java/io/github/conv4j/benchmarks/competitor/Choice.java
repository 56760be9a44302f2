package io.github.conv4j.benchmarks.competitor;

import java.util.Arrays;
import java.util.List;

/** Chooses among the ways in which one competitor can compute a problem. */
final class Choice {
  private static final double TRIAL = 0.02;

  /** Longest warm-up of the one that was chosen, in seconds. */
  private static final double WARM_UP = 0.4;

  /** Times the fastest so far: no trial after the first call, and no second trial. */
  private static final double HOPELESS = 5;

  private static final double SLOWER = 1.5;

  /** Seconds of a call from which on it needs no warm-up and counts itself. */
  private static final double LONG = 2;

  private Choice() {}

  /**
   * What was chosen.
   *
   * @param call ready to run
   * @param first its only call so far where that was a long one, which need not be made again; null
   *     else
   */
  record Chosen(Call call, Turn first) {}

  /** The fastest, warm; the others are closed. Each has run once at least. */
  static Chosen fastest(List<Call> calls) {
    double[] best = new double[calls.size()];
    Arrays.fill(best, Double.POSITIVE_INFINITY);
    // The first call faults pages in, and is the only one of something very slow.
    for (int i = 0; i < best.length; i++) {
      best[i] = Turn.once(calls.get(i)).best();
    }
    // Twice: a disturbance seldom hits the same one again.
    for (double limit : new double[] {HOPELESS, SLOWER}) {
      for (int i = 0; i < best.length && best.length > 1; i++) {
        if (best[i] <= limit * least(best)) {
          best[i] = Math.min(best[i], Turn.of(calls.get(i), TRIAL).best());
        }
      }
    }
    Call chosen = null;
    for (int i = 0; i < best.length; i++) {
      if (chosen == null && best[i] == least(best)) {
        chosen = calls.get(i);
      } else {
        calls.get(i).close();
      }
    }
    if (least(best) < LONG) {
      Turn.warmUp(chosen, WARM_UP);
      return new Chosen(chosen, null);
    }
    return new Chosen(chosen, new Turn(new double[] {least(best)}));
  }

  private static double least(double[] values) {
    return Arrays.stream(values).min().orElseThrow();
  }
}
