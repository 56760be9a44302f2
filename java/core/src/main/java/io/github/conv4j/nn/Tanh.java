package io.github.conv4j.nn;

import io.github.conv4j.Conv4j;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.UnaryFunction;

/** dst = tanh(src), elementwise, within 2 ulp. diff_src = diff_dst * (1 - dst^2). */
public final class Tanh extends Activation {
  /** With the default backend. */
  public Tanh() {
    this(Conv4j.kernels());
  }

  /** With a backend. */
  public Tanh(Kernels kernels) {
    super(UnaryFunction.TANH, kernels);
  }
}
