package io.github.conv4j.io;

import java.io.IOException;

/** A file is not what it should be: damaged, truncated, hostile or of another format. */
public final class FormatException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * An exception about a file.
   *
   * @param file its name, the start of the message
   * @param predicate what is wrong with it, and where it helps, what to do: {@code "is empty"}
   */
  public FormatException(String file, String predicate) {
    super(file + " " + predicate);
  }

  /**
   * An exception about a file, with the failure behind it.
   *
   * @param file its name, the start of the message
   * @param predicate what is wrong with it
   * @param cause the failure
   */
  public FormatException(String file, String predicate, Throwable cause) {
    super(file + " " + predicate, cause);
  }
}
