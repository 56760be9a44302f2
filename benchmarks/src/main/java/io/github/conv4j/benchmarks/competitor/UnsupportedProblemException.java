package io.github.conv4j.benchmarks.competitor;

/** A competitor has nothing that computes a problem; the message says why. */
public final class UnsupportedProblemException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * The reason.
   *
   * @param message for the table
   */
  public UnsupportedProblemException(String message) {
    super(message);
  }
}
