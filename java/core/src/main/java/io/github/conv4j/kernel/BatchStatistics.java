package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;
import java.util.Objects;

/**
 * Mean and variance of every channel, each tensor [C].
 *
 * @param mean the mean, rounded
 * @param remainder what rounding took from the mean, so that a mean much larger than the deviation
 *     costs no accuracy; null for 0
 * @param variance the biased variance
 */
public record BatchStatistics(Tensor mean, Tensor remainder, Tensor variance) {
  /** Refuses a missing mean or variance. */
  public BatchStatistics {
    Objects.requireNonNull(mean, "mean");
    Objects.requireNonNull(variance, "variance");
  }
}
