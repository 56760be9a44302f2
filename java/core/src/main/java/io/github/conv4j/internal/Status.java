package io.github.conv4j.internal;

import io.github.conv4j.Conv4jException;

/** Turns the status codes of conv4j.h into exceptions. */
public final class Status {
  /** CONV4J_OK. */
  public static final int OK = 0;

  private static final int INVALID_ARGUMENT = 1;
  private static final int OUT_OF_MEMORY = 2;

  private Status() {}

  /**
   * Returns if the call succeeded. To be called on the thread that made the call.
   *
   * @throws IllegalArgumentException for CONV4J_INVALID_ARGUMENT
   * @throws OutOfMemoryError for CONV4J_OUT_OF_MEMORY
   * @throws Conv4jException for every other code
   */
  public static void check(int status) {
    if (status != OK) {
      throw failure(status);
    }
  }

  private static RuntimeException failure(int status) {
    String sentence = NativeApi.conv4j_error();
    switch (status) {
      case INVALID_ARGUMENT:
        return new IllegalArgumentException(sentence);
      case OUT_OF_MEMORY:
        throw new OutOfMemoryError(sentence);
      default:
        return new Conv4jException(sentence);
    }
  }
}
