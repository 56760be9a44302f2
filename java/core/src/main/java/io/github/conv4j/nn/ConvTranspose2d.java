package io.github.conv4j.nn;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Accuracy;
import io.github.conv4j.kernel.ConvTranspose2dGeometry;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PlanOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * A two-dimensional transposed convolution with learned weights: the gradient of a convolution with
 * regard to its image, and so a way to a larger image.
 *
 * <pre>
 *   dst = bias, then
 *   dst[n, oc, ih*SH-PT+kh*DH, iw*SW-PL+kw*DW] += weight[ic,oc,kh,kw] * src[n,ic,ih,iw]
 * </pre>
 *
 * <p>src [N, IC, IH, IW], weight [IC, OC/G, KH, KW], bias [OC], dst [N, OC, OH, OW], OH = (IH-1)*SH
 * - PT - PB + DH*(KH-1) + OPH + 1, OW alike. Padding takes rows and columns of dst away; output
 * padding OPH, OPW adds some at the bottom and right, since several sizes of dst have the same
 * convolution.
 *
 * <pre>{@code
 * ConvTranspose2d up = ConvTranspose2d.builder(64, 32, 3).stride(2).padding(1).build();
 * Tensor dst = up.forward(src, 56, 56);
 * }</pre>
 */
public final class ConvTranspose2d extends ConvolutionLayer {
  private final Window window;
  private final long inChannels;
  private final long outChannels;
  private final long outputPaddingHeight;
  private final long outputPaddingWidth;
  private final long groups;
  private final boolean relu;
  private final ConvolutionParameters learned;
  private final ShapeCache<Sizes> sizes;

  private ConvTranspose2d(Builder settings) {
    super(settings.kernels(), settings.relu);
    this.window = settings.window();
    this.inChannels = settings.inChannels;
    this.outChannels = settings.outChannels;
    this.outputPaddingHeight = settings.outputPaddingHeight;
    this.outputPaddingWidth = settings.outputPaddingWidth;
    this.groups = settings.groups;
    this.relu = settings.relu;
    PlanOptions options = PlanOptions.DEFAULT.withAccuracy(settings.accuracy);
    this.sizes =
        new ShapeCache<>(
            (src, format) -> new Sizes(backend(), src, options.withMemoryFormat(format)),
            Sizes::close);
    // An image that padding leaves something of: its checks are the settings' checks.
    Shape weights =
        geometry(
                1,
                1 + Math.max(0, window.pt()) + Math.max(0, window.pb()),
                1 + Math.max(0, window.pl()) + Math.max(0, window.pr()),
                outputPaddingHeight,
                outputPaddingWidth)
            .weightsShape();
    this.learned = new ConvolutionParameters(weights, outChannels, settings.bias, settings.seed);
  }

  /**
   * Starts a transposed convolution with a square kernel.
   *
   * @param inChannels channels of src
   * @param outChannels channels of dst
   * @param kernelSize taps in each direction
   */
  public static Builder builder(long inChannels, long outChannels, long kernelSize) {
    return new Builder(inChannels, outChannels, kernelSize, kernelSize);
  }

  /**
   * Starts a transposed convolution with a rectangular kernel.
   *
   * @param inChannels channels of src
   * @param outChannels channels of dst
   * @param kernelHeight taps downwards
   * @param kernelWidth taps to the right
   */
  public static Builder builder(
      long inChannels, long outChannels, long kernelHeight, long kernelWidth) {
    return new Builder(inChannels, outChannels, kernelHeight, kernelWidth);
  }

  /** The plans for one shape of src, one set for each size of dst that was asked for. */
  private final class Sizes {
    private final Kernels kernels;
    private final Shape src;
    private final PlanOptions options;
    private final List<Size> known = new ArrayList<>();

    private record Size(ConvTranspose2dGeometry geometry, ConvolutionPlans plans) {}

    Sizes(Kernels kernels, Shape src, PlanOptions options) {
      this.kernels = kernels;
      this.src = src;
      this.options = options;
    }

