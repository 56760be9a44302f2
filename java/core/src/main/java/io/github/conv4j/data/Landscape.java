package io.github.conv4j.data;

import java.util.SplittableRandom;

/** A square of coloured ground seen from above, to draw on; colours are 0xRRGGBB. */
final class Landscape {
  /** Rows, and columns. */
  static final int SIDE = 64;

  private final SplittableRandom random;
  private final double[][] planes = new double[3][SIDE * SIDE];

  Landscape(SplittableRandom random) {
    this.random = random;
  }

  /** From low to high, evenly. */
  double between(double low, double high) {
    return low + (high - low) * random.nextDouble();
  }

  /** One of the given colours, a little lighter or darker. */
  int pick(int... colours) {
    return shade(colours[(int) (random.nextDouble() * colours.length)], between(-14, 14));
  }

  private static int shade(int colour, double by) {
    int shaded = 0;
    for (int shift = 0; shift < 24; shift += 8) {
      shaded |= clamp((colour >> shift & 0xff) + by) << shift;
    }
    return shaded;
  }

  private static int clamp(double value) {
    return (int) Math.max(0, Math.min(255, Math.round(value)));
  }

  /** Mixes a colour into a pixel, if it is there. */
  void mix(int x, int y, int colour, double opacity) {
    if (x >= 0 && x < SIDE && y >= 0 && y < SIDE && opacity > 0) {
      double share = Math.min(1, opacity);
      for (int plane = 0; plane < 3; plane++) {
        double value = colour >> (16 - 8 * plane) & 0xff;
        planes[plane][y * SIDE + x] += share * (value - planes[plane][y * SIDE + x]);
      }
    }
  }

  /** Covers everything with a mixture of two colours, in patches of about so many pixels. */
  void ground(int one, int other, double patch) {
    double[] noise = noise(patch);
    for (int i = 0; i < noise.length; i++) {
      mix(i % SIDE, i / SIDE, one, 1);
      mix(i % SIDE, i / SIDE, other, noise[i]);
    }
  }

  /** Lightens and darkens in patches of about so many pixels. */
  void mottle(double patch, double strength) {
    double[] noise = noise(patch);
    for (double[] plane : planes) {
      for (int i = 0; i < noise.length; i++) {
        plane[i] += strength * (noise[i] - 0.5);
      }
    }
  }

  /** Values of 0 to 1: random ones on a grid of this width, smoothly joined, and finer ones. */
  double[] noise(double patch) {
    double[] sum = new double[SIDE * SIDE];
    double weight = 0.6;
    for (double width = patch; weight > 0.1 && width > 0.9; width /= 2, weight /= 2) {
      int cells = (int) (SIDE / width) + 3;
      double[] grid = new double[cells * cells];
      for (int i = 0; i < grid.length; i++) {
        grid[i] = random.nextDouble();
      }
      double left = random.nextDouble();
      double top = random.nextDouble();
      for (int y = 0; y < SIDE; y++) {
        double v = top + y / width;
        double down = ease(v - (int) v);
        for (int x = 0; x < SIDE; x++) {
          double u = left + x / width;
          int at = (int) v * cells + (int) u;
          double right = ease(u - (int) u);
          double upper = grid[at] + right * (grid[at + 1] - grid[at]);
          double lower = grid[at + cells] + right * (grid[at + cells + 1] - grid[at + cells]);
          sum[y * SIDE + x] += weight * (upper + down * (lower - upper));
        }
      }
    }
    for (int i = 0; i < sum.length; i++) {
      sum[i] = Math.max(0, Math.min(1, sum[i]));
    }
    return sum;
  }

  private static double ease(double t) {
    return t * t * (3 - 2 * t);
  }

  /**
   * Draws a band along a wavy line through the square.
   *
   * @param width in pixels, of each place on the way its own share
   * @param swing how far the line leaves its course, in pixels
   */
  void band(double width, double swing, int colour, double opacity) {
    double angle = between(0, 2 * Math.PI);
    double dx = StrictMath.cos(angle);
    double dy = StrictMath.sin(angle);
    double offset = between(-14, 14);
    double phase = between(0, 6.3);
    double pace = between(0.07, 0.13);
    for (int i = 0; i < SIDE * SIDE; i++) {
      double x = i % SIDE - SIDE / 2.0;
      double y = i / SIDE - SIDE / 2.0;
      double along = x * dx + y * dy;
      double wave = swing * StrictMath.sin(phase + pace * along);
      wave += swing / 2 * StrictMath.sin(1 + 2.3 * phase + 1.9 * pace * along);
      double across = Math.abs(-x * dy + y * dx - offset - wave);
      mix(i % SIDE, i / SIDE, colour, opacity * (width / 2 + 0.5 - across));
    }
  }

  /** Fills a rectangle whose centre is x, y, turned by an angle. */
  void block(double x, double y, double width, double height, double angle, int colour) {
    double cos = StrictMath.cos(angle);
    double sin = StrictMath.sin(angle);
    int reach = (int) (width + height) / 2 + 2;
    for (int py = (int) y - reach; py <= y + reach; py++) {
      for (int px = (int) x - reach; px <= x + reach; px++) {
        double u = Math.abs((px - x) * cos + (py - y) * sin);
        double v = Math.abs((py - y) * cos - (px - x) * sin);
        mix(px, py, colour, Math.min(width / 2 + 0.5 - u, height / 2 + 0.5 - v));
      }
    }
  }

  /** The square as red, green and blue planes, under a light, a haze and a noise of its own. */
  byte[] image() {
    double light = between(0.8, 1.15);
    double haze = between(0, 24);
    double noise = between(3, 12);
    byte[] image = new byte[3 * SIDE * SIDE];
    for (int i = 0; i < image.length; i++) {
      double value = haze + light * planes[i / (SIDE * SIDE)][i % (SIDE * SIDE)];
      image[i] = (byte) clamp(value + between(-noise, noise));
    }
    return image;
  }
}
