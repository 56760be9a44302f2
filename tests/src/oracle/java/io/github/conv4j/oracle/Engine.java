package io.github.conv4j.oracle;

import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PlanOptions;

/**
 * What computes conv4j's side of a case.
 *
 * @param kernels native or reference
 * @param options with the algorithm and the instruction set of native kernels
 * @param threads that a native call may use
 */
record Engine(Kernels kernels, PlanOptions options, int threads) {
  @Override
  public String toString() {
    if (options.isa() == null) {
      return kernels.backend();
    }
    String algorithm = options.algorithm() == null ? "chosen" : options.algorithm();
    return kernels.backend() + " " + algorithm + " " + options.isa() + " threads " + threads;
  }
}
