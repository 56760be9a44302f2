package io.github.conv4j.check;

import io.github.conv4j.check.CheckResult.TensorCheck;
import java.util.stream.Collectors;

/**
 * A native call gave something else than the reference. The message names the operation, the
 * tensor, the coordinates, both values, and a command that runs the same geometry again.
 */
public final class VerificationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient OperationCheck check;

  VerificationException(OperationCheck check) {
    super(message(check));
    this.check = check;
  }

  /** Everything that was found; null in an exception that was serialised. */
  public OperationCheck check() {
    return check;
  }

  private static String message(OperationCheck check) {
    return check.operation()
        + " differs from the reference: "
        + check.tensors().stream()
            .filter(tensor -> !tensor.comparison().passed())
            .map(TensorCheck::toString)
            .collect(Collectors.joining("; "))
        + "; to run this geometry again: "
        + check.operation().replay();
  }
}