    synchronized ConvolutionPlans get(long oph, long opw) {
      for (int i = 0; i < known.size(); i++) {
        ConvTranspose2dGeometry g = known.get(i).geometry;
        if (g.oph() == oph && g.opw() == opw) {
          return known.get(i).plans;
        }
      }
      ConvTranspose2dGeometry geometry = geometry(src, oph, opw);
      ConvolutionPlans plans =
          new ConvolutionPlans(
              kernels.convTranspose2dForward(geometry, options.withRelu(relu)),
              () -> kernels.convTranspose2dBackwardData(geometry, options),
              () -> kernels.convTranspose2dBackwardWeights(geometry, options));
      known.add(new Size(geometry, plans));
      return plans;
    }

    synchronized void forEach(Consumer<ConvolutionPlans> action) {
      known.forEach(size -> action.accept(size.plans));
    }

    void close() {
      forEach(ConvolutionPlans::close);
    }
  }

  @Override
  public void forward(Tensor src, Tensor dst) {
    forward(sizes.get(src).get(outputPaddingHeight, outputPaddingWidth), src, dst);
  }

  /**
   * The result in a size of the caller's choice instead of by output padding, in a new tensor,
   * which the caller closes.
   *
   * @param src not modified; in training mode kept until the backward pass
   * @param outputHeight rows of dst: from what no output padding gives to a stride less 1 more
   * @param outputWidth columns of dst, alike
   * @throws IllegalArgumentException naming the axis, the size and what is possible
   */
  public Tensor forward(Tensor src, long outputHeight, long outputWidth) {
    long oph = addedRows(src.shape(), outputHeight);
    long opw = addedColumns(src.shape(), outputWidth);
    ConvTranspose2dGeometry geometry = geometry(src.shape(), oph, opw);
    Tensor dst = Tensor.empty(imageShape(src.shape(), geometry.dstShape()), src.memoryFormat());
    try {
      forward(sizes.get(src).get(oph, opw), src, dst);
      return dst;
    } catch (RuntimeException | Error e) {
      dst.close();
      throw e;
    }
  }

  /** The same in a tensor of the caller's, overwritten: [N, OC, outputHeight, outputWidth]. */
  public void forward(Tensor src, long outputHeight, long outputWidth, Tensor dst) {
    long oph = addedRows(src.shape(), outputHeight);
    long opw = addedColumns(src.shape(), outputWidth);
    forward(sizes.get(src).get(oph, opw), src, dst);
  }

  /** The output padding at the bottom that gives a height. */
  private long addedRows(Shape src, long height) {
    requireImage(src);
    Window w = window;
    long ih = src.dim(src.rank() - 2);
    return added("height", height, ih, w.reachHeight(), w.sh(), w.pt() + w.pb());
  }

  /** The output padding at the right that gives a width. */
  private long addedColumns(Shape src, long width) {
    Window w = window;
    long iw = src.dim(src.rank() - 1);
    return added("width", width, iw, w.reachWidth(), w.sw(), w.pl() + w.pr());
  }

  private static long added(
      String axis, long wanted, long in, long reach, long stride, long padding) {
    long least = Math.addExact(Math.multiplyExact(in - 1, stride), reach) - padding;
    if (wanted < least || wanted > least + stride - 1) {
      throw new IllegalArgumentException(
          "output "
              + axis
              + " is "
              + wanted
              + "; it must be "
              + least
              + " to "
              + (least + stride - 1)
              + " for an input of "
              + in);
    }
    return wanted - least;
  }

  @Override
  ConvolutionParameters learned() {
    return learned;
  }

  @Override
  void forEachPlans(Consumer<ConvolutionPlans> action) {
    sizes.forEach(known -> known.forEach(action));
  }

  @Override
  void forgetPlans() {
    sizes.clear();
  }

  @Override
  public ConvTranspose2d kernels(Kernels backend) {
    super.kernels(backend);
    return this;
  }

  @Override
  public Shape outputShape(Shape src) {
    return imageShape(src, geometry(src).dstShape());
  }

  /**
   * The extents for a given shape of src and the output padding of the layer.
   *
   * @throws IllegalArgumentException if src is not [N, IC, IH, IW] or [IC, IH, IW], or the padding
   *     leaves nothing of dst
   */
  public ConvTranspose2dGeometry geometry(Shape src) {
    return geometry(src, outputPaddingHeight, outputPaddingWidth);
  }

