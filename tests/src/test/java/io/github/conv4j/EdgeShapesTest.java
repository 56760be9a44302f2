package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.check.Conv2dCase;
import io.github.conv4j.check.MaxPool2dCase;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** What the edge geometries are there for: every kind of trouble has rows that aim at it. */
class EdgeShapesTest {
  private static final List<Conv2dGeometry> CONVOLUTIONS =
      Fixtures.shapes("edge.csv").stream().map(shape -> ((Conv2dCase) shape).geometry()).toList();

  private static final List<Pool2dGeometry> POOLINGS =
      Fixtures.shapes("pool_edge.csv").stream()
          .map(shape -> ((MaxPool2dCase) shape).geometry())
          .toList();

  private static long reach(long kernel, long dilation) {
    return dilation * (kernel - 1) + 1;
  }

  /** Pixels behind the last window. */
  private static long unread(
      long extent, long begin, long kernel, long stride, long dilation, long o) {
    return extent - ((o - 1) * stride - begin + reach(kernel, dilation));
  }

  @Test
  void convolutionsOfEveryKind() {
    Map<String, Predicate<Conv2dGeometry>> kinds = new LinkedHashMap<>();
    kinds.put("width 1", g -> g.iw() == 1 && g.ih() > 1);
    kinds.put("height 1", g -> g.ih() == 1 && g.iw() > 1);
    kinds.put("one pixel", g -> g.ih() == 1 && g.iw() == 1);
    kinds.put("kernel = input", g -> g.kh() == g.ih() && g.kw() == g.iw() && g.kw() > 1);
    kinds.put("kernel > input", g -> g.kh() > g.ih() && g.kw() > g.iw() && g.pt() + g.pb() > 0);
    kinds.put("padding >= kernel", g -> g.pt() >= g.kh() || g.pl() >= g.kw());
    kinds.put("padding > kernel", g -> g.pt() > g.kh() && g.pl() > g.kw());
    kinds.put("stride > kernel", g -> g.sh() > g.kh() && g.sw() > g.kw());
    kinds.put("dilation past the input", g -> g.dh() > g.ih() && g.kh() > 1);
    kinds.put("groups of one channel", g -> g.g() > 1 && g.ic() == g.g());
    kinds.put("depthwise with a multiplier", g -> g.g() == g.ic() && g.oc() > g.ic() && g.g() > 1);
    kinds.put("groups of some channels", g -> g.g() > 1 && g.ic() > g.g() && g.oc() > g.g());
    kinds.put("no image", g -> g.n() == 0);
    kinds.put("several images", g -> g.n() > 1);
    kinds.put(
        "rows that nothing reads", g -> unread(g.ih(), g.pt(), g.kh(), g.sh(), g.dh(), g.oh()) > 0);
    kinds.put(
        "columns that nothing reads",
        g -> unread(g.iw(), g.pl(), g.kw(), g.sw(), g.dw(), g.ow()) > 0);
    kinds.put("uneven padding", g -> g.pt() != g.pb() && g.pl() != g.pr());
    for (long width : new long[] {31, 32, 33, 63, 64, 65}) {
      kinds.put(width + " wide", g -> g.iw() == width);
    }
    for (int i = 1; i <= 17; i++) {
      long channels = i;
      kinds.put(i + " input channels", g -> g.ic() == channels && g.g() == 1);
      kinds.put(i + " output channels", g -> g.oc() == channels && g.g() == 1);
    }
    assertEach(kinds, CONVOLUTIONS, 300);
  }

  @Test
  void poolingsOfEveryKind() {
    Map<String, Predicate<Pool2dGeometry>> kinds = new LinkedHashMap<>();
    kinds.put("width 1", g -> g.iw() == 1 && g.ih() > 1);
    kinds.put("height 1", g -> g.ih() == 1 && g.iw() > 1);
    kinds.put("one pixel", g -> g.ih() == 1 && g.iw() == 1);
    kinds.put("window = input", g -> g.kh() == g.ih() && g.kw() == g.iw() && g.kw() > 1);
    kinds.put("window > input", g -> g.kh() > g.ih() && g.kw() > g.iw());
    kinds.put("the most padding", g -> g.pt() == g.kh() / 2 && g.pl() == g.kw() / 2 && g.pl() > 0);
    kinds.put("stride > window", g -> g.sh() > g.kh() && g.sw() > g.kw());
    kinds.put("dilation past the input", g -> g.dh() > g.ih() && g.kh() > 1);
    kinds.put("rounded up", Pool2dGeometry::ceilMode);
    kinds.put(
        "a window beyond the padding",
        g -> g.ceilMode() && unread(g.ih() + g.pb(), g.pt(), g.kh(), g.sh(), g.dh(), g.oh()) < 0);
    kinds.put("no image", g -> g.n() == 0);
    kinds.put("several images", g -> g.n() > 1);
    kinds.put(
        "rows that nothing reads", g -> unread(g.ih(), g.pt(), g.kh(), g.sh(), g.dh(), g.oh()) > 0);
    kinds.put(
        "columns that nothing reads",
        g -> unread(g.iw(), g.pl(), g.kw(), g.sw(), g.dw(), g.ow()) > 0);
    kinds.put("uneven padding", g -> g.pt() != g.pb() && g.pl() != g.pr());
    for (long width : new long[] {31, 32, 33, 63, 64, 65}) {
      kinds.put(width + " wide", g -> g.iw() == width);
    }
    for (int i = 1; i <= 17; i++) {
      long channels = i;
      kinds.put(i + " channels", g -> g.c() == channels);
    }
    assertEach(kinds, POOLINGS, 150);
  }

  private static <G> void assertEach(
      Map<String, Predicate<G>> kinds, List<G> geometries, int least) {
    assertTrue(geometries.size() >= least, "only " + geometries.size() + " geometries");
    StringBuilder rows = new StringBuilder();
    for (Map.Entry<String, Predicate<G>> kind : kinds.entrySet()) {
      long found = geometries.stream().filter(kind.getValue()).count();
      rows.append(kind.getKey()).append(": ").append(found).append('\n');
    }
    List<String> missing =
        kinds.entrySet().stream()
            .filter(kind -> geometries.stream().noneMatch(kind.getValue()))
            .map(Map.Entry::getKey)
            .toList();
    assertTrue(missing.isEmpty(), () -> "no row aims at " + missing + "; there are\n" + rows);
  }
}
