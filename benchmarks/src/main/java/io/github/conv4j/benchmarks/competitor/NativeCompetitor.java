package io.github.conv4j.benchmarks.competitor;

import io.github.conv4j.Conv4j;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;

/** conv4j's native kernels, as they choose themselves. */
public class NativeCompetitor extends PlannedCompetitor {
  /** Default accuracy. */
  public NativeCompetitor() {
    this(PlanOptions.DEFAULT, "default accuracy");
  }

  NativeCompetitor(PlanOptions options, String settings) {
    super(
        NativeKernels.instance(),
        options,
        Conv4j.version(),
        settings + ", " + Conv4j.isa() + ", plain NCHW, weights prepared");
  }

  @Override
  public void threads(int threads) {
    Conv4j.setThreads(threads);
  }
}
