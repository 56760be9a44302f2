package io.github.conv4j.nn;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.Pool2dGeometry;

/**
 * The smallest value of each window: the max pooling of the negated input, negated.
 *
 * <pre>
 *   dst[n,c,oh,ow] = min over kh, kw of src[n, c, oh*SH-PT+kh*DH, ow*SW-PL+kw*DW]
 * </pre>
 *
 * <p>src [N, C, IH, IW], dst [N, C, OH, OW], extents as in {@link Pool2dGeometry}. Padding is never
 * chosen; the first of equal values is; NaN wins over everything, the last one over the others; a
 * window with no tap inside the image gives +infinity; see {@link MaxPool2dForward}.
 */
public final class MinPool2d extends Pooling<MinPool2d> {
  private final Window window;
  private final boolean ceilMode;

  private MinPool2d(Window window, boolean ceilMode, Kernels kernels) {
    super(
        kernels,
        (backend, src, format) ->
            new ExtremeStep(backend, geometry(window, ceilMode, src), format, true));
    this.window = window;
    this.ceilMode = ceilMode;
    // The extents for an image just as large as the window check every setting.
    geometry(window, ceilMode, Shape.of(1, window.reachHeight(), window.reachWidth()));
  }

  /** Starts a min pooling with a square window, whose stride is the window unless set. */
  public static Builder builder(long kernelSize) {
    return new Builder(kernelSize, kernelSize);
  }

  /** Starts a min pooling with a rectangular window, whose stride is the window unless set. */
  public static Builder builder(long kernelHeight, long kernelWidth) {
    return new Builder(kernelHeight, kernelWidth);
  }

  /**
   * The smallest values and their indices, in either mode; no backward pass follows.
   *
   * @param src [N, C, IH, IW], not modified
   */
  public MaxPool2d.Result forwardWithIndices(Tensor src) {
    return indexed(
        outputShape(src.shape()),
        src.memoryFormat(),
        (dst, at) -> forwardWithIndices(src, dst, at));
  }

  /**
   * The smallest values and their indices in tensors of the caller's, in either mode; no backward
   * pass follows.
   *
   * @param src [N, C, IH, IW], not modified
   * @param dst [N, C, OH, OW], overwritten
   * @param indices the shape and format of dst, overwritten
   */
  public void forwardWithIndices(Tensor src, Tensor dst, LongTensor indices) {
    ((ExtremeStep) step(src)).withIndices(src, dst, indices);
  }

  @Override
  public Shape outputShape(Shape src) {
    Pool2dGeometry geometry = geometry(src);
    return resized(src, geometry.oh(), geometry.ow());
  }

  /**
   * The extents for a given shape of src.
   *
   * @throws IllegalArgumentException if src is not [N, C, IH, IW] or [C, IH, IW], or too small
   */
  public Pool2dGeometry geometry(Shape src) {
    return geometry(window, ceilMode, src);
  }

  private static Pool2dGeometry geometry(Window window, boolean ceilMode, Shape src) {
    return window.pooling(image(src), ceilMode);
  }

  @Override
  MinPool2d self() {
    return this;
  }

  @Override
  public ReceptiveField receptiveField(ReceptiveField src) {
    return src.through(window);
  }

  /** The settings in one line. */
  @Override
  public String toString() {
    return "MinPool2d(" + window + ", ceilMode=" + ceilMode + ")";
  }

  /** The settings of a pooling; defaults are stride = window, no padding, dense, rounding down. */
  public static final class Builder extends WindowBuilder<Builder> {
    private boolean ceilMode;

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

    /**
     * Makes the layer.
     *
     * @throws IllegalArgumentException naming the setting that is wrong, its value and the value
     *     required
     */
    public MinPool2d build() {
      return new MinPool2d(window(), ceilMode, kernels());
    }
  }
}
