package io.github.conv4j.app;

import io.github.conv4j.Conv4j;
import io.github.conv4j.kernel.Kernels;

/** The kernels that the commands run on. */
final class Backend {
  private Backend() {}

  /**
   * The default kernels. Where a setting was given that only native kernels know, the reference
   * does not take their place.
   */
  static Kernels kernels() {
    boolean settings =
        isGiven(System.getProperty("conv4j.isa"))
            || isGiven(System.getenv("CONV4J_ISA"))
            || isGiven(System.getProperty("conv4j.threads"))
            || isGiven(System.getProperty("conv4j.blas"));
    boolean reference = "reference".equals(System.getProperty("conv4j.backend"));
    if (settings && !reference && !Conv4j.nativeProblem().isEmpty()) {
      throw new InputException(Conv4j.nativeProblem());
    }
    return Conv4j.kernels();
  }

  private static boolean isGiven(String value) {
    return value != null && !value.isEmpty();
  }
}
