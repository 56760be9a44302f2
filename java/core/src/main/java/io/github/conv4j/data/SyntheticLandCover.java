package io.github.conv4j.data;

import io.github.conv4j.Shape;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Pictures of ground as a satellite might see it, drawn by this program: 64x64 pixels in red, green
 * and blue, with the ten classes of EuroSAT (Helber et al. 2019), so that everything runs without a
 * download. They are simple textures: what a network reaches on them says nothing about its
 * accuracy on satellite images.
 *
 * <p>Count and seed decide every pixel, on every machine; train and test with different seeds.
 */
public final class SyntheticLandCover {
  private static final int SIDE = Landscape.SIDE;
  private static final List<String> CLASSES =
      List.of(
          "AnnualCrop",
          "Forest",
          "HerbaceousVegetation",
          "Highway",
          "Industrial",
          "Pasture",
          "PermanentCrop",
          "Residential",
          "River",
          "SeaLake");

  private SyntheticLandCover() {}

  /**
   * Draws pictures, every class in turn: [3, 64, 64] of values 0 to 1, held in memory.
   *
   * @param count from 0
   * @param seed another one gives other pictures
   * @throws IllegalArgumentException if the count is negative
   */
  public static Dataset of(int count, long seed) {
    if (count < 0) {
      throw new IllegalArgumentException(count + " pictures");
    }
    byte[][] samples = new byte[count][];
    byte[] labels = new byte[count];
    IntStream.range(0, count)
        .parallel()
        .forEach(
            i -> {
              labels[i] = (byte) (i % CLASSES.size());
              Landscape land = new Landscape(new SplittableRandom(Seeds.mix(seed, i)));
              draw(labels[i], land);
              samples[i] = land.image();
            });
    return new ByteImages(Shape.of(3, SIDE, SIDE), CLASSES, samples, labels);
  }

  private static void draw(int label, Landscape land) {
    switch (label) {
      case 0 -> annualCrop(land);
      case 1 -> forest(land);
      case 2 -> herbaceous(land);
      case 3 -> highway(land);
      case 4 -> industrial(land);
      case 5 -> pasture(land);
      case 6 -> permanentCrop(land);
      case 7 -> residential(land);
      case 8 -> river(land);
      default -> sea(land);
    }
  }

  /** Large fields side by side, bare or green. */
  private static void annualCrop(Landscape land) {
    double angle = land.between(-0.5, 0.5);
    int soil = land.pick(0x8a7355, 0x9c8560, 0x7a6a50);
    land.ground(soil, soil, 16);
    double width = land.between(18, 34);
    double height = land.between(24, 44);
    for (double y = -48; y <= 48; y += height) {
      for (double x = -48; x <= 48; x += width) {
        int colour = land.pick(0x8a7355, 0xa08a62, 0x6f7d48, 0x5c7040, 0xb09c70, 0x705c48);
        double cx = 32 + x * StrictMath.cos(angle) - y * StrictMath.sin(angle);
        double cy = 32 + x * StrictMath.sin(angle) + y * StrictMath.cos(angle);
        land.block(cx, cy, width - 1, height - 1, angle, colour);
      }
    }
    land.mottle(10, 18);
  }

  private static void forest(Landscape land) {
    land.ground(land.pick(0x23402c, 0x2a4a30, 0x1e3a2a), land.pick(0x3a5c3a, 0x44633c), 24);
    land.mottle(3, 46);
  }

  /** Grass and shrubs in patches. */
  private static void herbaceous(Landscape land) {
    land.ground(land.pick(0x7c7a50, 0x868054, 0x6c7048), land.pick(0x4c5c3a, 0x56643c), 9);
    land.mottle(5, 34);
  }

  /** A road through whatever lies there, with a lighter middle. */
  private static void highway(Landscape land) {
    switch ((int) land.between(0, 3)) {
      case 0 -> herbaceous(land);
      case 1 -> annualCrop(land);
      default -> pasture(land);
    }
    land.band(land.between(4, 7), land.between(0, 5), land.pick(0x8c8c90, 0x9a9a9c, 0x7c7c82), 1);
  }

