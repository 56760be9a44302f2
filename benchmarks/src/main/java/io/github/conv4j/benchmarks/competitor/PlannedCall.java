package io.github.conv4j.benchmarks.competitor;

import io.github.conv4j.Tensor;
import java.util.List;

/** A call of conv4j: what to run, where the result lies, what to close. */
class PlannedCall implements Call {
  private final String implementation;
  private final Runnable body;
  private final Tensor result;
  private final List<? extends AutoCloseable> held;

  PlannedCall(
      String implementation, Runnable body, Tensor result, List<? extends AutoCloseable> held) {
    this.implementation = implementation;
    this.body = body;
    this.result = result;
    this.held = held;
  }

  @Override
  public String implementation() {
    return implementation;
  }

  @Override
  public void run() {
    body.run();
  }

  @Override
  public float[] result() {
    return result.toArray();
  }

  @Override
  public void close() {
    for (AutoCloseable resource : held) {
      try {
        resource.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
