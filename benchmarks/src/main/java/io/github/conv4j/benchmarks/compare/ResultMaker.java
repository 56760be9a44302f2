package io.github.conv4j.benchmarks.compare;

import io.github.conv4j.benchmarks.problem.PoolingProblem;
import io.github.conv4j.benchmarks.problem.Problem;
import io.github.conv4j.benchmarks.report.Report;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Turns the times of rounds into a result.
 *
 * @param problem what was computed
 * @param rooflineMs what the roofline allows; null if it is not known
 */
record ResultMaker(Problem problem, Double rooflineMs) {
  /** What is known of a result beside its times. */
  record Times(String id, String status, String reason, String implementation) {}

  /**
   * The result.
   *
   * @param rounds the best time of each round in seconds, NaN where there was no turn
   * @param medians the median of each turn
   * @param baseline the baseline's rounds; empty if it did not run
   * @param errors null if unknown
   */
  Report.Result make(
      Times head, List<Double> rounds, List<Double> medians, List<Double> baseline, Errors errors) {
    double[] ratios = new double[Math.min(rounds.size(), baseline.size())];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = rounds.get(i) / baseline.get(i);
    }
    ratios = sorted(ratios);
    double best = sorted(rounds.stream().mapToDouble(Double::doubleValue).toArray())[0];
    double median = quantile(sorted(medians.stream().mapToDouble(d -> d).toArray()), 0.5);
    boolean pooling = problem instanceof PoolingProblem;
    return new Report.Result(
        head.id,
        head.status,
        head.reason,
        "null".equals(head.implementation) ? null : head.implementation,
        rounded(best * 1e3),
        rounded(median * 1e3),
        ratios.length == 0 ? null : rounded(quantile(ratios, 0.5)),
        ratios.length == 0 ? null : rounded(quantile(ratios, 0.25)),
        ratios.length == 0 ? null : rounded(quantile(ratios, 0.75)),
        pooling ? null : rounded(problem.flops() / best / 1e9),
        pooling ? rounded(problem.bytes() / best / 1e9) : null,
        rooflineMs == null ? null : rounded(rooflineMs / (best * 1e3) * 100),
        errors == null || Double.isNaN(errors.worst()) ? null : rounded(errors.worst()),
        errors == null || Double.isNaN(errors.rms()) ? null : rounded(errors.rms()));
  }

  /** Four digits. */
  static Double rounded(double value) {
    return Double.valueOf(String.format(Locale.ROOT, "%.4g", value));
  }

  /** In order, without NaN. */
  private static double[] sorted(double[] values) {
    return Arrays.stream(values).filter(v -> !Double.isNaN(v)).sorted().toArray();
  }

  private static double quantile(double[] sorted, double share) {
    double at = share * (sorted.length - 1);
    int below = (int) at;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }
}
