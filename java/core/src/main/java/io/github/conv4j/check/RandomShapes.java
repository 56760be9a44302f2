package io.github.conv4j.check;

import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.ConvTranspose2dGeometry;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.util.SplittableRandom;

/**
 * Seeded geometries that aim at trouble: width 1, a kernel as large as the input or larger with
 * padding around it, padding beyond the kernel, strides beyond the kernel, dilation, odd channels,
 * groups and depthwise, empty and larger batches, widths around the lengths of vectors (16, 32,
 * 64), rounding up, windows with no tap inside the image; and height and width drawn apart, so that
 * hardly anything is square.
 */
public final class RandomShapes {
  /** Multiply-adds of a geometry at most, unless told otherwise. */
  public static final long DEFAULT_MULTIPLY_ADDS = 200_000;

  private final SplittableRandom random;
  private final long maxMultiplyAdds;

  /**
   * A sequence of geometries that the seed decides on.
   *
   * @param seed any number
   * @param maxMultiplyAdds of any geometry; for a pooling, taps of all windows. At least 1
   */
  public RandomShapes(long seed, long maxMultiplyAdds) {
    if (maxMultiplyAdds < 1) {
      throw new IllegalArgumentException(
          "the multiply-adds are at most " + maxMultiplyAdds + "; there must be at least 1");
    }
    this.random = new SplittableRandom(TestData.seed(seed, maxMultiplyAdds));
    this.maxMultiplyAdds = maxMultiplyAdds;
  }

  /** The next convolution. */
  public Conv2dGeometry nextConv2d() {
    for (long attempt = 0; ; attempt++) {
      long groups = groups();
      boolean depthwise = groups > 1 && chance(3);
      long ic = depthwise ? groups : groups * channels(groups);
      long oc = depthwise ? groups * between(1, 2) : groups * channels(groups);
      Axis h = axis(false, attempt);
      Axis w = axis(true, attempt);
      if (!h.fits() || !w.fits()) {
        continue;
      }
      Conv2dGeometry geometry =
          new Conv2dGeometry(
              batch(),
              ic,
              h.in,
              w.in,
              oc,
              h.kernel,
              w.kernel,
              h.stride,
              w.stride,
              h.begin,
              w.begin,
              h.end,
              w.end,
              h.dilation,
              w.dilation,
              groups);
      if (Math.max(geometry.multiplyAdds(), sources(geometry)) <= maxMultiplyAdds) {
        return geometry;
      }
    }
  }

  /** The next convolution whose padding the mode has pixels for. */
  public Conv2dGeometry nextConv2d(PaddingMode mode) {
    while (true) {
      Conv2dGeometry geometry = nextConv2d();
      boolean copies = geometry.pt() + geometry.pl() + geometry.pb() + geometry.pr() > 0;
      if (mode == PaddingMode.ZEROS || (copies && fits(geometry, mode))) {
        return geometry;
      }
    }
  }

