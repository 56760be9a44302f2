package io.github.conv4j.nn;

import io.github.conv4j.Conv4j;
import io.github.conv4j.Shape;
import io.github.conv4j.kernel.AdaptivePool2dGeometry;
import io.github.conv4j.kernel.Kernels;

/**
 * The averages of windows that share the image out, so that the output has a given height and width
 * whatever the input's are.
 *
 * <pre>
 *   dst[n,c,oh,ow] = mean of src[n, c, ih, iw] over the window,
 *   rows floor(oh*IH/OH) to ceil((oh+1)*IH/OH), the end exclusive; columns alike
 * </pre>
 *
 * <p>src [N, C, IH, IW], dst [N, C, OH, OW]. NaN and infinities propagate as in the sum. An output
 * of 1 x 1 is global average pooling, see {@link #global()}.
 */
public final class AdaptiveAvgPool2d extends Pooling<AdaptiveAvgPool2d> {
  private final long oh;
  private final long ow;

  /**
   * An adaptive average pooling on the default backend.
   *
   * @throws IllegalArgumentException if an extent is below 1
   */
  public AdaptiveAvgPool2d(long outputHeight, long outputWidth) {
    this(outputHeight, outputWidth, Conv4j.kernels());
  }

  /**
   * An adaptive average pooling.
   *
   * @param outputHeight OH, at least 1
   * @param outputWidth OW, at least 1
   * @param kernels the backend
   * @throws IllegalArgumentException if an extent is below 1
   */
  public AdaptiveAvgPool2d(long outputHeight, long outputWidth, Kernels kernels) {
    super(
        kernels,
        (backend, src, format) ->
            new AverageStep(
                backend, AdaptiveMaxPool2d.geometry(src, outputHeight, outputWidth), format));
    this.oh = outputHeight;
    this.ow = outputWidth;
    geometry(Shape.of(1, 1, 1));
  }

  /** Global average pooling: the mean of each plane. */
  public static AdaptiveAvgPool2d global() {
    return new AdaptiveAvgPool2d(1, 1);
  }

  @Override
  public Shape outputShape(Shape src) {
    return resized(src, geometry(src).oh(), ow);
  }

  /**
   * The extents for a given shape of src.
   *
   * @throws IllegalArgumentException if src is not [N, C, IH, IW] or [C, IH, IW]
   */
  public AdaptivePool2dGeometry geometry(Shape src) {
    return AdaptiveMaxPool2d.geometry(src, oh, ow);
  }

  @Override
  AdaptiveAvgPool2d self() {
    return this;
  }

  @Override
  public ReceptiveField receptiveField(ReceptiveField src) {
    return ReceptiveField.WHOLE;
  }

  /** The settings in one line. */
  @Override
  public String toString() {
    return "AdaptiveAvgPool2d(outputSize=" + oh + "x" + ow + ")";
  }
}
