package io.github.conv4j;

/**
 * What went wrong inside conv4j and is not the argument of a call: a native library that cannot be
 * loaded, an instruction set that the CPU lacks, an algorithm that does not take a geometry.
 *
 * <p>Bad arguments are {@link IllegalArgumentException}, closed tensors {@link
 * IllegalStateException}, missing memory {@link OutOfMemoryError}.
 */
public final class Conv4jException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An exception with a sentence that says what is wrong and what to do. */
  public Conv4jException(String message) {
    super(message);
  }

  /** An exception with a sentence and the failure behind it. */
  public Conv4jException(String message, Throwable cause) {
    super(message, cause);
  }
}
