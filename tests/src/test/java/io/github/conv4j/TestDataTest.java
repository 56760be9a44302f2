package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.check.TestData;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The data of the checks: reproducible, exact where they say so, and telling. */
class TestDataTest {
  @Test
  void theSameSeedGivesTheSameValuesForEver() {
    assertArrayEquals(TestData.exact(42, "src", 100, 9), TestData.exact(42, "src", 100, 9));
    // Written down once: another JVM or release has to give these, too.
    assertArrayEquals(new float[] {2, 2, -1, -2, -1, -3}, TestData.exact(42, "src", 6, 9));
    assertArrayEquals(
        new float[] {-0x1.59ef68p-1f, 0x1.df712p-4f, -0x1.57eb68p-1f}, TestData.real(42, "src", 3));
    assertEquals(-642652070672859541L, TestData.seed(1, 2, 3));
  }

  @Test
  void seedNameAndGeometryEachMakeOtherValues() {
    float[] values = TestData.real(1, "src", 50);
    assertFalse(Arrays.equals(values, TestData.real(2, "src", 50)));
    assertFalse(Arrays.equals(values, TestData.real(1, "weights", 50)));
    assertNotEquals(TestData.seed(1, 2, 3), TestData.seed(1, 3, 2));
    assertNotEquals(TestData.seed(1, 2, 3), TestData.seed(2, 2, 3));
  }

  @Test
  void noOrderOfAddingLeavesTheExactIntegers() {
    for (long summands : new long[] {1, 9, 4608, 100_000, 342_391, 500_000, 4_194_304}) {
      double a = largest(TestData.exact(7, "src", 5000, summands));
      double b = largest(TestData.exact(7, "weights", 5000, summands));
      assertTrue(a >= 1 && b >= 1);
      assertTrue(summands * a * b + Math.max(a, b) <= 0x1p24, summands + " of " + a + "*" + b);
    }
  }

  @Test
  void exactValuesAreIntegersOtherThanZero() {
    float[] values = TestData.exact(3, "src", 10_000, 4608);
    boolean[] seen = new boolean[15];
    for (float value : values) {
      assertEquals(Math.rint(value), value);
      seen[(int) value + 7] = true;
    }
    for (int i = 0; i < seen.length; i++) {
      assertEquals(i != 7, seen[i], (i - 7) + " among the values");
    }
  }

  @Test
  void moreSummandsThanFloatsCountAreMadeSparse() {
    long summands = 1L << 26;
    float[] values = TestData.exact(5, "src", 200_000, summands);
    long kept = 0;
    for (float value : values) {
      kept += value == 0 ? 0 : 1;
      assertTrue(Math.abs(value) <= 1);
    }
    assertEquals(0x1p22 / summands, (double) kept / values.length, 0.005);
  }

  @Test
  void transformableValuesAreDivisible() {
    for (float value : TestData.transformable(9, "weights", 1000)) {
      assertEquals(576, Math.abs(value));
    }
    assertEquals(7, largest(TestData.besideTransformable(9, "src", 5000, 900)));
    assertEquals(3, largest(TestData.besideTransformable(9, "src", 5000, 901)));
    assertEquals(1, largest(TestData.besideTransformable(9, "src", 5000, 4001)));
  }

  @Test
  void realValuesFillTheIntervalEvenly() {
    float[] values = TestData.real(11, "src", 100_000);
    double sum = 0;
    for (float value : values) {
      assertTrue(value >= -1 && value < 1);
      sum += value;
    }
    assertEquals(0, sum / values.length, 0.01);
    assertTrue(largest(values) > 0.999);
  }

  @Test
  void poolingDataHoldTiesAndEverySpecialValue() {
    float[] values = TestData.ties(13, "src", 5000, true);
    int nans = 0;
    int low = 0;
    int high = 0;
    int negativeZeros = 0;
    int zeros = 0;
    for (float value : values) {
      nans += Float.isNaN(value) ? 1 : 0;
      low += value == Float.NEGATIVE_INFINITY ? 1 : 0;
      high += value == Float.POSITIVE_INFINITY ? 1 : 0;
      negativeZeros += Float.floatToRawIntBits(value) == 0x80000000 ? 1 : 0;
      zeros += Float.floatToRawIntBits(value) == 0 ? 1 : 0;
    }
    assertTrue(nans > 100 && low > 500 && high > 20 && negativeZeros > 300 && zeros > 300);
    for (float value : TestData.ties(13, "src", 1000, false)) {
      assertTrue(Math.abs(value) <= 3);
    }
  }

  @Test
  void mostlyZeroResultsAreRecognised() {
    assertTrue(TestData.isMostlyZero(new float[] {0, -0f, 1}));
    assertFalse(TestData.isMostlyZero(new float[] {0, 1}));
    assertFalse(TestData.isMostlyZero(new float[] {Float.NaN}));
    assertFalse(TestData.isMostlyZero(new float[0]));
  }

  private static float largest(float[] values) {
    float largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
