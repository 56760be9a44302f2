package io.github.conv4j.app;

import io.github.conv4j.Conv4j;
import io.github.conv4j.kernel.Kernels;

/** The kernels that the commands run on. */
final class Backend {
  private Backend() {}

  /**
   * The default kernels. Where an instruction set was asked for by name, the reference does not take
   * the place of native kernels that cannot be had.
   */
  static Kernels kernels() {
    boolean named = isGiven(System.getProperty("conv4j.isa")) || isGiven(System.getenv("CONV4J_ISA"));
    boolean reference = "reference".equals(System.getProperty("conv4j.backend"));
    if (named && !reference && !Conv4j.nativeProblem().isEmpty()) {
      throw new InputException(Conv4j.nativeProblem());
    }
    return Conv4j.kernels();
  }

  private static boolean isGiven(String value) {
    return value != null && !value.isEmpty();
  }
}