  private ConvTranspose2dGeometry geometry(Shape src, long oph, long opw) {
    requireImage(src);
    int first = src.rank() - 3;
    return geometry(first == 0 ? 1 : src.dim(0), src.dim(first + 1), src.dim(first + 2), oph, opw);
  }

  private void requireImage(Shape src) {
    if (src.rank() != 3 && src.rank() != 4) {
      throw new IllegalArgumentException(
          "src has shape " + src + "; it must be [N, C, H, W] or [C, H, W]");
    }
    long channels = src.dim(src.rank() - 3);
    if (channels != inChannels) {
      throw new IllegalArgumentException(
          "src has shape "
              + src
              + " with "
              + channels
              + " channels; the layer takes "
              + inChannels);
    }
  }

  private ConvTranspose2dGeometry geometry(long n, long ih, long iw, long oph, long opw) {
    Window w = window;
    return new ConvTranspose2dGeometry(
        n,
        inChannels,
        ih,
        iw,
        outChannels,
        w.kh(),
        w.kw(),
        w.sh(),
        w.sw(),
        w.pt(),
        w.pl(),
        w.pb(),
        w.pr(),
        oph,
        opw,
        w.dh(),
        w.dw(),
        groups);
  }

  @Override
  public long multiplyAdds(Shape src) {
    return (long) geometry(src).multiplyAdds();
  }

  @Override
  public ReceptiveField receptiveField(ReceptiveField src) {
    return src.throughTransposed(window);
  }

  @Override
  public ConvTranspose2d train() {
    super.train();
    return this;
  }

  @Override
  public ConvTranspose2d eval() {
    super.eval();
    return this;
  }

  @Override
  public void close() {
    sizes.clear();
    learned.close();
  }

  @Override
  public String toString() {
    return String.format(
        "ConvTranspose2d(%d, %d, %s, outputPadding=%dx%d, groups=%d, bias=%b, relu=%b)",
        inChannels,
        outChannels,
        window,
        outputPaddingHeight,
        outputPaddingWidth,
        groups,
        learned.bias != null,
        relu);
  }

  /**
   * The settings of a transposed convolution; defaults are stride 1, no padding, no output padding,
   * dense, one group, a bias.
   */
  public static final class Builder extends WindowBuilder<Builder> {
    private final long inChannels;
    private final long outChannels;
    private long outputPaddingHeight;
    private long outputPaddingWidth;
    private long groups = 1;
    private boolean bias = true;
    private boolean relu;
    private Accuracy accuracy = Accuracy.DEFAULT;
    private Long seed;

    private Builder(long inChannels, long outChannels, long kernelHeight, long kernelWidth) {
      super(kernelHeight, kernelWidth, 1, 1);
      this.inChannels = inChannels;
      this.outChannels = outChannels;
    }

    @Override
    Builder self() {
      return this;
    }

    /** Rows and columns added at the bottom and right of dst. */
    public Builder outputPadding(long pixels) {
      return outputPadding(pixels, pixels);
    }

    /**
     * Rows added at the bottom and columns added at the right of dst, each less than the larger of
     * stride and dilation.
     */
    public Builder outputPadding(long height, long width) {
      outputPaddingHeight = height;
      outputPaddingWidth = width;
      return this;
    }

    /** Groups of channels that do not mix; must divide both channel numbers. */
    public Builder groups(long number) {
      groups = number;
      return this;
    }

    /** Whether a learned bias is added; it is by default. */
    public Builder bias(boolean wanted) {
      bias = wanted;
      return this;
    }

    /** Whether the result ends in max(x, 0). */
    public Builder relu(boolean wanted) {
      relu = wanted;
      return this;
    }

    /** Which algorithms may be chosen. */
    public Builder accuracy(Accuracy wanted) {
      accuracy = Objects.requireNonNull(wanted, "accuracy");
      return this;
    }

    /**
     * Makes the initial weights and bias, uniform in ±1/sqrt(fan_in), fan_in = OC/G*KH*KW, the same
     * at every start.
     */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /**
     * Makes the layer.
     *
     * @throws IllegalArgumentException naming the setting that is wrong, its value and the value
     *     required
     */
    public ConvTranspose2d build() {
      return new ConvTranspose2d(this);
    }
  }
}
