package io.github.conv4j.nn;

import io.github.conv4j.Conv4j;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.LinearKernels;
import io.github.conv4j.kernel.PlanOptions;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A fully connected layer.
 *
 * <pre>
 *   dst[n, out] = bias[out] + sum over in of weight[out, in] * src[n, in]
 * </pre>
 *
 * <p>src [N, IN], [IN], or [..., IN] with any leading extents, which dst [..., OUT] has too; weight
 * [OUT, IN], bias [OUT]. See {@link LinearKernels}.
 */
public final class Linear extends SimpleLayer {
  private Kernels kernels;
  private LinearKernels linear;
  private final long inFeatures;
  private final long outFeatures;
  private final Tensor weight;
  private final Tensor bias;
  private final List<Parameter> parameters;

  /** The last forward pass in training mode. */
  private Tensor lastSrc;

  /** Where gradients are computed before they are added; made by the first backward pass. */
  private Tensor weightScratch;

  private Tensor biasScratch;

  private Linear(Builder settings) {
    this.inFeatures = settings.inFeatures;
    this.outFeatures = settings.outFeatures;
    kernels(settings.kernels == null ? Conv4j.kernels() : settings.kernels);
    float bound = (float) (1 / Math.sqrt((double) inFeatures));
    SplittableRandom random =
        settings.seed == null ? new SplittableRandom() : new SplittableRandom(settings.seed);
    this.weight = Tensor.uniform(random, -bound, bound, outFeatures, inFeatures);
    this.bias = settings.bias ? Tensor.uniform(random, -bound, bound, outFeatures) : null;
    Parameter weights = new Parameter("weight", weight, Tensor.zeros(weight.shape()));
    this.parameters =
        bias == null
            ? List.of(weights)
            : List.of(weights, new Parameter("bias", bias, Tensor.zeros(bias.shape())));
  }

  /**
   * Starts a fully connected layer.
   *
   * @param inFeatures elements of a row of src
   * @param outFeatures elements of a row of dst
   */
  public static Builder builder(long inFeatures, long outFeatures) {
    return new Builder(inFeatures, outFeatures);
  }

  /** The weights [OUT, IN]; may be written, and are seen by the next pass. */
  public Tensor weight() {
    return weight;
  }

  /** The bias [OUT]; null without one. */
  public Tensor bias() {
    return bias;
  }

  @Override
  public void forward(Tensor src, Tensor dst) {
    if (!isTraining()) {
      linear.forward(src, weight, bias, dst);
      return;
    }
    lastSrc = null;
    linear.forward(src, weight, bias, dst);
    lastSrc = src;
  }

  @Override
  public void backward(Tensor diffDst, Tensor diffSrc) {
    Tensor src = requireForward(lastSrc);
    if (weightScratch == null) {
      weightScratch = Tensor.empty(weight.shape());
      biasScratch = bias == null ? null : Tensor.empty(bias.shape());
    }
    linear.backwardWeights(src, diffDst, weightScratch, biasScratch);
    if (diffSrc != null) {
      requireShape("diff_src", diffSrc, src.shape());
      linear.backwardData(diffDst, weight, diffSrc);
    }
    kernels.axpy(1, weightScratch, parameters.get(0).gradient());
    if (bias != null) {
      kernels.axpy(1, biasScratch, parameters.get(1).gradient());
    }
  }

  @Override
  public Optional<Kernels> kernels() {
    return Optional.of(kernels);
  }

  @Override
  public Linear kernels(Kernels backend) {
    linear = backend.linear(PlanOptions.DEFAULT);
    kernels = backend;
    forget();
    return this;
  }

  @Override
  Shape lastSrcShape() {
    return requireForward(lastSrc).shape();
  }

  @Override
  MemoryFormat lastSrcFormat() {
    return requireForward(lastSrc).memoryFormat();
  }

  @Override
  void forget() {
    lastSrc = null;
  }

  @Override
  public Shape outputShape(Shape src) {
    if (src.rank() < 1 || src.dim(src.rank() - 1) != inFeatures) {
      throw new IllegalArgumentException(
          "src has shape " + src + "; its last extent must be " + inFeatures);
    }
    long[] dims = src.toArray();
    dims[dims.length - 1] = outFeatures;
    return Shape.of(dims);
  }

  @Override
  public List<Parameter> parameters() {
    return parameters;
  }

  @Override
  public void close() {
    forget();
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
  public long multiplyAdds(Shape src) {
    return outputShape(src).elements() * inFeatures;
  }

  @Override
  public ReceptiveField receptiveField(ReceptiveField src) {
    return ReceptiveField.WHOLE;
  }

  @Override
  public String toString() {
    return "Linear(" + inFeatures + ", " + outFeatures + ", bias=" + (bias != null) + ")";
  }

  /** The settings of a fully connected layer; it has a bias unless set otherwise. */
  public static final class Builder {
    private final long inFeatures;
    private final long outFeatures;
    private boolean bias = true;
    private Long seed;
    private Kernels kernels;

    private Builder(long inFeatures, long outFeatures) {
      this.inFeatures = require("inFeatures", inFeatures);
      this.outFeatures = require("outFeatures", outFeatures);
    }

    private static long require(String name, long value) {
      if (value < 1) {
        throw new IllegalArgumentException(name + " is " + value + "; it must be at least 1");
      }
      return value;
    }

    /** Whether a learned bias is added; it is by default. */
    public Builder bias(boolean wanted) {
      bias = wanted;
      return this;
    }

    /** Makes the initial weights and bias, uniform in ±1/sqrt(IN), the same at every start. */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /** The backend; {@link Conv4j#kernels()} by default. */
    public Builder kernels(Kernels backend) {
      kernels = Objects.requireNonNull(backend, "kernels");
      return this;
    }

    /** Makes the layer. */
    public Linear build() {
      return new Linear(this);
    }
  }
}
