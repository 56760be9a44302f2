package io.github.conv4j.nn;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Accuracy;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.kernel.PlanOptions;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * A two-dimensional convolution (cross-correlation: the kernel is not flipped) with learned
 * weights.
 *
 * <pre>
 *   dst[n,oc,oh,ow] = bias[oc] + sum over ic in the group, kh, kw of
 *                     weight[oc,ic,kh,kw] * src[n, group*IC/G+ic, oh*SH-PT+kh*DH, ow*SW-PL+kw*DW]
 * </pre>
 *
 * <p>src [N, IC, IH, IW], weight [OC, IC/G, KH, KW], bias [OC], dst [N, OC, OH, OW], OH = (IH + PT
 * + PB - DH*(KH-1) - 1) / SH + 1 rounded down, OW alike. Outside the image lie zeros, or what
 * {@link PaddingMode} says. See {@link Conv2dForward} for NaN and infinity.
 *
 * <pre>{@code
 * Conv2d conv = Conv2d.builder(3, 64, 3).padding(1).relu(true).build();
 * conv.eval();
 * Tensor dst = conv.forward(src);
 * }</pre>
 */
public final class Conv2d extends ConvolutionLayer {
  private final Window window;
  private final Padding padding;
  private final PaddingMode paddingMode;
  private final long outChannels;
  private final long groups;
  private final boolean withBias;
  private final boolean relu;
  private final Long seed;
  private final PlanOptions options;

  /** Whether src is [N, C, L] or [C, L] and the kernel one row: the inside of a Conv1d. */
  private final boolean line;

  private final ShapeCache<ConvolutionPlans> plans;

  /** Null while the input channels are not known. */
  private volatile ConvolutionParameters learned;

  private volatile boolean closed;

  private Conv2d(Builder settings, boolean line) {
    super(settings.kernels(), settings.relu);
    this.window = settings.window();
    this.padding = settings.padding;
    this.paddingMode = settings.paddingMode;
    this.outChannels = settings.outChannels;
    this.groups = settings.groups;
    this.withBias = settings.bias;
    this.relu = settings.relu;
    this.seed = settings.seed;
    this.line = line;
    padding.requireStride(window.sh(), window.sw());
    // An image just as large as the kernel: its checks are the settings' checks. Any multiple of
    // the groups will do for channels that are not known yet.
    long channels = settings.lazy ? Math.max(1, groups) : settings.inChannels;
    Conv2dGeometry smallest = geometry(1, channels, window.reachHeight(), window.reachWidth());
    if (!settings.lazy) {
      learned = parameters(smallest);
    }
    this.options = PlanOptions.DEFAULT.withAccuracy(settings.accuracy).withPaddingMode(paddingMode);
    this.plans =
        new ShapeCache<>(
            (src, format) -> plans(backend(), geometry(src), options.withMemoryFormat(format)),
            ConvolutionPlans::close);
  }

  private ConvolutionParameters parameters(Conv2dGeometry geometry) {
    return new ConvolutionParameters(geometry.weightsShape(), outChannels, withBias, seed);
  }

  private ConvolutionPlans plans(Kernels kernels, Conv2dGeometry geometry, PlanOptions options) {
    return new ConvolutionPlans(
        kernels.conv2dForward(geometry, options.withRelu(relu)),
        () -> kernels.conv2dBackwardData(geometry, options),
        () -> kernels.conv2dBackwardWeights(geometry, options));
  }

  /**
   * Starts a convolution with a square kernel.
   *
   * @param inChannels channels of src
   * @param outChannels channels of dst
   * @param kernelSize taps in each direction
   */
  public static Builder builder(long inChannels, long outChannels, long kernelSize) {
    return new Builder(false, inChannels, outChannels, kernelSize, kernelSize);
  }

