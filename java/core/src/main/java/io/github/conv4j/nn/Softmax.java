package io.github.conv4j.nn;

import io.github.conv4j.Conv4j;
import io.github.conv4j.kernel.Kernels;

/**
 * dst = exp(src - max) / sum of exp(src - max) along the channels; beside finite values -infinity
 * gives exactly 0. diff_src = dst * (diff_dst - sum of diff_dst * dst).
 */
public final class Softmax extends ChannelSoftmax {
  /** With the default backend. */
  public Softmax() {
    this(Conv4j.kernels());
  }

  /** With a backend. */
  public Softmax(Kernels kernels) {
    super(false, kernels);
  }
}
