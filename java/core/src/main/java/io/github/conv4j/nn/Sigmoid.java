package io.github.conv4j.nn;

import io.github.conv4j.Conv4j;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.UnaryFunction;

/**
 * dst = 1 / (1 + exp(-src)), elementwise, within 2.5 ulp. diff_src = diff_dst * (1 - dst) * dst.
 */
public final class Sigmoid extends Activation {
  /** With the default backend. */
  public Sigmoid() {
    this(Conv4j.kernels());
  }

  /** With a backend. */
  public Sigmoid(Kernels kernels) {
    super(UnaryFunction.SIGMOID, kernels);
  }
}