  /**
   * Starts a convolution with a rectangular kernel.
   *
   * @param inChannels channels of src
   * @param outChannels channels of dst
   * @param kernelHeight taps downwards
   * @param kernelWidth taps to the right
   */
  public static Builder builder(
      long inChannels, long outChannels, long kernelHeight, long kernelWidth) {
    return new Builder(false, inChannels, outChannels, kernelHeight, kernelWidth);
  }

  /**
   * Starts a convolution with a square kernel that learns the channels of src from its first
   * forward pass: it has no parameters before.
   *
   * @param outChannels channels of dst
   * @param kernelSize taps in each direction
   */
  public static Builder lazyBuilder(long outChannels, long kernelSize) {
    return new Builder(true, 0, outChannels, kernelSize, kernelSize);
  }

  /**
   * Starts a depthwise convolution with a square kernel: as many groups as channels, so that each
   * channel of src gives {@code multiplier} channels of dst.
   *
   * @param channels of src
   * @param multiplier channels of dst for each of src
   * @param kernelSize taps in each direction
   */
  public static Builder depthwiseBuilder(long channels, long multiplier, long kernelSize) {
    return builder(channels, Math.multiplyExact(channels, multiplier), kernelSize).groups(channels);
  }

  @Override
  public void forward(Tensor src, Tensor dst) {
    ConvolutionPlans ready = plans.get(src);
    if (learned == null) {
      learn(src.shape());
    }
    forward(ready, src, dst);
  }

  /** Two first passes at a time: one of them decides, the other has to suit. */
  private synchronized void learn(Shape src) {
    if (closed) {
      throw new IllegalStateException("the layer is closed");
    }
    Conv2dGeometry geometry = geometry(src);
    if (learned == null) {
      learned = parameters(geometry);
    }
  }

  @Override
  ConvolutionParameters learned() {
    ConvolutionParameters known = learned;
    if (known == null) {
      throw new IllegalStateException(
          "the layer has no parameters yet: it learns its input channels from the first forward "
              + "pass, so call forward once before");
    }
    return known;
  }

  @Override
  void forEachPlans(Consumer<ConvolutionPlans> action) {
    plans.forEach(action);
  }

  @Override
  void forgetPlans() {
    plans.clear();
  }

  @Override
  public Conv2d kernels(Kernels backend) {
    super.kernels(backend);
    return this;
  }

  @Override
  public Shape outputShape(Shape src) {
    Conv2dGeometry geometry = geometry(src);
    if (line) {
      return src.rank() == 2
          ? Shape.of(geometry.oc(), geometry.ow())
          : Shape.of(geometry.n(), geometry.oc(), geometry.ow());
    }
    return imageShape(src, geometry.dstShape());
  }

  /**
   * The extents for a given shape of src, with the padding that it calls for.
   *
   * @throws IllegalArgumentException if src is not [N, IC, IH, IW] or [IC, IH, IW], smaller than
   *     the kernel, or too small for the padding mode
   */
  public Conv2dGeometry geometry(Shape src) {
    int axes = line ? 2 : 3;
    int first = src.rank() - axes;
    if (first != 0 && first != 1) {
      throw new IllegalArgumentException(
          "src has shape "
              + src
              + "; it must be "
              + (line ? "[N, C, L] or [C, L]" : "[N, C, H, W] or [C, H, W]"));
    }
    long channels = src.dim(first);
    ConvolutionParameters known = learned;
    long expected = known == null ? channels : known.weight.shape().dim(1) * groups;
    if (channels != expected) {
      throw new IllegalArgumentException(
          "src has shape " + src + " with " + channels + " channels; the layer takes " + expected);
    }
    long height = line ? 1 : src.dim(first + 1);
    Conv2dGeometry geometry =
        geometry(first == 0 ? 1 : src.dim(0), channels, height, src.dim(src.rank() - 1));
    paddingMode.requireFits(geometry);
    return geometry;
  }

  private Conv2dGeometry geometry(long n, long ic, long ih, long iw) {
    Window w = padding.resolve(window, ih, iw);
    return new Conv2dGeometry(
        n,
        ic,
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
        w.dh(),
        w.dw(),
        groups);
  }