  private static boolean fits(Conv2dGeometry geometry, PaddingMode mode) {
    try {
      mode.requireFits(geometry);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** The next transposed convolution. */
  public ConvTranspose2dGeometry nextConvTranspose2d() {
    while (true) {
      Conv2dGeometry g = nextConv2d();
      ConvTranspose2dGeometry geometry;
      try {
        geometry =
            new ConvTranspose2dGeometry(
                g.n(),
                g.oc(),
                g.oh(),
                g.ow(),
                g.ic(),
                g.kh(),
                g.kw(),
                g.sh(),
                g.sw(),
                g.pt(),
                g.pl(),
                g.pb(),
                g.pr(),
                added(g.sh(), g.dh()),
                added(g.sw(), g.dw()),
                g.dh(),
                g.dw(),
                g.g());
      } catch (IllegalArgumentException e) {
        continue; // Nothing is left of the result: draw again.
      }
      if (Math.max(geometry.multiplyAdds(), geometry.dstShape().elements()) <= maxMultiplyAdds) {
        return geometry;
      }
    }
  }

  private long added(long stride, long dilation) {
    return chance(2) ? 0 : between(0, Math.max(stride, dilation) - 1);
  }

  /** The next pooling. */
  public Pool2dGeometry nextPool2d() {
    for (long attempt = 0; ; attempt++) {
      Axis h = chance(40) ? hollow() : axis(false, attempt).halved();
      Axis w = chance(40) ? hollow() : axis(true, attempt).halved();
      long c = channels(1);
      boolean ceil = chance(2);
      Pool2dGeometry geometry;
      try {
        geometry =
            new Pool2dGeometry(
                batch(),
                c,
                h.in,
                w.in,
                h.kernel,
                w.kernel,
                h.stride,
                w.stride,
                h.begin,
                w.begin,
                h.end,
                w.end,
                h.dilation,
                w.dilation,
                ceil);
      } catch (IllegalArgumentException e) {
        continue; // The window does not fit into the padded input: draw again.
      }
      double taps = (double) geometry.dstShape().elements() * geometry.kh() * geometry.kw();
      if (Math.max(taps, geometry.srcShape().elements()) <= maxMultiplyAdds) {
        return geometry;
      }
    }
  }

  /** The larger of the two images, which the backward directions fill whatever the kernel is. */
  private static double sources(Conv2dGeometry geometry) {
    return Math.max(geometry.srcShape().elements(), geometry.dstShape().elements());
  }

  private record Axis(long in, long kernel, long stride, long begin, long end, long dilation) {
    boolean fits() {
      return dilation * (kernel - 1) + 1 <= in + begin + end;
    }

    /** With the padding that a pooling may have. */
    Axis halved() {
      long most = kernel / 2;
      return new Axis(in, kernel, stride, Math.min(begin, most), Math.min(end, most), dilation);
    }
  }

  private Axis axis(boolean inner, long attempt) {
    long in = extent(inner, attempt);
    long kernel =
        switch (below(8)) {
          case 0 -> 1;
          case 1 -> Math.min(in, 9);
          case 2 -> in < 6 ? in + between(1, 2) : 2;
          case 3, 4 -> 3;
          default -> between(1, 7);
        };
    long stride = chance(3) ? between(2, 4) : chance(8) ? kernel + between(1, 3) : 1;
    long dilation = chance(4) ? between(2, 4) : 1;
    long begin = padding(kernel);
    long end = padding(kernel);
    return new Axis(in, kernel, stride, begin, end, dilation);
  }

  /** Two taps, one on each side of the image: the first window has none inside. */
  private Axis hollow() {
    long in = between(1, 4);
    return new Axis(in, 2, between(1, 2), 1, 1, in + 1);
  }

  private long padding(long kernel) {
    return switch (below(8)) {
      case 0, 1, 2 -> 0;
      case 3, 4 -> kernel / 2;
      case 5 -> kernel + below(3);
      default -> below((int) Math.min(kernel, 5) + 1);
    };
  }

  /** Small limits are met by drawing small extents more and more often. */
  private long extent(boolean inner, long attempt) {
    if (attempt > 20 && below((int) Math.min(attempt, 1000)) > 10) {
      return between(1, 2);
    }
    int kind = below(inner ? 8 : 5);
    return switch (kind) {
      case 0 -> 1;
      case 1, 2 -> between(2, 9);
      case 3, 4 -> between(5, 24);
      case 5 -> between(15, 17);
      case 6 -> between(31, 33);
      default -> between(63, 65);
    };
  }

  private long groups() {
    return switch (below(6)) {
      case 0 -> between(2, 5);
      case 1 -> between(6, 17);
      default -> 1;
    };
  }

  private long channels(long groups) {
    return groups > 1 ? between(1, 4) : chance(3) ? between(1, 3) : between(1, 17);
  }

  private long batch() {
    return chance(25) ? 0 : chance(3) ? between(2, 4) : 1;
  }

  private boolean chance(int oneIn) {
    return below(oneIn) == 0;
  }

  private long between(long first, long last) {
    return first + below((int) (last - first) + 1);
  }

  private int below(int bound) {
    return (int) (((random.nextLong() >>> 32) * bound) >>> 32);
  }
}
