package io.github.conv4j.check;

import java.util.SplittableRandom;

/**
 * Seeded values for checks: the same seed gives the same values on every JVM and machine.
 *
 * <p>Exact data are small integers other than 0, so that a product never vanishes and a wrong or
 * missing tap cannot hide behind it. Their range shrinks as the number of summands grows: first
 * such that no order of adding can leave the integers that a float holds exactly (below 2^24), and
 * beyond 2^22 summands such that about 2^22 of them are not 0, which random signs keep far below
 * 2^24. Results are therefore hardly ever 0 by themselves: {@link #isMostlyZero} is the check that
 * a comparison has something to compare.
 *
 * <p>Winograd transforms divide by 24 for each axis of F(4,3) with the points 0, ±1, ±2. {@link
 * #transformable} gives multiples of 576 for the operand that is divided and smaller partners, so
 * that those algorithms are exact, too.
 */
public final class TestData {
  /** The square of the common denominator of the transforms of F(4,3) and F(3,4). */
  private static final int TRANSFORM_UNIT = 576;

  private static final int LARGEST = 7;
  private static final long EXACT_LIMIT = 1L << 24;

  private final SplittableRandom random;

  private TestData(long seed, String name) {
    this.random = new SplittableRandom(seed ^ name.hashCode() * 0xBF58476D1CE4E5B9L);
  }

  /**
   * A seed that depends on a geometry, too, so that one seed gives every geometry other numbers.
   *
   * @param seed of a whole set of checks
   * @param extents of one geometry
   */
  public static long seed(long seed, long... extents) {
    long mixed = seed;
    for (long extent : extents) {
      mixed = new SplittableRandom(mixed ^ extent * 0xBF58476D1CE4E5B9L).nextLong();
    }
    return mixed;
  }

  /**
   * Integers in [-7, 7] or fewer, without 0 where possible.
   *
   * @param seed of the whole check
   * @param name of the tensor, so that each tensor of a check gets values of its own
   * @param elements how many
   * @param summands how many products of two such values, and perhaps one value more, are added up
   */
  public static float[] exact(long seed, String name, int elements, long summands) {
    int largest = LARGEST;
    while (largest > 1 && (summands + 1) > EXACT_LIMIT / ((long) largest * largest)) {
      largest--;
    }
    double density = Math.min(1, (double) (EXACT_LIMIT / 4) / summands);
    return new TestData(seed, name).integers(elements, largest, density);
  }

  /**
   * Integers for the operand beside {@link #transformable}: smaller than those of {@link #exact},
   * since transforms enlarge sums.
   *
   * @param seed of the whole check
   * @param name of the tensor
   * @param elements how many
   * @param summands how many products are added up
   */
  public static float[] besideTransformable(long seed, String name, int elements, long summands) {
    int largest = summands <= 900 ? LARGEST : summands <= 4000 ? 3 : 1;
    double density = Math.min(1, 20_000.0 / summands);
    return new TestData(seed, name).integers(elements, largest, density);
  }

  /**
   * The values 576 and -576, which a Winograd transform divides without rounding.
   *
   * @param seed of the whole check
   * @param name of the tensor
   * @param elements how many
   */
  public static float[] transformable(long seed, String name, int elements) {
    float[] values = new TestData(seed, name).integers(elements, 1, 1);
    for (int i = 0; i < values.length; i++) {
      values[i] *= TRANSFORM_UNIT;
    }
    return values;
  }

  /**
   * Multiples of 2^-23, uniform in [-1, 1).
   *
   * @param seed of the whole check
   * @param name of the tensor
   * @param elements how many
   */
  public static float[] real(long seed, String name, int elements) {
    TestData data = new TestData(seed, name);
    float[] values = new float[elements];
    for (int i = 0; i < elements; i++) {
      values[i] = (data.random.nextLong() >>> 40) * 0x1p-23f - 1;
    }
    return values;
  }

  /**
   * Integers in [-3, 3], so that most windows of a pooling hold ties. With {@code special} some are
   * -0, NaN or an infinity, and there are stretches of almost only -infinity and of signed zeros.
   *
   * @param seed of the whole check
   * @param name of the tensor
   * @param elements how many
   * @param special whether values other than ordinary numbers are wanted
   */
  public static float[] ties(long seed, String name, int elements, boolean special) {
    TestData data = new TestData(seed, name);
    float[] values = new float[elements];
    int stretch = 0;
    for (int i = 0; i < elements; i++) {
      if (i % 48 == 0) {
        stretch = data.below(4);
      }
      float ordinary = data.below(7) - 3;
      values[i] = special ? data.special(stretch, ordinary) : ordinary;
    }
    return values;
  }

  /**
   * Whether more than half of the values are 0: then a comparison with them proves little.
   *
   * @param values expected results, without those that must be 0, such as windows in the padding
   */
  public static boolean isMostlyZero(float[] values) {
    int zeros = 0;
    for (float value : values) {
      zeros += value == 0 ? 1 : 0;
    }
    return 2L * zeros > values.length;
  }

  private float special(int stretch, float ordinary) {
    int kind = below(40);
    return switch (stretch) {
      case 0 -> kind < 36 ? Float.NEGATIVE_INFINITY : kind < 38 ? Float.NaN : ordinary;
      case 1 -> kind < 19 ? 0f : kind < 38 ? -0f : ordinary;
      default ->
          switch (kind) {
            case 0, 1 -> Float.NaN;
            case 2, 3 -> Float.NEGATIVE_INFINITY;
            case 4 -> Float.POSITIVE_INFINITY;
            case 5, 6 -> -0f;
            default -> ordinary;
          };
    };
  }

  private float[] integers(int elements, int largest, double density) {
    float[] values = new float[elements];
    for (int i = 0; i < elements; i++) {
      int value = 1 + below(largest);
      boolean negative = below(2) == 0;
      boolean kept = density >= 1 || (random.nextLong() >>> 11) * 0x1p-53 < density;
      values[i] = kept ? (negative ? -value : value) : 0;
    }
    return values;
  }

  /** Uniform in 0 .. bound-1, from nextLong alone, whose algorithm does not change. */
  private int below(int bound) {
    return (int) (((random.nextLong() >>> 32) * bound) >>> 32);
  }
}
