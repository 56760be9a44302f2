package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.check.Comparison;
import io.github.conv4j.check.ErrorBound;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The checker must object to whatever is wrong, and to nothing else. */
class ComparisonTest {
  private static final Shape SHAPE = Shape.of(2, 3, 4, 5);
  private static final float NAN = Float.NaN;
  private static final float INF = Float.POSITIVE_INFINITY;

  @Test
  void equalArraysPass() {
    Comparison exact = Comparison.exact(SHAPE, values(), values());
    assertTrue(exact.passed());
    assertNull(exact.first());
    assertEquals(120, exact.elements());
    assertEquals(0, exact.worstOverBound());
    assertEquals("all 120 elements of [2, 3, 4, 5] agree", exact.toString());
    assertTrue(bounded(values(), values()).passed());
  }

  @Test
  void oneWrongElementIsFoundWhereItIs() {
    float[] actual = values();
    actual[((1 * 3 + 2) * 4 + 1) * 5 + 3] += 1;
    for (Comparison comparison :
        new Comparison[] {Comparison.exact(SHAPE, actual, values()), bounded(actual, values())}) {
      assertEquals(1, comparison.differences());
      assertArrayEquals(new long[] {1, 2, 1, 3}, comparison.first().coordinates(SHAPE));
      assertArrayEquals(new long[] {1, 2, 1, 3}, comparison.worst().coordinates(SHAPE));
      assertEquals(1, comparison.worstAbsolute());
      assertTrue(comparison.toString().contains("[1, 2, 1, 3]: 110.0 instead of 109.0"));
    }
  }

  @Test
  void firstAndWorstAreDifferentThings() {
    float[] actual = values();
    actual[7] += 1;
    actual[90] -= 100;
    actual[100] += 2;
    Comparison comparison = Comparison.exact(SHAPE, actual, values());
    assertEquals(3, comparison.differences());
    assertEquals(7, comparison.first().position());
    assertEquals(90, comparison.worst().position());
    assertEquals(-9f, comparison.worst().actual());
    assertEquals(91f, comparison.worst().expected());
  }

  @Test
  void swappedAxesAreDifferent() {
    float[] actual = values();
    for (int h = 0; h < 4; h++) {
      for (int w = 0; w < 5; w++) {
        actual[w * 4 + h] = values()[h * 5 + w];
      }
    }
    assertFalse(Comparison.exact(SHAPE, actual, values()).passed());
    assertFalse(bounded(actual, values()).passed());
  }

  @Test
  void oneUlpIsDifferentExactlyAndWithinABoundOfTwo() {
    float[] actual = values();
    actual[50] = Math.nextUp(actual[50]);
    Comparison exact = Comparison.exact(SHAPE, actual, values());
    assertEquals(1, exact.differences());
    assertEquals(1, exact.worstUlps());
    assertEquals(INF, exact.worstOverBound());
    Comparison bounded = bounded(actual, values());
    assertTrue(bounded.passed());
    assertEquals(50, bounded.worst().position());
    assertTrue(bounded.worstOverBound() > 0.1 && bounded.worstOverBound() <= 1);
  }

  @Test
  void boundIsSharp() {
    Shape one = Shape.of(1);
    double[] magnitude = {8};
    double bound = 3 * ErrorBound.UNIT;
    float[] expected = {1};
    float[] within = {1 + 24 * 0x1p-24f};
    float[] beyond = {1 + 26 * 0x1p-24f};
    assertTrue(Comparison.bounded(one, within, expected, magnitude, bound).passed());
    assertFalse(Comparison.bounded(one, beyond, expected, magnitude, bound).passed());
  }

  @Test
  void nothingIsAllowedWhereNothingIsAddedUp() {
    Shape one = Shape.of(1);
    assertFalse(
        Comparison.bounded(one, new float[] {1e-30f}, new float[1], new double[1], 1e-6).passed());
    assertTrue(
        Comparison.bounded(one, new float[] {-0f}, new float[1], new double[1], 1e-6).passed());
  }

  @Test
  void signsOfZeroAreBits() {
    assertFalse(exactOf(-0f, 0f).passed());
    assertEquals(0, exactOf(-0f, 0f).worst().position());
    assertTrue(exactOf(-0f, -0f).passed());
    assertTrue(boundedOf(-0f, 0f).passed());
  }

