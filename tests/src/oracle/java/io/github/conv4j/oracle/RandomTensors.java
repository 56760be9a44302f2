package io.github.conv4j.oracle;

import io.github.conv4j.Shape;
import java.util.SplittableRandom;

/** Random shapes of tensors for the operators that have no window: tails of every vector length. */
final class RandomTensors {
  private static final long MOST_ELEMENTS = 8_000;

  private RandomTensors() {}

  /** 1, a few, or around the lengths of vectors and of blocks of them. */
  static long extent(SplittableRandom random) {
    return switch (random.nextInt(8)) {
      case 0 -> 1;
      case 1, 2, 3 -> random.nextLong(2, 10);
      case 4 -> random.nextLong(15, 18);
      case 5 -> random.nextLong(31, 34);
      case 6 -> random.nextLong(63, 66);
      default -> random.nextLong(10, 200);
    };
  }

  /** A batch, now and then an empty one. */
  static long batch(SplittableRandom random) {
    return random.nextInt(25) == 0 ? 0 : random.nextLong(1, 6);
  }

  /** A tensor of one to four axes. */
  static Shape any(SplittableRandom random) {
    return some(random, 1 + random.nextInt(4));
  }

  /** A tensor of so many axes; from three on the first may be empty. */
  static Shape some(SplittableRandom random, int rank) {
    while (true) {
      long[] dims = new long[rank];
      long elements = 1;
      for (int axis = 0; axis < rank; axis++) {
        dims[axis] = axis == 0 && rank > 2 ? batch(random) : extent(random);
        elements *= dims[axis];
      }
      if (elements <= MOST_ELEMENTS) {
        return Shape.of(dims);
      }
    }
  }
}
