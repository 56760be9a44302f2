package io.github.conv4j.benchmarks.peers.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.conv4j.benchmarks.competitor.Call;
import java.util.function.Function;

/** A function whose arrays belong to a scope of their own, closed before the next call. */
final class ArrayCall implements Call {
  private final String implementation;
  private final NDManager manager;
  private final Function<NDManager, NDArray> body;
  private NDManager scope;
  private NDArray last;

  ArrayCall(String implementation, NDManager manager, Function<NDManager, NDArray> body) {
    this.implementation = implementation;
    this.manager = manager;
    this.body = body;
  }

  @Override
  public String implementation() {
    return implementation;
  }

  @Override
  public void run() {
    if (scope != null) {
      scope.close();
    }
    scope = manager.newSubManager();
    last = body.apply(scope);
  }

  @Override
  public float[] result() {
    return last.toFloatArray();
  }

  @Override
  public void close() {
    manager.close();
  }
}
