package io.github.conv4j.benchmarks.peers.onednn;

/** oneDNN, tensors in formats of its own choice, as inside a network. */
public final class OneDnnOwnFormats extends OneDnn {
  /** Loads oneDNN. */
  public OneDnnOwnFormats() {
    super(false);
  }
}