  @Test
  void nonFiniteValues() {
    float otherNan = Float.intBitsToFloat(0xffc00001);
    for (float[] equal : new float[][] {{NAN, NAN}, {NAN, otherNan}, {INF, INF}, {-INF, -INF}}) {
      assertTrue(exactOf(equal[0], equal[1]).passed());
      assertTrue(boundedOf(equal[0], equal[1]).passed());
    }
    float[][] different = {
      {NAN, 1}, {1, NAN}, {INF, 1}, {1, INF}, {INF, -INF}, {NAN, INF}, {INF, NAN}, {NAN, 0}
    };
    for (float[] pair : different) {
      for (Comparison comparison :
          new Comparison[] {exactOf(pair[0], pair[1]), boundedOf(pair[0], pair[1])}) {
        assertEquals(1, comparison.differences(), Arrays.toString(pair));
        assertEquals(INF, comparison.worstAbsolute());
        assertEquals(INF, comparison.worstOverBound());
        assertEquals(0, comparison.first().position());
      }
    }
  }

  @Test
  void magnitudesThatAreNotFiniteAllowNothing() {
    Shape one = Shape.of(1);
    for (double magnitude : new double[] {NAN, INF}) {
      assertFalse(
          Comparison.bounded(one, new float[] {1}, new float[] {2}, new double[] {magnitude}, 1e-6)
              .passed());
    }
  }

  @Test
  void wrongLengthIsADifference() {
    Comparison shorter = Comparison.exact(SHAPE, new float[119], values());
    assertFalse(shorter.passed());
    assertEquals("119 elements instead of 120 for [2, 3, 4, 5]", shorter.toString());
    assertFalse(bounded(new float[121], values()).passed());
    assertFalse(Comparison.exact(Shape.of(2), new long[3], new long[2]).passed());
  }

  @Test
  void samplesKeepTheirPlaceInTheTensor() {
    long[] positions = {0, 59, 119};
    Comparison comparison =
        Comparison.exact(SHAPE, positions, new float[] {1, 5, 3}, new float[] {1, 2, 3});
    assertEquals(3, comparison.elements());
    assertArrayEquals(new long[] {0, 2, 3, 4}, comparison.first().coordinates(SHAPE));
  }

  @Test
  void indicesAreComparedAsNumbers() {
    Shape shape = Shape.of(1, 1, 2, 2);
    long[] expected = {-1, 2, 1L << 40, 4};
    assertTrue(Comparison.exact(shape, expected.clone(), expected).passed());
    Comparison comparison = Comparison.exact(shape, new long[] {0, 2, (1L << 40) + 1, 4}, expected);
    assertEquals(2, comparison.differences());
    assertEquals(-1L, comparison.first().expected());
  }

  @Test
  void emptyTensorsAgree() {
    assertTrue(Comparison.exact(Shape.of(0, 3), new float[0], new float[0]).passed());
  }

  @Test
  void misuseIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> Comparison.exact(Shape.of(3), new float[2], new float[2]));
    assertThrows(
        IllegalArgumentException.class,
        () -> Comparison.bounded(Shape.of(1), new float[1], new float[1], new double[2], 1e-6));
    assertThrows(
        IllegalArgumentException.class,
        () -> Comparison.bounded(Shape.of(1), new float[1], new float[1], new double[1], NAN));
  }

  /** 1, 2, 3, ... */
  private static float[] values() {
    float[] values = new float[120];
    for (int i = 0; i < values.length; i++) {
      values[i] = i + 1;
    }
    return values;
  }

  /** Allows two roundings of each element. */
  private static Comparison bounded(float[] actual, float[] expected) {
    double[] magnitudes = new double[expected.length];
    for (int i = 0; i < magnitudes.length; i++) {
      magnitudes[i] = expected[i];
    }
    return Comparison.bounded(SHAPE, actual, expected, magnitudes, 2 * ErrorBound.UNIT);
  }

  private static Comparison exactOf(float actual, float expected) {
    return Comparison.exact(Shape.of(1), new float[] {actual}, new float[] {expected});
  }

  private static Comparison boundedOf(float actual, float expected) {
    return Comparison.bounded(
        Shape.of(1), new float[] {actual}, new float[] {expected}, new double[] {1}, 1e-6);
  }
}
