package io.github.conv4j.nn;

import io.github.conv4j.kernel.Kernels;

/**
 * The average of each window of a signal.
 *
 * <pre>
 *   dst[n,c,o] = 1/divisor * sum over k of src[n, c, o*S-P+k]
 * </pre>
 *
 * <p>src [N, C, L] or [C, L], dst [N, C, OL] or [C, OL]; extents, divisors and NaN as in {@link
 * AvgPool2d}.
 */
public final class AvgPool1d extends Pool1d<AvgPool1d> {
  private final AvgPool2d images;

  private AvgPool1d(AvgPool2d images) {
    super(images);
    this.images = images;
  }

  /** Starts an average pooling whose stride is the window unless set. */
  public static Builder builder(long kernelSize) {
    return new Builder(kernelSize);
  }

  @Override
  AvgPool1d self() {
    return this;
  }

  /** The settings in one line, those of images of height 1. */
  @Override
  public String toString() {
    return images.toString().replace("AvgPool2d", "AvgPool1d");
  }

  /**
   * The settings of a pooling; defaults are stride = window, no padding, rounding down, padding
   * counted by the divisor.
   */
  public static final class Builder {
    private final AvgPool2d.Builder images;

    private Builder(long kernelSize) {
      images = AvgPool2d.builder(1, kernelSize);
    }

    /** Elements from one window to the next. */
    public Builder stride(long stride) {
      images.stride(1, stride);
      return this;
    }

    /** Padding at both ends, in elements. */
    public Builder padding(long padding) {
      return padding(padding, padding);
    }

    /** Padding before and after the signal, in elements. */
    public Builder padding(long begin, long end) {
      images.padding(0, begin, 0, end);
      return this;
    }

    /** Whether the output extent is rounded up. */
    public Builder ceilMode(boolean wanted) {
      images.ceilMode(wanted);
      return this;
    }

    /** Whether the divisor counts the padding; true unless set. */
    public Builder countIncludePad(boolean wanted) {
      images.countIncludePad(wanted);
      return this;
    }

    /** The divisor of every window, which may be negative but not 0. */
    public Builder divisorOverride(long divisor) {
      images.divisorOverride(divisor);
      return this;
    }

    /** The backend; {@link io.github.conv4j.Conv4j#kernels()} by default. */
    public Builder kernels(Kernels backend) {
      images.kernels(backend);
      return this;
    }

    /**
     * Makes the layer.
     *
     * @throws IllegalArgumentException naming the setting that is wrong (kw, sw, pl, pr: those of
     *     the width), its value and the value required
     */
    public AvgPool1d build() {
      return new AvgPool1d(images.build());
    }
  }
}