  /** The forward plan of this layer's settings for weights of another's, see FoldedConv2d. */
  Conv2dForward inferencePlan(Shape src, MemoryFormat format, boolean withRelu) {
    return backend()
        .conv2dForward(geometry(src), options.withRelu(withRelu).withMemoryFormat(format));
  }

  /** Whether the result ends in max(x, 0). */
  boolean endsInRelu() {
    return relu;
  }

  @Override
  public long multiplyAdds(Shape src) {
    return (long) geometry(src).multiplyAdds();
  }

  @Override
  public ReceptiveField receptiveField(ReceptiveField src) {
    return src.through(window);
  }

  @Override
  public Conv2d train() {
    super.train();
    return this;
  }

  @Override
  public Conv2d eval() {
    super.eval();
    return this;
  }

  @Override
  public synchronized void close() {
    closed = true;
    plans.clear();
    if (learned != null) {
      learned.close();
    }
  }

  @Override
  public String toString() {
    return String.format(
        "%s(%s, %d, %s%s, groups=%d, bias=%b, relu=%b%s)",
        line ? "Conv1d" : "Conv2d",
        learned == null ? "lazy" : learned.weight.shape().dim(1) * groups,
        outChannels,
        window.describe(padding),
        paddingMode == PaddingMode.ZEROS ? "" : ", paddingMode=" + paddingMode.label(),
        groups,
        withBias,
        relu,
        options.accuracy() == Accuracy.STRICT ? ", accuracy=strict" : "");
  }

  /** The settings of a convolution; defaults are stride 1, no padding, dense, one group, a bias. */
  public static final class Builder extends WindowBuilder<Builder> {
    private final boolean lazy;
    private final long inChannels;
    private final long outChannels;
    private Padding padding = Padding.GIVEN;
    private PaddingMode paddingMode = PaddingMode.ZEROS;
    private long groups = 1;
    private boolean bias = true;
    private boolean relu;
    private Accuracy accuracy = Accuracy.DEFAULT;
    private Long seed;

    private Builder(
        boolean lazy, long inChannels, long outChannels, long kernelHeight, long kernelWidth) {
      super(kernelHeight, kernelWidth, 1, 1);
      this.lazy = lazy;
      this.inChannels = inChannels;
      this.outChannels = outChannels;
    }

    @Override
    Builder self() {
      return this;
    }

    @Override
    public Builder padding(long top, long left, long bottom, long right) {
      padding = Padding.GIVEN;
      return super.padding(top, left, bottom, right);
    }

    /**
     * Padding that keeps the size of the image, for stride 1: dilation*(kernelSize-1) pixels in
     * each direction, the smaller half top and left.
     */
    public Builder paddingSame() {
      padding = Padding.SAME;
      return this;
    }

    /** No padding, as by default. */
    public Builder paddingValid() {
      return padding(0);
    }

    /**
     * ONNX's SAME_UPPER: as much padding as makes the output the input divided by the stride,
     * rounded up, whatever the image; an odd pixel goes to the bottom and right.
     */
    public Builder paddingSameUpper() {
      padding = Padding.SAME_UPPER;
      return this;
    }

    /** ONNX's SAME_LOWER: {@link #paddingSameUpper} with an odd pixel at the top and left. */
    public Builder paddingSameLower() {
      padding = Padding.SAME_LOWER;
      return this;
    }

    /** What lies outside the image; zeros unless set. */
    public Builder paddingMode(PaddingMode mode) {
      paddingMode = Objects.requireNonNull(mode, "paddingMode");
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

    /** Whether the result ends in max(x, 0), in the same pass. */
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
     * Makes the initial weights and bias, uniform in ±1/sqrt(fan_in), fan_in = IC/G*KH*KW, the same
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
    public Conv2d build() {
      return new Conv2d(this, false);
    }

    /** The inside of a Conv1d. */
    Conv2d buildLine() {
      return new Conv2d(this, true);
    }
  }
}
