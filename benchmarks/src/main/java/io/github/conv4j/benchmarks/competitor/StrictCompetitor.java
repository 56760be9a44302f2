package io.github.conv4j.benchmarks.competitor;

import io.github.conv4j.kernel.Accuracy;
import io.github.conv4j.kernel.PlanOptions;

/** conv4j without algorithms that save multiplications. */
public final class StrictCompetitor extends NativeCompetitor {
  /** Accuracy.STRICT. */
  public StrictCompetitor() {
    super(PlanOptions.DEFAULT.withAccuracy(Accuracy.STRICT), "Accuracy.STRICT");
  }
}
