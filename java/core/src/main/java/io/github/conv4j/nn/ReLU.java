package io.github.conv4j.nn;

import io.github.conv4j.Conv4j;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.UnaryFunction;

/** dst = max(src, 0), elementwise. diff_src = dst &lt;= 0 ? 0 : diff_dst. */
public final class ReLU extends Activation {
  /** With the default backend. */
  public ReLU() {
    this(Conv4j.kernels());
  }

  /** With a backend. */
  public ReLU(Kernels kernels) {
    super(UnaryFunction.RELU, kernels);
  }
}
