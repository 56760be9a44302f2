package io.github.conv4j.benchmarks.competitor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Timed calls, one after another: what a competitor does when it has its turn.
 *
 * @param samples seconds a call; calls shorter than {@link #SHORTEST} are timed several at a time
 */
record Turn(double[] samples) {
  /** Untimed calls at the beginning, which fill caches and wake threads. */
  private static final double WARM_UP = 0.001;

  private static final double SHORTEST = 0.0001;

  /** Times at which a call is taken as warm: this close to the best before, so often in a row. */
  private static final double SETTLED = 1.02;

  private static final int SETTLED_TURNS = 3;

  private static final double BLOCK = 0.02;

  /** The least time a call took. */
  double best() {
    return Arrays.stream(samples).min().orElseThrow();
  }

  /** The middle of the times. */
  double median() {
    double[] sorted = samples.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  /** Runs a call again and again for so many seconds, once at least. */
  static Turn of(Call call, double seconds) {
    long begin = System.nanoTime();
    long before = begin;
    double one;
    do {
      call.run();
      long after = System.nanoTime();
      one = (after - before) / 1e9;
      before = after;
    } while ((before - begin) / 1e9 < WARM_UP);
    return timed(call, seconds, one);
  }

  /**
   * The same without the untimed calls, for a call so long that they would cost more than they
   * tell.
   */
  static Turn once(Call call) {
    long begin = System.nanoTime();
    call.run();
    return new Turn(new double[] {(System.nanoTime() - begin) / 1e9});
  }

  private static Turn timed(Call call, double seconds, double one) {
    int calls = (int) Math.max(1, SHORTEST / Math.max(one, 1e-7));
    List<Double> samples = new ArrayList<>();
    long end = System.nanoTime() + (long) (seconds * 1e9);
    do {
      long begin = System.nanoTime();
      for (int i = 0; i < calls; i++) {
        call.run();
      }
      samples.add((System.nanoTime() - begin) / 1e9 / calls);
    } while (System.nanoTime() < end);
    return new Turn(samples.stream().mapToDouble(Double::doubleValue).toArray());
  }

  /** Runs a call until it does not get faster any more, or for so many seconds. */
  static void warmUp(Call call, double seconds) {
    double best = Double.POSITIVE_INFINITY;
    int settled = 0;
    long end = System.nanoTime() + (long) (seconds * 1e9);
    while (settled < SETTLED_TURNS && System.nanoTime() < end) {
      double now = of(call, BLOCK).best();
      settled = now * SETTLED > best ? settled + 1 : 0;
      best = Math.min(best, now);
    }
  }
}
