package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.check.RandomShapes;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Random geometries keep their limit and reach what they aim at. */
class RandomShapesTest {
  private static final int COUNT = 2000;

  @Test
  void theSeedDecides() {
    RandomShapes a = new RandomShapes(5, 10_000);
    RandomShapes b = new RandomShapes(5, 10_000);
    RandomShapes c = new RandomShapes(6, 10_000);
    int same = 0;
    for (int i = 0; i < 100; i++) {
      Conv2dGeometry convolution = a.nextConv2d();
      assertEquals(convolution, b.nextConv2d());
      assertEquals(a.nextPool2d(), b.nextPool2d());
      same += convolution.equals(c.nextConv2d()) ? 1 : 0;
      c.nextPool2d();
    }
    assertTrue(same < 10);
  }

  @Test
  void anyLimitIsKept() {
    for (long limit : new long[] {1, 10, 1000, 200_000}) {
      RandomShapes shapes = new RandomShapes(1, limit);
      for (int i = 0; i < 200; i++) {
        assertTrue(shapes.nextConv2d().multiplyAdds() <= limit);
        Pool2dGeometry pool = shapes.nextPool2d();
        assertTrue(pool.dstShape().elements() * pool.kh() * pool.kw() <= limit);
      }
    }
    assertThrows(IllegalArgumentException.class, () -> new RandomShapes(1, 0));
  }

  @Test
  void convolutionsReachTheirAims() {
    RandomShapes shapes = new RandomShapes(20, RandomShapes.DEFAULT_MULTIPLY_ADDS);
    List<Conv2dGeometry> all = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      all.add(shapes.nextConv2d());
    }
    some(all, "width 1", 50, g -> g.iw() == 1);
    some(all, "height 1", 50, g -> g.ih() == 1);
    some(all, "kernel = input", 10, g -> g.kh() == g.ih() && g.kw() == g.iw());
    some(all, "kernel over input", 50, g -> g.kh() > g.ih() || g.kw() > g.iw());
    some(all, "padding >= kernel", 100, g -> g.pt() >= g.kh() || g.pr() >= g.kw());
    some(all, "stride > kernel", 100, g -> g.sh() > g.kh() || g.sw() > g.kw());
    some(all, "dilation", 200, g -> g.dh() > 1 && g.kh() > 1);
    some(all, "odd channels", 200, g -> g.ic() % 2 == 1 && g.ic() > 1);
    some(all, "17 channels", 20, g -> g.ic() == 17 || g.oc() == 17);
    some(all, "groups", 100, g -> g.g() > 1 && g.g() < g.ic());
    some(all, "depthwise", 50, g -> g.g() > 1 && g.g() == g.ic());
    some(all, "depthwise with a multiplier", 10, g -> g.g() > 1 && g.oc() == 2 * g.ic());
    some(all, "no image", 20, g -> g.n() == 0);
    some(all, "several images", 200, g -> g.n() > 1);
    some(all, "1x1", 20, g -> g.kh() == 1 && g.kw() == 1);
    for (long width : new long[] {15, 16, 17, 31, 32, 33, 63, 64, 65}) {
      some(all, "width " + width, 15, g -> g.iw() == width);
    }
    some(all, "not square", COUNT * 3 / 4, g -> g.ih() != g.iw());
    some(all, "uneven padding", COUNT / 2, g -> g.pt() != g.pb() || g.pl() != g.pr());
    some(all, "more than a thousand multiply-adds", COUNT / 2, g -> g.multiplyAdds() > 1000);
  }

  @Test
  void poolingsReachTheirAims() {
    RandomShapes shapes = new RandomShapes(21, RandomShapes.DEFAULT_MULTIPLY_ADDS);
    List<Pool2dGeometry> all = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      all.add(shapes.nextPool2d());
    }
    some(all, "width 1", 50, g -> g.iw() == 1);
    some(all, "window over input", 50, g -> g.kh() > g.ih() || g.kw() > g.iw());
    some(all, "stride > window", 100, g -> g.sh() > g.kh() || g.sw() > g.kw());
    some(all, "overlap", 200, g -> g.sh() < g.kh() && g.sw() < g.kw());
    some(all, "rounding up", 500, Pool2dGeometry::ceilMode);
    some(all, "rounding up matters", 100, RandomShapesTest::roundsUp);
    some(all, "no tap inside", 10, RandomShapesTest::hasEmptyWindow);
    some(all, "no image", 20, g -> g.n() == 0);
    some(all, "several images", 200, g -> g.n() > 1);
    some(all, "widths around a vector", 300, g -> g.iw() >= 15 && g.iw() <= 65);
  }

  /** Whether the last row of windows overhangs the padded input. */
  private static boolean roundsUp(Pool2dGeometry g) {
    long end = (g.oh() - 1) * g.sh() + g.dh() * (g.kh() - 1) + 1;
    return end > g.ih() + g.pt() + g.pb();
  }

  private static boolean hasEmptyWindow(Pool2dGeometry g) {
    return misses(g.ih(), g.oh(), g.kh(), g.sh(), g.pt(), g.dh())
        || misses(g.iw(), g.ow(), g.kw(), g.sw(), g.pl(), g.dw());
  }

  private static boolean misses(long in, long out, long kernel, long s, long p, long d) {
    for (long o = 0; o < out; o++) {
      boolean inside = false;
      for (long k = 0; k < kernel; k++) {
        long i = o * s - p + k * d;
        inside |= i >= 0 && i < in;
      }
      if (!inside) {
        return true;
      }
    }
    return false;
  }

  private static <G> void some(List<G> all, String aim, long least, Predicate<G> aimed) {
    long found = all.stream().filter(aimed).count();
    assertTrue(found >= least, aim + ": only " + found + " of " + all.size());
  }
}
