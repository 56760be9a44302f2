package io.github.conv4j.kernel;

/**
 * Weights in the layout that one plan reads: packed once, used by any number of runs on any number
 * of threads. Later writes to the weights tensor are seen after the next prepare only.
 *
 * <p>Close it when done; what was forgotten is freed when it becomes unreachable. Closing is
 * idempotent, never waits, and is safe while a run uses it.
 */
public interface PreparedWeights extends AutoCloseable {
  @Override
  void close();
}
