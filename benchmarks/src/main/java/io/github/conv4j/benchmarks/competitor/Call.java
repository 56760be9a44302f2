package io.github.conv4j.benchmarks.competitor;

/** A problem that a competitor has made ready: memory, weights and plans are there. */
public interface Call extends AutoCloseable {
  /** What computes it, in the competitor's own words; null if it does not say. */
  String implementation();

  /** Computes the result once, all of it when this returns. */
  void run();

  /** The result of the last run, in row-major order, channels first; made for this call. */
  float[] result();

  /** Frees what the call holds. */
  @Override
  void close();
}
