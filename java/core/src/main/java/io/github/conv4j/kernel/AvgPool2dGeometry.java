package io.github.conv4j.kernel;

import java.util.Arrays;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * The extents and divisors of a two-dimensional average pooling, validated.
 *
 * <p>A window begins at h0 = oh*SH-PT and ends at h1 = min(h0+KH, IH+PB), columns alike. Its
 * divisor is the override if there is one; else (h1-h0)*(w1-w0), in which padding counts and a
 * ceil-mode overhang beyond it does not; else, without {@code countIncludePad}, the number of its
 * pixels inside the image.
 *
 * @param window the extents, of dilation 1
 * @param countIncludePad whether the divisor counts the taps in the padding
 * @param divisorOverride the divisor of every window, which may be negative but not 0; empty for
 *     none
 */
public record AvgPool2dGeometry(
    Pool2dGeometry window, boolean countIncludePad, OptionalLong divisorOverride)
    implements PoolWindows {

  /**
   * Checks the dilation and the divisor.
   *
   * @throws IllegalArgumentException naming the extent, its value and the value required
   */
  public AvgPool2dGeometry {
    Objects.requireNonNull(window, "window");
    Objects.requireNonNull(divisorOverride, "divisorOverride");
    if (window.dh() != 1 || window.dw() != 1) {
      throw new IllegalArgumentException(
          "dilation is "
              + window.dh()
              + "x"
              + window.dw()
              + "; average pooling has none, it must be 1x1");
    }
    if (divisorOverride.isPresent() && divisorOverride.getAsLong() == 0) {
      throw new IllegalArgumentException("divisorOverride is 0; it must not be 0");
    }
  }

  /** Windows whose divisor counts the padding: PyTorch's default. */
  public static AvgPool2dGeometry of(Pool2dGeometry window) {
    return new AvgPool2dGeometry(window, true, OptionalLong.empty());
  }

  /** This geometry with or without the padding in the divisor. */
  public AvgPool2dGeometry withCountIncludePad(boolean wanted) {
    return new AvgPool2dGeometry(window, wanted, divisorOverride);
  }

  /** This geometry with the same divisor for every window. */
  public AvgPool2dGeometry withDivisorOverride(long divisor) {
    return new AvgPool2dGeometry(window, countIncludePad, OptionalLong.of(divisor));
  }

  @Override
  public long n() {
    return window.n();
  }

  @Override
  public long c() {
    return window.c();
  }

  @Override
  public long ih() {
    return window.ih();
  }

  @Override
  public long iw() {
    return window.iw();
  }

  @Override
  public long oh() {
    return window.oh();
  }

  @Override
  public long ow() {
    return window.ow();
  }

  @Override
  public long rowBegin(long oh) {
    return Math.max(0, oh * window.sh() - window.pt());
  }

  @Override
  public long rowEnd(long oh) {
    return Math.min(oh * window.sh() - window.pt() + window.kh(), window.ih());
  }

  @Override
  public long columnBegin(long ow) {
    return Math.max(0, ow * window.sw() - window.pl());
  }

  @Override
  public long columnEnd(long ow) {
    return Math.min(ow * window.sw() - window.pl() + window.kw(), window.iw());
  }

  @Override
  public long divisor(long oh, long ow) {
    if (divisorOverride.isPresent()) {
      return divisorOverride.getAsLong();
    }
    if (!countIncludePad) {
      return (rowEnd(oh) - rowBegin(oh)) * (columnEnd(ow) - columnBegin(ow));
    }
    Pool2dGeometry w = window;
    long h0 = oh * w.sh() - w.pt();
    long w0 = ow * w.sw() - w.pl();
    long h1 = Math.min(h0 + w.kh(), w.ih() + w.pb());
    long w1 = Math.min(w0 + w.kw(), w.iw() + w.pr());
    return (h1 - h0) * (w1 - w0);
  }

  /** The components in the order of conv4j.h: those of the window, 0 or 1, the divisor or 0. */
  public long[] toArray() {
    long[] extents = window.toArray();
    long[] all = Arrays.copyOf(extents, extents.length + 2);
    all[extents.length] = countIncludePad ? 1 : 0;
    all[extents.length + 1] = divisorOverride.orElse(0);
    return all;
  }
}
