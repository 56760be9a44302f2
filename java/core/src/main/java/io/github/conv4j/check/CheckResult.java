package io.github.conv4j.check;

import java.util.List;

/**
 * What one run of one kernel gave.
 *
 * @param algorithm the algorithm that ran
 * @param isa the instruction set that it ran on
 * @param tensors every result, and every source that the run should have left alone but did not
 */
public record CheckResult(String algorithm, String isa, List<TensorCheck> tensors) {
  /**
   * One tensor.
   *
   * @param tensor its name, for instance {@code diff_weights}
   * @param comparison with the reference
   */
  public record TensorCheck(String tensor, Comparison comparison) {
    @Override
    public String toString() {
      return tensor + ": " + comparison;
    }
  }

  /** Copies the list. */
  public CheckResult {
    tensors = List.copyOf(tensors);
  }

  /** Whether every tensor is as it should be. */
  public boolean passed() {
    return tensors.stream().allMatch(tensor -> tensor.comparison().passed());
  }

  /** The largest error of any tensor, divided by what is allowed. */
  public double worstOverBound() {
    return tensors.stream().mapToDouble(t -> t.comparison().worstOverBound()).max().orElse(0);
  }

  /** The algorithm, the instruction set and every tensor, one a line. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(algorithm).append(" on ").append(isa);
    for (TensorCheck tensor : tensors) {
      text.append(System.lineSeparator()).append("  ").append(tensor);
    }
    return text.toString();
  }
}
