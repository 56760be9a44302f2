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
import java.util.function.BiFunction;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/** Drawn data: decided by the seed on every machine, and neither trivial nor noise. */
class SyntheticDataTest {
  /** Of the drawn bytes; a change of a drawing has to change these numbers on purpose. */
  private static final long DIGITS = 428085362L;

  private static final long LAND_COVER = 3024652270L;

  private static long sum(Dataset data) throws IOException {
    CRC32 sum = new CRC32();
    float[] values = new float[(int) data.sampleShape().elements()];
    for (int i = 0; i < data.size(); i++) {
      data.read(i, 0, values);
      for (float value : values) {
        sum.update(Math.round(255 * value));
      }
      sum.update(data.label(i));
    }
    return sum.getValue();
  }

  @Test
  void everyMachineDrawsTheSamePixels() throws IOException {
    assertEquals(DIGITS, sum(SyntheticDigits.of(200, 1)));
    assertEquals(LAND_COVER, sum(SyntheticLandCover.of(50, 1)));
  }

  @Test
  void samplesDoNotDependOnTheirNumberAndDifferWithTheSeed() throws IOException {
    draws(SyntheticDigits::of, Shape.of(1, 28, 28));
    draws(SyntheticLandCover::of, Shape.of(3, 64, 64));
  }

  private static void draws(BiFunction<Integer, Long, Dataset> source, Shape shape)
      throws IOException {
    Dataset few = source.apply(20, 1L);
    Dataset more = source.apply(40, 1L);
    Dataset other = source.apply(20, 2L);
    assertEquals(shape, few.sampleShape());
    assertEquals(10, few.classes().size());
    float[] values = new float[(int) shape.elements()];
    float[] same = new float[values.length];
    Set<Integer> all = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      few.read(i, 0, values);
      more.read(i, 5, same);
      assertArrayEquals(values, same);
      assertEquals(i % 10, few.label(i));
      all.add(Arrays.hashCode(values));
      other.read(i, 0, values);
      all.add(Arrays.hashCode(values));
      float low = 1;
      float high = 0;
      for (float value : values) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
      assertTrue(low >= 0 && high <= 1 && high - low > 0.05, low + " to " + high);
    }
    assertEquals(40, all.size());
    assertEquals(0, source.apply(0, 1L).size());
    assertThrows(IllegalArgumentException.class, () -> source.apply(-1, 1L));
  }

  @Test
  void shufflingKeepsEverySampleAndItsLabel() throws IOException {
    Dataset data = SyntheticDigits.of(60, 3);
    Dataset shuffled = data.shuffled(4);
    float[] values = new float[784];
    Set<Integer> expected = new HashSet<>();
    Set<Integer> found = new HashSet<>();
    int moved = 0;
    for (int i = 0; i < 60; i++) {
      data.read(i, 0, values);
      expected.add(31 * Arrays.hashCode(values) + data.label(i));
      shuffled.read(i, 0, values);
      found.add(31 * Arrays.hashCode(values) + shuffled.label(i));
      moved += shuffled.label(i) == data.label(i) ? 0 : 1;
      assertEquals(shuffled.label(i), data.shuffled(4).label(i));
    }
    assertEquals(60, found.size());
    assertEquals(expected, found);
    assertTrue(moved > 30, moved + " of 60 labels moved");
    assertThrows(IndexOutOfBoundsException.class, () -> shuffled.label(60));
    assertThrows(IndexOutOfBoundsException.class, () -> shuffled.read(-1, 0, values));
  }

  /** The nearest mean of a class is better than chance, and leaves much for a network. */
  @Test
  void classesAreRelatedToPixelsButNotSimply() throws IOException {
    double digits = nearestMean(SyntheticDigits.of(2000, 1), SyntheticDigits.of(500, 2));
    assertTrue(digits > 0.3 && digits < 0.9, "digits: " + digits);
    double land = nearestMean(SyntheticLandCover.of(300, 1), SyntheticLandCover.of(100, 2));
    assertTrue(land > 0.3 && land < 0.9, "land cover: " + land);
  }

  private static double nearestMean(Dataset train, Dataset test) throws IOException {
    int elements = (int) train.sampleShape().elements();
    double[][] means = new double[10][elements];
    float[] values = new float[elements];
    for (int i = 0; i < train.size(); i++) {
      train.read(i, 0, values);
      for (int j = 0; j < elements; j++) {
        means[train.label(i)][j] += values[j] * 10 / train.size();
      }
    }
    int right = 0;
    for (int i = 0; i < test.size(); i++) {
      test.read(i, 0, values);
      int best = 0;
      double least = Double.MAX_VALUE;
      for (int c = 0; c < 10; c++) {
        double distance = 0;
        for (int j = 0; j < elements; j++) {
          distance += (values[j] - means[c][j]) * (values[j] - means[c][j]);
        }
        best = distance < least ? c : best;
        least = Math.min(least, distance);
      }
      right += best == test.label(i) ? 1 : 0;
    }
    return (double) right / test.size();
  }
}
