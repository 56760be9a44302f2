package io.github.conv4j.nn;

import io.github.conv4j.Conv4j;
import io.github.conv4j.kernel.Kernels;

/**
 * dst = src - max - log(sum of exp(src - max)) along the channels; beside finite values -infinity
 * gives -infinity. diff_src = diff_dst - exp(dst) * (sum of diff_dst).
 */
public final class LogSoftmax extends ChannelSoftmax {
  /** With the default backend. */
  public LogSoftmax() {
    this(Conv4j.kernels());
  }

  /** With a backend. */
  public LogSoftmax(Kernels kernels) {
    super(true, kernels);
  }
}
