package io.github.conv4j.data;

import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** What seeds decide: other seeds, and orders. */
final class Seeds {
  private Seeds() {}

  /**
   * A seed that changes with either number: the finalizer of SplitMix64 (Steele, Lea, Flood 2014)
   * over both.
   */
  static long mix(long seed, long number) {
    return scramble(scramble(seed) + 0x9e3779b97f4a7c15L * (number + 1));
  }

  private static long scramble(long bits) {
    long z = (bits ^ bits >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }

  /** The numbers from 0 to before size in a random order (Fisher and Yates). */
  static int[] permutation(int size, long seed) {
    int[] order = IntStream.range(0, size).toArray();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = order.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[other];
      order[other] = swapped;
    }
    return order;
  }
}
