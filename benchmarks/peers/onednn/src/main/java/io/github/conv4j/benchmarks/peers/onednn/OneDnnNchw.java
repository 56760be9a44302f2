package io.github.conv4j.benchmarks.peers.onednn;

/** oneDNN, plain NCHW tensors in and out. */
public final class OneDnnNchw extends OneDnn {
  /** Loads oneDNN. */
  public OneDnnNchw() {
    super(true);
  }
}
