package io.github.conv4j.nn;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Accuracy;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PlanOptions;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;

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
 * + PB - DH*(KH-1) - 1) / SH + 1 rounded down, OW alike. See {@link Conv2dForward} for padding, NaN
 * and infinity.
 *
 * <pre>{@code
 * Conv2d conv = Conv2d.builder(3, 64, 3).padding(1).relu(true).build();
 * conv.eval();
 * Tensor dst = conv.forward(src);
 * }</pre>
 */
public final class Conv2d implements Layer {
  private final Kernels kernels;
  private final Window window;

  /** The extents for an image just as large as the kernel; its checks are the settings' checks. */
  private final Conv2dGeometry smallest;

  private final boolean relu;
  private final PlanOptions options;
  private final Tensor weight;
  private final Tensor weightGradient;
  private final Tensor bias;
  private final Tensor biasGradient;
  private final List<Parameter> parameters;
  private final ShapeCache<Conv2dPlans> plans;
  private boolean training = true;

  /** The last forward pass in training mode. */
  private Conv2dPlans lastPlans;

  private Tensor lastSrc;
  private Tensor lastDst;

  /** Where gradients are computed before they are added; made by the first backward pass. */
  private Tensor weightScratch;

  private Tensor biasScratch;

  private Conv2d(Builder settings) {
    this.kernels = settings.kernels();
    this.window = settings.window();
    this.relu = settings.relu;
    this.smallest =
        geometry(
            settings.inChannels,
            settings.outChannels,
            settings.groups,
            1,
            window.reachHeight(),
            window.reachWidth());
    Shape shape = smallest.weightsShape();
    float bound = (float) (1 / Math.sqrt((double) shape.elements() / settings.outChannels));
    SplittableRandom random =
        settings.seed == null ? new SplittableRandom() : new SplittableRandom(settings.seed);
    this.weight = Tensor.uniform(random, -bound, bound, shape.toArray());
    this.weightGradient = Tensor.zeros(shape);
    this.bias = settings.bias ? Tensor.uniform(random, -bound, bound, settings.outChannels) : null;
    this.biasGradient = settings.bias ? Tensor.zeros(settings.outChannels) : null;
    Parameter weights = new Parameter("weight", weight, weightGradient);
    this.parameters =
        bias == null
            ? List.of(weights)
            : List.of(weights, new Parameter("bias", bias, biasGradient));
    this.options = PlanOptions.DEFAULT.withAccuracy(settings.accuracy);
    this.plans =
        new ShapeCache<>(
            src -> new Conv2dPlans(kernels, geometry(src), options, relu), Conv2dPlans::close);
  }

  /**
   * Starts a convolution with a square kernel.
   *
   * @param inChannels channels of src
   * @param outChannels channels of dst
   * @param kernelSize taps in each direction
   */
  public static Builder builder(long inChannels, long outChannels, long kernelSize) {
    return new Builder(inChannels, outChannels, kernelSize, kernelSize);
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
    return new Builder(inChannels, outChannels, kernelHeight, kernelWidth);
  }

  /** The weights [OC, IC/G, KH, KW]; may be written, see {@link #eval}. */
  public Tensor weight() {
    return weight;
  }

  /** The bias [OC]; null without one. */
  public Tensor bias() {
    return bias;
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
    Conv2dPlans plan = plans.get(src.shape());
    if (!training) {
      plan.forward.run(src, plan.prepared(weight), bias, dst);
      return;
    }
    lastPlans = null;
    plan.forward.run(src, plan.preparedAgain(weight), bias, dst);
    lastPlans = plan;
    lastSrc = src;
    lastDst = dst;
  }

