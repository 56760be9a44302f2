package io.github.conv4j.check;

import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PlanOptions;
import java.util.Optional;

/**
 * One geometry and direction with its data and what the reference makes of them, ready to be
 * compared with any number of kernels. The reference computes once, at the first run that needs it.
 *
 * <p>Not safe for use by several threads at a time. Close it to free its tensors.
 */
public interface KernelCheck extends AutoCloseable {
  /**
   * Runs kernels on the data and compares. The results are filled with NaN before, so that an
   * element that is not written is a difference.
   *
   * @param kernels what is tested
   * @param options algorithm, instruction set, accuracy and memory format; for a forward
   *     convolution the check itself decides on the ReLU
   * @return what was found; empty if the algorithm that the options name does not take the geometry
   * @throws io.github.conv4j.Conv4jException if no algorithm is named and there is still no plan
   * @throws IllegalStateException if the data would make most results 0
   */
  Optional<CheckResult> run(Kernels kernels, PlanOptions options);

  @Override
  void close();
}
