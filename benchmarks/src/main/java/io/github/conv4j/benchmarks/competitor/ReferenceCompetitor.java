package io.github.conv4j.benchmarks.competitor;

import io.github.conv4j.Conv4j;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.ReferenceKernels;

/** conv4j's reference in plain Java, which is there to be right. */
public final class ReferenceCompetitor extends PlannedCompetitor {
  /** The reference. */
  public ReferenceCompetitor() {
    super(
        ReferenceKernels.instance(),
        PlanOptions.DEFAULT,
        Conv4j.version(),
        "plain loops in Java, double sums, one thread");
  }
}
