package io.github.conv4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.Shape;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Changes to samples: what they do, and that a seed decides them. */
class TransformsTest {
  private static final Shape SHAPE = Shape.of(2, 3, 4);

  private static float[] counting() {
    float[] values = new float[24];
    for (int i = 0; i < values.length; i++) {
      values[i] = i + 1;
    }
    return values;
  }

  private static float[] applied(Transform transform, long seed) {
    float[] values = counting();
    transform.apply(values, SHAPE, new SplittableRandom(seed));
    return values;
  }

  @Test
  void normalizeIsPerChannel() {
    float[] mean = {1, 13};
    Transform normalize = Transforms.normalize(mean, new float[] {2, 4});
    mean[0] = 99;
    float[] values = applied(normalize, 0);
    assertEquals(0, values[0]);
    assertEquals(5.5f, values[11]);
    assertEquals(0, values[12]);
    assertEquals(2.75f, values[23]);
    assertThrows(IllegalArgumentException.class, () -> Transforms.normalize(mean, new float[] {1}));
    assertThrows(
        IllegalArgumentException.class, () -> Transforms.normalize(mean, new float[] {1, 0}));
    Transform three = Transforms.normalize(new float[3], new float[] {1, 1, 1});
    assertThrows(IllegalArgumentException.class, () -> applied(three, 0));
  }

  @Test
  void flipTurnsRowsAround() {
    float[] values = applied(Transforms.randomHorizontalFlip(1), 0);
    assertArrayEquals(
        new float[] {
          4, 3, 2, 1, 8, 7, 6, 5, 12, 11, 10, 9, 16, 15, 14, 13, 20, 19, 18, 17, 24, 23, 22, 21
        },
        values);
    assertArrayEquals(counting(), applied(Transforms.randomHorizontalFlip(0), 0));
    int flipped = 0;
    for (int seed = 0; seed < 2000; seed++) {
      flipped += applied(Transforms.randomHorizontalFlip(0.25), seed)[0] == 4 ? 1 : 0;
    }
    assertTrue(Math.abs(flipped - 500) < 100, flipped + " of 2000 were flipped");
    assertThrows(IllegalArgumentException.class, () -> Transforms.randomHorizontalFlip(1.5));
    assertThrows(IllegalArgumentException.class, () -> Transforms.randomHorizontalFlip(Double.NaN));
  }

  /** Every shift is one of the possible ones, all of them happen, and what is outside is 0. */
  @Test
  void shiftMovesAllChannelsTogether() {
    for (int pixels : new int[] {0, 2, 5}) {
      Set<Integer> seen = new HashSet<>();
      for (int seed = 0; seed < 2000; seed++) {
        float[] values = applied(Transforms.randomShift(pixels), seed);
        seen.add(assertShifted(values, pixels));
      }
      int ways = Math.min(2 * pixels + 1, 5) * Math.min(2 * pixels + 1, 7) + (pixels > 2 ? 1 : 0);
      // Beyond the image all shifts look alike: everything is 0.
      assertEquals(ways, seen.size(), pixels + " pixels");
    }
    assertThrows(IllegalArgumentException.class, () -> Transforms.randomShift(-1));
  }

  private static int assertShifted(float[] values, int pixels) {
    for (int down = -pixels; down <= pixels; down++) {
      for (int right = -pixels; right <= pixels; right++) {
        if (Arrays.equals(values, shifted(down, right))) {
          boolean outside = Math.abs(down) >= 3 || Math.abs(right) >= 4;
          return outside ? Integer.MAX_VALUE : 100 * down + right;
        }
      }
    }
    throw new AssertionError("no shift by " + pixels + ": " + Arrays.toString(values));
  }

  private static float[] shifted(int down, int right) {
    float[] from = counting();
    float[] to = new float[24];
    for (int i = 0; i < 24; i++) {
      int y = i / 4 % 3 - down;
      int x = i % 4 - right;
      if (y >= 0 && y < 3 && x >= 0 && x < 4) {
        to[i] = from[i / 12 * 12 + 4 * y + x];
      }
    }
    return to;
  }

  @Test
  void indexAndSeedDecideASample() throws IOException {
    Dataset plain = SyntheticDigits.of(20, 1);
    Dataset moved = plain.transformed(Transforms.randomShift(4), Transforms.randomShift(4));
    float[] once = new float[784];
    float[] again = new float[784];
    Set<Integer> different = new HashSet<>();
    for (int seed = 0; seed < 10; seed++) {
      moved.read(3, seed, once);
      moved.read(3, seed, again);
      assertArrayEquals(once, again);
      different.add(Arrays.hashCode(once));
    }
    assertTrue(different.size() > 5, different.size() + " of 10 seeds gave another sample");
    assertEquals(plain.label(3), moved.label(3));
    assertEquals(plain.size(), moved.size());
    assertEquals(plain.sampleShape(), moved.sampleShape());
    assertEquals(plain.classes(), moved.classes());
  }
}
