package io.github.conv4j.check;

import io.github.conv4j.Shape;
import java.util.SplittableRandom;
import java.util.TreeSet;

/** Which elements of a tensor a check looks at when it cannot look at all of them. */
final class Sample {
  private Sample() {}

  /**
   * Positions in row-major order without repetition: every combination of the first, the middle and
   * the last index of each axis, then random ones until there are {@code count}.
   *
   * @param count how many are wanted; 0 for all
   * @return null for the whole tensor
   */
  static long[] positions(Shape shape, long count, long seed) {
    if (count <= 0 || shape.elements() <= count) {
      return null;
    }
    TreeSet<Long> positions = new TreeSet<>();
    positions.add(0L);
    for (int axis = 0; axis < shape.rank(); axis++) {
      long extent = shape.dim(axis);
      TreeSet<Long> longer = new TreeSet<>();
      for (long outer : positions) {
        longer.add(outer * extent);
        longer.add(outer * extent + extent / 2);
        longer.add(outer * extent + extent - 1);
      }
      positions = longer;
    }
    SplittableRandom random = new SplittableRandom(seed);
    while (positions.size() < count) {
      positions.add(Math.floorMod(random.nextLong(), shape.elements()));
    }
    return positions.stream().mapToLong(Long::longValue).toArray();
  }

  /** The values at some positions of a tensor; all of them for null. */
  static float[] pick(float[] values, long[] positions) {
    if (positions == null) {
      return values;
    }
    float[] picked = new float[positions.length];
    for (int i = 0; i < picked.length; i++) {
      picked[i] = values[(int) positions[i]];
    }
    return picked;
  }
}
