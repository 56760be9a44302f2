package io.github.conv4j.benchmarks.problem;

/** Operands: the same numbers from the same seed in every process, and those of bench_conv4j. */
public final class Numbers {
  private static final int HALF = 1 << 23;

  private Numbers() {}

  /**
   * Numbers in [-1, 1), multiples of 2^-23.
   *
   * @param count how many
   * @param seed any number
   * @throws IllegalArgumentException if they do not fit into an array
   */
  public static float[] uniform(long count, long seed) {
    return uniform(count, seed, 1);
  }

  /** Numbers in [-scale, scale), see {@link #uniform(long, long)}. */
  public static float[] uniform(long count, long seed, float scale) {
    if (count > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(count + " elements; an array holds fewer than 2^31");
    }
    float[] numbers = new float[(int) count];
    long state = seed;
    for (int i = 0; i < numbers.length; i++) {
      state += 0x9e3779b97f4a7c15L;
      numbers[i] = scale * ((int) (mix(state) >>> 40) - HALF) / HALF;
    }
    return numbers;
  }

  /**
   * Positions of a result to be looked at: all of a small one, else both ends and random ones.
   *
   * @param elements of the result
   * @param count how many positions at most
   */
  public static long[] positions(long elements, long count) {
    long[] positions = new long[(int) Math.min(elements, count)];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = i;
      if (count < elements && i > 0) {
        positions[i] =
            i == 1
                ? elements - 1
                : Long.remainderUnsigned(mix(4 + i * 0x9e3779b97f4a7c15L), elements);
      }
    }
    return positions;
  }

  /** Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014. */
  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
