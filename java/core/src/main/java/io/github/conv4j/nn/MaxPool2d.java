package io.github.conv4j.nn;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.MaxPool2dBackward;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.MaxPoolOffsets;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.util.List;

/**
 * The largest value of each window.
 *
 * <pre>
 *   dst[n,c,oh,ow] = max over kh, kw of src[n, c, oh*SH-PT+kh*DH, ow*SW-PL+kw*DW]
 * </pre>
 *
 * <p>src [N, C, IH, IW], dst [N, C, OH, OW], extents as in {@link Pool2dGeometry}. Padding is never
 * chosen; the first of equal values is; NaN wins over everything, the last one over the others; see
 * {@link MaxPool2dForward}.
 */
public final class MaxPool2d implements Layer {
  private final Kernels kernels;
  private final Window window;
  private final boolean ceilMode;
  private final ShapeCache<Plans> plans;
  private boolean training = true;
  private volatile boolean closed;

  /** The last forward pass in training mode. */
  private Plans lastPlans;

  private Shape lastSrcShape;

  private MaxPool2d(Builder settings) {
    this.kernels = settings.kernels();
    this.window = settings.window();
    this.ceilMode = settings.ceilMode;
    // The extents for an image just as large as the window check every setting.
    geometry(1, 1, window.reachHeight(), window.reachWidth());
    this.plans = new ShapeCache<>(src -> new Plans(geometry(src)), Plans::close);
  }

  /** Starts a max pooling with a square window, whose stride is the window unless set. */
  public static Builder builder(long kernelSize) {
    return new Builder(kernelSize, kernelSize);
  }

  /** Starts a max pooling with a rectangular window, whose stride is the window unless set. */
  public static Builder builder(long kernelHeight, long kernelWidth) {
    return new Builder(kernelHeight, kernelWidth);
  }

  /**
   * The largest values and where they stood.
   *
   * @param values [N, C, OH, OW]
   * @param indices [N, C, OH, OW]: h*IW + w within the (n, c) plane, -1 for a window with no tap
   *     inside the image
   */
  public record Result(Tensor values, LongTensor indices) implements AutoCloseable {
    @Override
    public void close() {
      values.close();
      indices.close();
    }
  }

  @Override
  public Tensor forward(Tensor src) {
    Tensor dst = Tensor.empty(outputShape(src.shape()));
    try {
      forward(src, dst);
      return dst;
    } catch (RuntimeException | Error e) {
      dst.close();
      throw e;
    }
  }

  @Override
  public void forward(Tensor src, Tensor dst) {
    requireOpen();
    Plans plan = plans.get(src.shape());
    if (!training) {
      plan.forward.run(src, dst, null);
      return;
    }
    lastPlans = null;
    plan.forward.run(src, dst, plan.offsets());
    lastPlans = plan;
    lastSrcShape = src.shape();
  }

  /**
   * The largest values and their indices, in either mode; no backward pass follows.
   *
   * @param src [N, C, IH, IW], not modified
   */
  public Result forwardWithIndices(Tensor src) {
    requireOpen();
    Plans plan = plans.get(src.shape());
    Shape shape = outputShape(src.shape());
    Tensor values = Tensor.empty(shape);
    LongTensor indices = null;
    try (MaxPoolOffsets offsets = plan.forward.newOffsets()) {
      plan.forward.run(src, values, offsets);
      indices = LongTensor.zeros(shape);
      offsets.toIndices(indices);
      return new Result(values, indices);
    } catch (RuntimeException | Error e) {
      values.close();
      if (indices != null) {
        indices.close();
      }
      throw e;
    }
  }

  @Override
  public Tensor backward(Tensor diffDst) {
    requireForward();
    Tensor diffSrc = Tensor.empty(lastSrcShape);
    try {
      backward(diffDst, diffSrc);
      return diffSrc;
    } catch (RuntimeException | Error e) {
      diffSrc.close();
      throw e;
    }
  }

  @Override
  public void backward(Tensor diffDst, Tensor diffSrc) {
    requireForward();
    if (diffSrc != null) {
      lastPlans.backward().run(diffDst, lastPlans.offsets(), diffSrc);
    }
  }

  @Override
  public Shape outputShape(Shape src) {
    Pool2dGeometry geometry = geometry(src);
    return src.rank() == 3
        ? Shape.of(geometry.c(), geometry.oh(), geometry.ow())
        : geometry.dstShape();
  }

  /**
   * The extents for a given shape of src.
   *
   * @throws IllegalArgumentException if src is not [N, C, IH, IW] or [C, IH, IW], or too small
   */
  public Pool2dGeometry geometry(Shape src) {
    if (src.rank() != 3 && src.rank() != 4) {
      throw new IllegalArgumentException(
          "src has shape " + src + "; it must be [N, C, H, W] or [C, H, W]");
    }
    int first = src.rank() - 3;
    return geometry(
        first == 0 ? 1 : src.dim(0), src.dim(first), src.dim(first + 1), src.dim(first + 2));
  }

  private Pool2dGeometry geometry(long n, long c, long ih, long iw) {
    Window w = window;
    return new Pool2dGeometry(
        n, c, ih, iw, w.kh(), w.kw(), w.sh(), w.sw(), w.pt(), w.pl(), w.pb(), w.pr(), w.dh(),
        w.dw(), ceilMode);
  }

  /** Nothing to learn. */
  @Override
  public List<Parameter> parameters() {
    return List.of();
  }

  @Override
  public MaxPool2d train() {
    training = true;
    return this;
  }

  @Override
  public MaxPool2d eval() {
    training = false;
    lastPlans = null;
    return this;
  }

  @Override
  public boolean isTraining() {
    return training;
  }

  @Override
  public void close() {
    closed = true;
    lastPlans = null;
    plans.clear();
  }

  /** The settings in one line. */
  @Override
  public String toString() {
    return "MaxPool2d(" + window + ", ceilMode=" + ceilMode + ")";
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the layer is closed");
    }
  }

  private void requireForward() {
    requireOpen();
    if (lastPlans == null) {
      throw new IllegalStateException("backward needs a forward pass in training mode before it");
    }
  }

  /** The plans and offsets for one geometry. */
  private final class Plans {
    final Pool2dGeometry geometry;
    final MaxPool2dForward forward;
    private MaxPool2dBackward backward;
    private MaxPoolOffsets offsets;

    Plans(Pool2dGeometry geometry) {
      this.geometry = geometry;
      this.forward = kernels.maxPool2dForward(geometry, PlanOptions.DEFAULT);
    }

    MaxPool2dBackward backward() {
      if (backward == null) {
        backward = kernels.maxPool2dBackward(geometry, PlanOptions.DEFAULT);
      }
      return backward;
    }

    MaxPoolOffsets offsets() {
      if (offsets == null) {
        offsets = forward.newOffsets();
      }
      return offsets;
    }

    void close() {
      if (offsets != null) {
        offsets.close();
      }
    }
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
    public MaxPool2d build() {
      return new MaxPool2d(this);
    }
  }
}
