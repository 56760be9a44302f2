package io.github.conv4j.nn;

import io.github.conv4j.Shape;
import io.github.conv4j.kernel.AvgPool2dGeometry;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.util.OptionalLong;

/**
 * The average of each window.
 *
 * <pre>
 *   dst[n,c,oh,ow] = 1/divisor * sum over kh, kw of src[n, c, oh*SH-PT+kh, ow*SW-PL+kw]
 * </pre>
 *
 * <p>src [N, C, IH, IW], dst [N, C, OH, OW], extents as in {@link Pool2dGeometry}, divisors as in
 * {@link AvgPool2dGeometry}. Padding adds nothing to the sum. NaN and infinities propagate as in
 * the sum. There is no dilation.
 */
public final class AvgPool2d extends Pooling<AvgPool2d> {
  /** How the windows divide. */
  private record Settings(
      Window window, boolean ceilMode, boolean countIncludePad, OptionalLong divisorOverride) {
    AvgPool2dGeometry geometry(Shape src) {
      return new AvgPool2dGeometry(
          window.pooling(image(src), ceilMode), countIncludePad, divisorOverride);
    }
  }

  private final Settings settings;

  private AvgPool2d(Settings settings, Kernels kernels) {
    super(
        kernels,
        (backend, src, format) -> new AverageStep(backend, settings.geometry(src), format));
    this.settings = settings;
    // The extents for an image just as large as the window check every setting.
    Window window = settings.window();
    settings.geometry(Shape.of(1, window.reachHeight(), window.reachWidth()));
  }

  /** Starts an average pooling with a square window, whose stride is the window unless set. */
  public static Builder builder(long kernelSize) {
    return new Builder(kernelSize, kernelSize);
  }

  /** Starts an average pooling with a rectangular window, whose stride is the window unless set. */
  public static Builder builder(long kernelHeight, long kernelWidth) {
    return new Builder(kernelHeight, kernelWidth);
  }

  @Override
  public Shape outputShape(Shape src) {
    AvgPool2dGeometry geometry = geometry(src);
    return resized(src, geometry.oh(), geometry.ow());
  }

  /**
   * The extents and divisors for a given shape of src.
   *
   * @throws IllegalArgumentException if src is not [N, C, IH, IW] or [C, IH, IW], or too small
   */
  public AvgPool2dGeometry geometry(Shape src) {
    return settings.geometry(src);
  }

  @Override
  AvgPool2d self() {
    return this;
  }

  @Override
  public ReceptiveField receptiveField(ReceptiveField src) {
    return src.through(settings.window());
  }

  /** The settings in one line. */
  @Override
  public String toString() {
    Window w = settings.window;
    OptionalLong divisor = settings.divisorOverride;
    return String.format(
        "AvgPool2d(kernelSize=%dx%d, stride=%dx%d, padding=%d,%d,%d,%d, ceilMode=%s,"
            + " countIncludePad=%s%s)",
        w.kh(),
        w.kw(),
        w.sh(),
        w.sw(),
        w.pt(),
        w.pl(),
        w.pb(),
        w.pr(),
        settings.ceilMode,
        settings.countIncludePad,
        divisor.isPresent() ? ", divisorOverride=" + divisor.getAsLong() : "");
  }

  /**
   * The settings of a pooling; defaults are stride = window, no padding, rounding down, padding
   * counted by the divisor. A dilation other than 1 is refused.
   */
  public static final class Builder extends WindowBuilder<Builder> {
    private boolean ceilMode;
    private boolean countIncludePad = true;
    private OptionalLong divisorOverride = OptionalLong.empty();

    private Builder(long kernelHeight, long kernelWidth) {
      super(kernelHeight, kernelWidth, kernelHeight, kernelWidth);
    }

    @Override
    Builder self() {
      return this;
    }

    /** Whether the output extent is rounded up. */
    public Builder ceilMode(boolean wanted) {
      ceilMode = wanted;
      return this;
    }

    /** Whether the divisor counts the padding; true unless set. */
    public Builder countIncludePad(boolean wanted) {
      countIncludePad = wanted;
      return this;
    }

    /** The divisor of every window, which may be negative but not 0. */
    public Builder divisorOverride(long divisor) {
      divisorOverride = OptionalLong.of(divisor);
      return this;
    }

    /**
     * Makes the layer.
     *
     * @throws IllegalArgumentException naming the setting that is wrong, its value and the value
     *     required
     */
    public AvgPool2d build() {
      return new AvgPool2d(
          new Settings(window(), ceilMode, countIncludePad, divisorOverride), kernels());
    }
  }
}
