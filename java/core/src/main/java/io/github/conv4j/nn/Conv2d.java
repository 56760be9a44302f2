package io.github.conv4j.nn;

import io.github.conv4j.Conv4j;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Accuracy;
import io.github.conv4j.kernel.Conv2dBackwardData;
import io.github.conv4j.kernel.Conv2dBackwardWeights;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.PreparedWeights;
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
  private final Builder settings;
  private final Kernels kernels;
  private final Tensor weight;
  private final Tensor weightGradient;
  private final Tensor bias;
  private final Tensor biasGradient;
  private final List<Parameter> parameters;
  private final ShapeCache<Plans> plans;
  private boolean training = true;

  /** The last forward pass in training mode. */
  private Plans lastPlans;

  private Tensor lastSrc;
  private Tensor lastDst;

  /** Where gradients are computed before they are added; made by the first backward pass. */
  private Tensor weightScratch;

  private Tensor biasScratch;

  private Conv2d(Builder settings) {
    this.settings = settings;
    this.kernels = settings.kernels == null ? Conv4j.kernels() : settings.kernels;
    Shape shape =
        Shape.of(
            settings.outChannels,
            settings.inChannels / settings.groups,
            settings.kernelHeight,
            settings.kernelWidth);
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
    this.plans = new ShapeCache<>(shapeOfSrc -> new Plans(geometry(shapeOfSrc)), Plans::close);
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
    Plans plan = plans.get(src.shape());
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
    Plans plan = lastPlans;
    Tensor diff = diffDst;
    if (settings.relu) {
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
    Builder s = settings;
    if (src.rank() != 3 && src.rank() != 4) {
      throw new IllegalArgumentException(
          "src has shape " + src + "; it must be [N, C, H, W] or [C, H, W]");
    }
    int first = src.rank() - 3;
    if (src.dim(first) != s.inChannels) {
      throw new IllegalArgumentException(
          "src has shape "
              + src
              + " with "
              + src.dim(first)
              + " channels; the layer takes "
              + s.inChannels);
    }
    return new Conv2dGeometry(
        first == 0 ? 1 : src.dim(0),
        s.inChannels,
        src.dim(first + 1),
        src.dim(first + 2),
        s.outChannels,
        s.kernelHeight,
        s.kernelWidth,
        s.strideHeight,
        s.strideWidth,
        s.paddingTop,
        s.paddingLeft,
        s.paddingBottom,
        s.paddingRight,
        s.dilationHeight,
        s.dilationWidth,
        s.groups);
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
   * of each shape and kept: later writes to them are seen after the next {@code eval()}.
   */
  @Override
  public Conv2d eval() {
    training = false;
    lastPlans = null;
    lastSrc = null;
    lastDst = null;
    plans.forEach(Plans::forgetWeights);
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
    return settings.toString();
  }

  private void requireForward() {
    if (lastPlans == null) {
      throw new IllegalStateException("backward needs a forward pass in training mode before it");
    }
  }

  /** The plans and prepared weights for one geometry. */
  private final class Plans {
    final Conv2dGeometry geometry;
    final Conv2dForward forward;
    private Conv2dBackwardData backwardData;
    private Conv2dBackwardWeights backwardWeights;
    private volatile PreparedWeights prepared;
    private PreparedWeights preparedForBackward;
    private Tensor maskedDiff;

    Plans(Conv2dGeometry geometry) {
      this.geometry = geometry;
      this.forward = kernels.conv2dForward(geometry, settings.options().withRelu(settings.relu));
    }

    Conv2dBackwardData backwardData() {
      if (backwardData == null) {
        backwardData = kernels.conv2dBackwardData(geometry, settings.options());
      }
      return backwardData;
    }

    Conv2dBackwardWeights backwardWeights() {
      if (backwardWeights == null) {
        backwardWeights = kernels.conv2dBackwardWeights(geometry, settings.options());
      }
      return backwardWeights;
    }

    /** The weights as they were at the first call after {@link #forgetWeights}. */
    PreparedWeights prepared(Tensor weights) {
      PreparedWeights ready = prepared;
      if (ready == null) {
        synchronized (this) {
          ready = prepared;
          if (ready == null) {
            ready = forward.prepare(weights);
            prepared = ready;
          }
        }
      }
      return ready;
    }

    /** The weights as they are now. */
    PreparedWeights preparedAgain(Tensor weights) {
      if (prepared == null) {
        prepared = forward.prepare(weights);
      } else {
        forward.prepare(weights, prepared);
      }
      return prepared;
    }

    PreparedWeights preparedForBackward(Tensor weights) {
      if (preparedForBackward == null) {
        preparedForBackward = backwardData().prepare(weights);
      } else {
        backwardData.prepare(weights, preparedForBackward);
      }
      return preparedForBackward;
    }

    Tensor maskedDiff(Shape shape) {
      if (maskedDiff == null) {
        maskedDiff = Tensor.empty(shape);
      }
      return maskedDiff;
    }

    synchronized void forgetWeights() {
      if (prepared != null) {
        prepared.close();
        prepared = null;
      }
    }

    void close() {
      forgetWeights();
      if (preparedForBackward != null) {
        preparedForBackward.close();
      }
      if (maskedDiff != null) {
        maskedDiff.close();
      }
    }
  }

  /** The settings of a convolution; defaults are stride 1, no padding, dense, one group, a bias. */
  public static final class Builder {
    private final long inChannels;
    private final long outChannels;
    private final long kernelHeight;
    private final long kernelWidth;
    private long strideHeight = 1;
    private long strideWidth = 1;
    private long paddingTop;
    private long paddingLeft;
    private long paddingBottom;
    private long paddingRight;
    private long dilationHeight = 1;
    private long dilationWidth = 1;
    private long groups = 1;
    private boolean bias = true;
    private boolean relu;
    private Accuracy accuracy = Accuracy.DEFAULT;
    private Long seed;
    private Kernels kernels;

    private Builder(long inChannels, long outChannels, long kernelHeight, long kernelWidth) {
      this.inChannels = inChannels;
      this.outChannels = outChannels;
      this.kernelHeight = kernelHeight;
      this.kernelWidth = kernelWidth;
    }

    private Builder(Builder other) {
      this(other.inChannels, other.outChannels, other.kernelHeight, other.kernelWidth);
      strideHeight = other.strideHeight;
      strideWidth = other.strideWidth;
      paddingTop = other.paddingTop;
      paddingLeft = other.paddingLeft;
      paddingBottom = other.paddingBottom;
      paddingRight = other.paddingRight;
      dilationHeight = other.dilationHeight;
      dilationWidth = other.dilationWidth;
      groups = other.groups;
      bias = other.bias;
      relu = other.relu;
      accuracy = other.accuracy;
      seed = other.seed;
      kernels = other.kernels;
    }

    /** Pixels from one window to the next, in both directions. */
    public Builder stride(long stride) {
      return stride(stride, stride);
    }

    /** Pixels from one window to the next, downwards and to the right. */
    public Builder stride(long height, long width) {
      strideHeight = height;
      strideWidth = width;
      return this;
    }

    /** Zeros on all four sides. */
    public Builder padding(long padding) {
      return padding(padding, padding, padding, padding);
    }

    /** Zeros above and below, and left and right. */
    public Builder padding(long height, long width) {
      return padding(height, width, height, width);
    }

    /** Zeros on each side. */
    public Builder padding(long top, long left, long bottom, long right) {
      paddingTop = top;
      paddingLeft = left;
      paddingBottom = bottom;
      paddingRight = right;
      return this;
    }

    /** Pixels from one tap to the next, in both directions; 1 is a dense kernel. */
    public Builder dilation(long dilation) {
      return dilation(dilation, dilation);
    }

    /** Pixels from one tap to the next, downwards and to the right. */
    public Builder dilation(long height, long width) {
      dilationHeight = height;
      dilationWidth = width;
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

    /** The backend; {@link Conv4j#kernels()} by default. */
    public Builder kernels(Kernels backend) {
      kernels = Objects.requireNonNull(backend, "kernels");
      return this;
    }

    /**
     * Makes the layer.
     *
     * @throws IllegalArgumentException naming the setting that is wrong, its value and the value
     *     required
     */
    public Conv2d build() {
      // A geometry just large enough checks every setting but the image's extents.
      new Conv2dGeometry(
          1,
          inChannels,
          Math.max(1, dilationHeight * (kernelHeight - 1) + 1),
          Math.max(1, dilationWidth * (kernelWidth - 1) + 1),
          outChannels,
          kernelHeight,
          kernelWidth,
          strideHeight,
          strideWidth,
          paddingTop,
          paddingLeft,
          paddingBottom,
          paddingRight,
          dilationHeight,
          dilationWidth,
          groups);
      return new Conv2d(new Builder(this));
    }

    private PlanOptions options() {
      return PlanOptions.DEFAULT.withAccuracy(accuracy);
    }

    /** The settings in one line. */
    @Override
    public String toString() {
      return String.format(
          "Conv2d(%d, %d, kernelSize=%dx%d, stride=%dx%d, padding=%d,%d,%d,%d, dilation=%dx%d,"
              + " groups=%d, bias=%b, relu=%b)",
          inChannels,
          outChannels,
          kernelHeight,
          kernelWidth,
          strideHeight,
          strideWidth,
          paddingTop,
          paddingLeft,
          paddingBottom,
          paddingRight,
          dilationHeight,
          dilationWidth,
          groups,
          bias,
          relu);
    }
  }
}