  /** Large roofs on paved ground. */
  private static void industrial(Landscape land) {
    land.ground(land.pick(0x80807c, 0x8c8a84, 0x74767a), land.pick(0x686a6c, 0x9a9890), 20);
    double angle = land.between(0, 1.57);
    int count = (int) land.between(7, 13);
    for (int i = 0; i < count; i++) {
      double x = land.between(0, SIDE);
      double y = land.between(0, SIDE);
      double width = land.between(10, 26);
      double height = land.between(8, 18);
      land.block(x + 1.5, y + 1.5, width, height, angle, 0x3c3e42);
      int roof = land.pick(0xd8dade, 0xb8bcc4, 0xe4e2da, 0x8ea0b8, 0xa88878);
      land.block(x, y, width, height, angle, roof);
    }
    land.mottle(4, 14);
  }

  /** Even grass, now and then a hedge. */
  private static void pasture(Landscape land) {
    land.ground(land.pick(0x6c8c48, 0x78964c, 0x628444), land.pick(0x84a058, 0x5c7c40), 40);
    for (int i = (int) land.between(0, 2.5); i > 0; i--) {
      land.band(1.2, land.between(0, 2), 0x3a5434, 0.7);
    }
    land.mottle(12, 12);
  }

  /** Trees or vines in rows. */
  private static void permanentCrop(Landscape land) {
    land.ground(land.pick(0xa89468, 0x9c8a62, 0x8c8258), land.pick(0x8c7c54, 0xb4a074), 24);
    double angle = land.between(0, 3.14);
    double row = land.between(4.5, 7.5);
    double step = land.between(2.5, row);
    double size = land.between(1.8, 3);
    int leaves = land.pick(0x4c6438, 0x566c3c, 0x40582f);
    for (double v = -48; v <= 48; v += row) {
      for (double u = -48; u <= 48; u += step) {
        double x = 32 + u * StrictMath.cos(angle) - v * StrictMath.sin(angle);
        double y = 32 + u * StrictMath.sin(angle) + v * StrictMath.cos(angle);
        double wide = size * land.between(0.8, 1.2);
        land.block(x + land.between(-0.4, 0.4), y, wide, wide, 0, leaves);
      }
    }
    land.mottle(8, 12);
  }

  /** Small houses between gardens, along streets. */
  private static void residential(Landscape land) {
    land.ground(land.pick(0x5c6c48, 0x66744c), land.pick(0x7c7c64, 0x4c5c40), 6);
    double angle = land.between(0, 1.57);
    double lot = land.between(7, 10);
    int streets = (int) land.between(2, 4);
    int line = 0;
    for (double v = -48; v <= 48; v += lot, line++) {
      for (double u = -48; u <= 48; u += lot * 0.85) {
        double x = 32 + u * StrictMath.cos(angle) - v * StrictMath.sin(angle);
        double y = 32 + u * StrictMath.sin(angle) + v * StrictMath.cos(angle);
        if (line % (streets + 1) == 0) {
          land.block(x, y, lot, lot * 0.4, angle, 0x8c8a88);
        } else if (land.between(0, 1) < 0.88) {
          double width = land.between(3.5, lot * 0.7);
          int roof = land.pick(0xa8644c, 0xb4785c, 0x98948e, 0xc0b8a8, 0x8c5444);
          double turn = angle + land.between(-0.15, 0.15);
          land.block(x + 0.8, y + 0.8, width, width * 0.8, turn, 0x30342c);
          land.block(x, y, width, width * 0.8, turn, roof);
        }
      }
    }
    land.mottle(4, 16);
  }

  /** A winding band of water between green banks. */
  private static void river(Landscape land) {
    if (land.between(0, 1) < 0.5) {
      forest(land);
    } else {
      pasture(land);
    }
    double width = land.between(9, 18);
    land.band(width, land.between(4, 10), land.pick(0x2c4858, 0x34545c, 0x3c5c5c, 0x284060), 1);
  }

  /** Water, with a little swell. */
  private static void sea(Landscape land) {
    land.ground(land.pick(0x1c3050, 0x24405c, 0x183048), land.pick(0x203858, 0x284c60), 36);
    land.mottle(4, 8);
  }
}
