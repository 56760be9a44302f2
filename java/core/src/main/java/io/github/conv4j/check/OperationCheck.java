package io.github.conv4j.check;

import io.github.conv4j.check.CheckResult.TensorCheck;
import java.util.List;

/**
 * What one call of kernels gave, beside the reference on the same operands.
 *
 * @param operation the call
 * @param tensors every result, and every source that the call should have left alone but did not
 */
public record OperationCheck(Operation operation, List<TensorCheck> tensors) {
  /** Copies the list. */
  public OperationCheck {
    tensors = List.copyOf(tensors);
  }

  /** Whether every tensor is as it should be. */
  public boolean passed() {
    return tensors.stream().allMatch(tensor -> tensor.comparison().passed());
  }

  /** The call and what was found in each tensor, on one line. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(operation.toString());
    String separator = ": ";
    for (TensorCheck tensor : tensors) {
      text.append(separator).append(tensor);
      separator = "; ";
    }
    return text.toString();
  }
}
