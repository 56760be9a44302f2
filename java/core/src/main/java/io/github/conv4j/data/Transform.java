package io.github.conv4j.data;

import io.github.conv4j.Shape;
import java.util.random.RandomGenerator;

/** Changes a sample in place: see {@link Transforms}. Used by several threads at once. */
@FunctionalInterface
public interface Transform {
  /**
   * Changes one sample.
   *
   * @param values of one sample in row-major order, overwritten
   * @param shape the extents of the sample, channels, height and width
   * @param random where all that is random comes from: the sample's own
   */
  void apply(float[] values, Shape shape, RandomGenerator random);
}
