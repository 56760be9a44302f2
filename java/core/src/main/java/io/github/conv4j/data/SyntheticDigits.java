package io.github.conv4j.data;

import io.github.conv4j.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Digits drawn by this program, not written by people: 28x28 grey images, light on dark as MNIST's,
 * so that everything runs without a download. What a network reaches on them says nothing about its
 * accuracy on MNIST.
 *
 * <p>Each digit comes in several hands, with strokes of another width, bent, slanted, stretched,
 * turned and shifted, and with noise. Count and seed decide every pixel, on every machine; train
 * and test with different seeds.
 */
public final class SyntheticDigits {
  private static final int SIDE = 28;
  private static final List<String> CLASSES =
      List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");

  private SyntheticDigits() {}

  /**
   * Draws digits, every class in turn: [1, 28, 28] of values 0 to 1, held in memory.
   *
   * @param count from 0
   * @param seed another one gives other digits
   * @throws IllegalArgumentException if the count is negative
   */
  public static Dataset of(int count, long seed) {
    if (count < 0) {
      throw new IllegalArgumentException(count + " digits");
    }
    byte[][] samples = new byte[count][];
    byte[] labels = new byte[count];
    IntStream.range(0, count)
        .parallel()
        .forEach(
            i -> {
              labels[i] = (byte) (i % CLASSES.size());
              samples[i] = draw(labels[i], new SplittableRandom(Seeds.mix(seed, i)));
            });
    return new ByteImages(Shape.of(1, SIDE, SIDE), CLASSES, samples, labels);
  }

  private static byte[] draw(int digit, SplittableRandom random) {
    int hand = (int) (random.nextDouble() * DigitGlyphs.hands(digit));
    Pen pen = new Pen(random);
    for (double[] stroke : DigitGlyphs.strokes(digit, hand)) {
      pen.draw(stroke);
    }
    return pen.image();
  }

  /** From low to high, evenly. */
  private static double between(SplittableRandom random, double low, double high) {
    return low + (high - low) * random.nextDouble();
  }

  /** Draws strokes under one transformation into squared distances from the ink. */
  private static final class Pen {
    private final SplittableRandom random;
    private final double[] distances = new double[SIDE * SIDE];
    private final double[] matrix;
    private final double x;
    private final double y;
    private final double[] wave;
    private final double radius;
    private final double softness;

    Pen(SplittableRandom random) {
      this.random = random;
      Arrays.fill(distances, Double.MAX_VALUE);
      double height = between(random, 14, 21);
      double width = height * between(random, 0.5, 0.85);
      double angle = between(random, -0.3, 0.3);
      double slant = between(random, -0.2, 0.4);
      // StrictMath: the same bits on every machine
      double cos = StrictMath.cos(angle);
      double sin = StrictMath.sin(angle);
      matrix =
          new double[] {
            width * cos, -height * (slant * cos + sin), width * sin, height * (cos - slant * sin)
          };
      x = SIDE / 2.0 + between(random, -3, 3);
      y = SIDE / 2.0 + between(random, -3, 3);
      wave = new double[] {bend(), bend(), bend(), bend()};
      radius = between(random, 0.6, 1.7);
      softness = between(random, 0.8, 1.5);
    }

    private double bend() {
      return between(random, -0.09, 0.09);
    }

    /** Draws a chain of lines between points x, y, x, y, ... of the unit square. */
    void draw(double[] points) {
      double[] placed = new double[points.length];
      double jitter = 0.025;
      for (int i = 0; i < points.length; i += 2) {
        double u = points[i] - 0.5;
        double v = points[i + 1] - 0.5;
        // A slow bend of the whole glyph, and at its corners an unsteady hand.
        double shake = points.length <= 8 ? jitter : 0;
        double bentU = u + wave[0] * 4 * v * v + wave[1] * 2 * v + between(random, -shake, shake);
        double bentV = v + wave[2] * 4 * u * u + wave[3] * 2 * u + between(random, -shake, shake);
        placed[i] = x + matrix[0] * bentU + matrix[1] * bentV;
        placed[i + 1] = y + matrix[2] * bentU + matrix[3] * bentV;
      }
      for (int i = 0; i + 3 < placed.length; i += 2) {
        line(placed[i], placed[i + 1], placed[i + 2], placed[i + 3]);
      }
    }

    private void line(double x0, double y0, double x1, double y1) {
      double reach = radius + softness;
      int left = (int) Math.max(0, Math.min(x0, x1) - reach);
      int right = (int) Math.min(SIDE - 1, Math.max(x0, x1) + reach);
      int top = (int) Math.max(0, Math.min(y0, y1) - reach);
      int bottom = (int) Math.min(SIDE - 1, Math.max(y0, y1) + reach);
      double dx = x1 - x0;
      double dy = y1 - y0;
      double length = Math.max(1e-9, dx * dx + dy * dy);
      for (int py = top; py <= bottom; py++) {
        for (int px = left; px <= right; px++) {
          double ex = px + 0.5 - x0;
          double ey = py + 0.5 - y0;
          double t = Math.max(0, Math.min(1, (ex * dx + ey * dy) / length));
          double rx = ex - t * dx;
          double ry = ey - t * dy;
          int at = py * SIDE + px;
          distances[at] = Math.min(distances[at], rx * rx + ry * ry);
        }
      }
    }

    /** The ink on the paper, with noise. */
    byte[] image() {
      byte[] image = new byte[SIDE * SIDE];
      double ink = between(random, 150, 255);
      double paper = between(random, 0, 30);
      double noise = between(random, 0, 45);
      for (int i = 0; i < image.length; i++) {
        double edge = (radius + softness / 2 - Math.sqrt(distances[i])) / softness;
        double value = paper + (ink - paper) * Math.max(0, Math.min(1, edge));
        // The sum of three even numbers is near enough to a normal one.
        double sum = random.nextDouble() + random.nextDouble() + random.nextDouble() - 1.5;
        image[i] = (byte) Math.max(0, Math.min(255, Math.round(value + noise * sum)));
      }
      return image;
    }
  }
}
