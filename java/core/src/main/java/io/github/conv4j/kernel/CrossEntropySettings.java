package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/**
 * How a cross entropy is weighed and summed up.
 *
 * @param weights of the classes, [C]; null for ones
 * @param ignoreIndex the class whose rows do not count
 * @param labelSmoothing the share e of the target that is spread evenly over all classes, 0 to 1
 * @param mean whether the sum is divided by the weight of what was kept
 */
public record CrossEntropySettings(
    Tensor weights, long ignoreIndex, double labelSmoothing, boolean mean) {
  /** Refuses a share outside 0 to 1. */
  public CrossEntropySettings {
    if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
      throw new IllegalArgumentException(
          "labelSmoothing is " + labelSmoothing + "; it must be 0 to 1");
    }
  }
}