  @Override
  public Tensor backward(Tensor diffDst) {
    requireForward();
    Tensor diffSrc = Tensor.empty(lastSrc.shape());
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
    Conv2dPlans plan = lastPlans;
    Tensor diff = diffDst;
    if (relu) {
      diff = plan.maskedDiff(lastDst.shape());
      kernels.reluBackward(lastDst, diffDst, diff);
    }
    if (weightScratch == null) {
      weightScratch = Tensor.empty(weight.shape());
      biasScratch = bias == null ? null : Tensor.empty(bias.shape());
    }
    plan.backwardWeights().run(lastSrc, diff, weightScratch, biasScratch);
    if (diffSrc != null) {
      plan.backwardData().run(diff, plan.preparedForBackward(weight), diffSrc);
    }
    kernels.axpy(1, weightScratch, weightGradient);
    if (bias != null) {
      kernels.axpy(1, biasScratch, biasGradient);
    }
  }

  @Override
  public Shape outputShape(Shape src) {
    Conv2dGeometry geometry = geometry(src);
    return src.rank() == 3
        ? Shape.of(geometry.oc(), geometry.oh(), geometry.ow())
        : geometry.dstShape();
  }

  /**
   * The extents for a given shape of src.
   *
   * @throws IllegalArgumentException if src is not [N, IC, IH, IW] or [IC, IH, IW], or smaller than
   *     the kernel
   */
  public Conv2dGeometry geometry(Shape src) {
    if (src.rank() != 3 && src.rank() != 4) {
      throw new IllegalArgumentException(
          "src has shape " + src + "; it must be [N, C, H, W] or [C, H, W]");
    }
    int first = src.rank() - 3;
    if (src.dim(first) != smallest.ic()) {
      throw new IllegalArgumentException(
          "src has shape "
              + src
              + " with "
              + src.dim(first)
              + " channels; the layer takes "
              + smallest.ic());
    }
    return geometry(
        smallest.ic(),
        smallest.oc(),
        smallest.g(),
        first == 0 ? 1 : src.dim(0),
        src.dim(first + 1),
        src.dim(first + 2));
  }

  private Conv2dGeometry geometry(long ic, long oc, long groups, long n, long ih, long iw) {
    Window w = window;
    return new Conv2dGeometry(
        n, ic, ih, iw, oc, w.kh(), w.kw(), w.sh(), w.sw(), w.pt(), w.pl(), w.pb(), w.pr(), w.dh(),
        w.dw(), groups);
  }

  /** The forward plan of this layer's settings for weights of another's, see FoldedConv2d. */
  Conv2dForward inferencePlan(Shape src, boolean withRelu) {
    return kernels.conv2dForward(geometry(src), options.withRelu(withRelu));
  }

  /** Whether the result ends in max(x, 0). */
  boolean endsInRelu() {
    return relu;
  }

  @Override
  public List<Parameter> parameters() {
    return parameters;
  }

  @Override
  public Conv2d train() {
    training = true;
    return this;
  }

  /**
   * Switches to inference and returns this layer. The weights are prepared at the next forward pass
   * of each shape and kept: later writes to them are seen after the next {@code eval()}. The bias
   * is read at every pass.
   */
  @Override
  public Conv2d eval() {
    training = false;
    lastPlans = null;
    lastSrc = null;
    lastDst = null;
    plans.forEach(Conv2dPlans::forgetWeights);
    return this;
  }

  @Override
  public boolean isTraining() {
    return training;
  }

  @Override
  public void close() {
    plans.clear();
    for (Parameter parameter : parameters) {
      parameter.value().close();
      parameter.gradient().close();
    }
    if (weightScratch != null) {
      weightScratch.close();
    }
    if (biasScratch != null) {
      biasScratch.close();
    }
  }

  @Override
  public String toString() {
    return String.format(
        "Conv2d(%d, %d, %s, groups=%d, bias=%b, relu=%b)",
        smallest.ic(), smallest.oc(), window, smallest.g(), bias != null, relu);
  }

  private void requireForward() {
    if (lastPlans == null) {
      throw new IllegalStateException("backward needs a forward pass in training mode before it");
    }
  }

  /** The settings of a convolution; defaults are stride 1, no padding, dense, one group, a bias. */
  public static final class Builder extends WindowBuilder<Builder> {
    private final long inChannels;
    private final long outChannels;
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
      return new Conv2d(this);
    }
  }
}
