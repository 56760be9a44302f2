package io.github.conv4j.nn;

import io.github.conv4j.Conv4j;
import io.github.conv4j.LongTensor;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.AdaptiveMaxPool2dForward;
import io.github.conv4j.kernel.AdaptivePool2dGeometry;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PlanOptions;

/**
 * The largest values of windows that share the image out, so that the output has a given height and
 * width whatever the input's are.
 *
 * <pre>
 *   dst[n,c,oh,ow] = max of src[n, c, ih, iw] over the window,
 *   rows floor(oh*IH/OH) to ceil((oh+1)*IH/OH), the end exclusive; columns alike
 * </pre>
 *
 * <p>src [N, C, IH, IW], dst [N, C, OH, OW]. The first of equal values is chosen; NaN wins over
 * everything, the last one over the others; see {@link AdaptiveMaxPool2dForward}. An output of 1 x
 * 1 is global max pooling, see {@link #global()}.
 */
public final class AdaptiveMaxPool2d extends Pooling<AdaptiveMaxPool2d> {
  private final long oh;
  private final long ow;

  /**
   * An adaptive max pooling on the default backend.
   *
   * @throws IllegalArgumentException if an extent is below 1
   */
  public AdaptiveMaxPool2d(long outputHeight, long outputWidth) {
    this(outputHeight, outputWidth, Conv4j.kernels());
  }

  /**
   * An adaptive max pooling.
   *
   * @param outputHeight OH, at least 1
   * @param outputWidth OW, at least 1
   * @param kernels the backend
   * @throws IllegalArgumentException if an extent is below 1
   */
  public AdaptiveMaxPool2d(long outputHeight, long outputWidth, Kernels kernels) {
    super(
        kernels,
        (backend, src, format) ->
            new Indexed(backend, src, geometry(src, outputHeight, outputWidth), format));
    this.oh = outputHeight;
    this.ow = outputWidth;
    geometry(Shape.of(1, 1, 1));
  }

  /** Global max pooling: the largest value of each plane. */
  public static AdaptiveMaxPool2d global() {
    return new AdaptiveMaxPool2d(1, 1);
  }

  /**
   * The largest values and their indices h*IW + w within their planes, in either mode; no backward
   * pass follows.
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
   * The largest values and their indices in tensors of the caller's, in either mode; no backward
   * pass follows.
   *
   * @param src [N, C, IH, IW], not modified
   * @param dst [N, C, OH, OW], overwritten
   * @param indices the shape and format of dst, overwritten
   */
  public void forwardWithIndices(Tensor src, Tensor dst, LongTensor indices) {
    ((Indexed) step(src)).forward.run(src, dst, indices);
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
    return geometry(src, oh, ow);
  }

  static AdaptivePool2dGeometry geometry(Shape src, long oh, long ow) {
    long[] image = image(src);
    return new AdaptivePool2dGeometry(image[0], image[1], image[2], image[3], oh, ow);
  }

  @Override
  AdaptiveMaxPool2d self() {
    return this;
  }

  @Override
  public ReceptiveField receptiveField(ReceptiveField src) {
    return ReceptiveField.WHOLE;
  }

  /** The settings in one line. */
  @Override
  public String toString() {
    return "AdaptiveMaxPool2d(outputSize=" + oh + "x" + ow + ")";
  }

  /** The plan for one shape of src, and the indices of the last forward pass. */
  private static final class Indexed implements Step {
    final AdaptiveMaxPool2dForward forward;
    private final Kernels kernels;
    private final Shape dstShape;
    private final MemoryFormat format;
    private LongTensor indices;

    Indexed(Kernels kernels, Shape src, AdaptivePool2dGeometry geometry, MemoryFormat format) {
      this.format = format;
      this.kernels = kernels;
      this.dstShape = resized(src, geometry.oh(), geometry.ow());
      this.forward =
          kernels.adaptiveMaxPool2dForward(geometry, PlanOptions.DEFAULT.withMemoryFormat(format));
    }

    @Override
    public void forward(Tensor src, Tensor dst, boolean remember) {
      if (remember && indices == null) {
        indices = LongTensor.zeros(dstShape, format);
      }
      forward.run(src, dst, remember ? indices : null);
    }

    @Override
    public void backward(Tensor diffDst, Tensor diffSrc) {
      kernels.adaptiveMaxPool2dBackward(diffDst, indices, diffSrc);
    }

    @Override
    public void close() {
      if (indices != null) {
        indices.close();
      }
    }
  }
}
