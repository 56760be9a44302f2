package io.github.conv4j.nn;

import io.github.conv4j.Conv4j;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.BatchStatistics;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NormalizationKernels;
import io.github.conv4j.kernel.PlanOptions;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Batch normalisation of images, channel by channel (Ioffe and Szegedy, 2015).
 *
 * <pre>
 *   dst = weight * (src - mean) / sqrt(variance + eps) + bias
 * </pre>
 *
 * <p>src and dst [N, C, H, W] or [C, H, W]; weight, bias, mean, variance [C]. In training, mean and
 * (biased) variance are those of the batch, and the running ones move towards its mean and unbiased
 * variance: running = (1 - momentum) * running + momentum * batch. A batch of a single value a
 * channel is refused; an empty one leaves the running statistics alone. In evaluation the running
 * statistics are used and left alone. A NaN or infinite pixel makes its channel NaN in training.
 */
public final class BatchNorm2d extends SimpleLayer {
  private Kernels kernels;
  private NormalizationKernels normalization;
  private final long channels;
  private final double eps;
  private final Double momentum;
  private final Tensor weight;
  private final Tensor bias;
  private final List<Parameter> parameters;
  private final BatchStatistics running;
  private final BatchStatistics batch;
  private final List<Buffer> buffers;

  /** {@link #numBatchesTracked} as part of the state; rounded to a float beyond 2^24. */
  private final Tensor tracked = Tensor.zeros();

  /** The same, exactly, unless {@link #tracked} was written since. */
  private long batchesTracked;

  private boolean frozen;

  /** The last forward pass in training mode, and whether it used the batch's own statistics. */
  private Tensor lastSrc;

  private boolean lastOwn;

  /** Where gradients are computed before they are added; made by the first backward pass. */
  private Tensor weightScratch;

  private Tensor biasScratch;

  private BatchNorm2d(Builder settings) {
    this.channels = settings.channels;
    this.eps = settings.eps;
    this.momentum = settings.momentum;
    kernels(settings.kernels == null ? Conv4j.kernels() : settings.kernels);
    if (settings.affine) {
      this.weight = Tensor.empty(Shape.of(channels));
      weight.fill(1);
      this.bias = Tensor.zeros(channels);
      this.parameters =
          List.of(
              new Parameter("weight", weight, Tensor.zeros(channels)),
              new Parameter("bias", bias, Tensor.zeros(channels)));
    } else {
      this.weight = null;
      this.bias = null;
      this.parameters = List.of();
    }
    Tensor ones = Tensor.empty(Shape.of(channels));
    ones.fill(1);
    this.running = new BatchStatistics(Tensor.zeros(channels), null, ones);
    this.batch =
        new BatchStatistics(Tensor.zeros(channels), Tensor.zeros(channels), Tensor.zeros(channels));
    this.buffers =
        List.of(
            new Buffer("running_mean", running.mean()),
            new Buffer("running_var", running.variance()),
            new Buffer("num_batches_tracked", tracked));
  }

  /** Starts a batch normalisation of so many channels. */
  public static Builder builder(long channels) {
    return new Builder(channels);
  }

  /** The factors [C]; null where the layer is not affine. */
  public Tensor weight() {
    return weight;
  }

  /** The offsets [C]; null where the layer is not affine. */
  public Tensor bias() {
    return bias;
  }

  /** The running mean [C], 0 at first; may be written. */
  public Tensor runningMean() {
    return running.mean();
  }

  /** The running (unbiased) variance [C], 1 at first; may be written. */
  public Tensor runningVar() {
    return running.variance();
  }

  /** What is added to the variance. */
  public double eps() {
    return eps;
  }

  /** Batches that the running statistics have seen: PyTorch's num_batches_tracked. */
  public long numBatchesTracked() {
    float written = tracked.get(0);
    if (written != (float) batchesTracked) {
      batchesTracked = (long) written;
    }
    return batchesTracked;
  }

  /** Sets {@link #numBatchesTracked}, as when a state is loaded. */
  public BatchNorm2d numBatchesTracked(long batches) {
    if (batches < 0) {
      throw new IllegalArgumentException(
          "numBatchesTracked is " + batches + "; it must be at least 0");
    }
    batchesTracked = batches;
    tracked.set(0, batches);
    return this;
  }

  /**
   * Whether training, too, uses the running statistics and leaves them alone: for tuning a network
   * whose statistics are to stay. Its backward pass takes them as constants.
   */
  public BatchNorm2d freeze(boolean wanted) {
    frozen = wanted;
    return this;
  }

  @Override
  public void forward(Tensor src, Tensor dst) {
    requireSource(src.shape());
    if (!isTraining()) {
      normalization.batchNorm(src, running, weight, bias, eps, dst);
      return;
    }
    lastSrc = null;
    long count = src.elements() / channels;
    boolean own = !frozen && count > 0;
    if (own) {
      if (count == 1) {
        throw new IllegalArgumentException(
            "src has shape "
                + src.shape()
                + "; training needs more than one value in every channel");
      }
      normalization.batchNormStatistics(src, batch);
    }
    normalization.batchNorm(src, own ? batch : running, weight, bias, eps, dst);
    if (own) {
      numBatchesTracked(numBatchesTracked() + 1);
      double factor = momentum == null ? 1.0 / batchesTracked : momentum;
      normalization.batchNormRunning(batch, count, factor, running);
    }
    lastSrc = src;
    lastOwn = own;
  }

  @Override
  public void backward(Tensor diffDst, Tensor diffSrc) {
    Tensor src = requireForward(lastSrc);
    if (weight != null && weightScratch == null) {
      weightScratch = Tensor.empty(weight.shape());
      biasScratch = Tensor.empty(bias.shape());
    }
    normalization.batchNormBackward(
        lastOwn,
        src,
        lastOwn ? batch : running,
        weight,
        eps,
        diffDst,
        diffSrc,
        weightScratch,
        biasScratch);
    if (weight != null) {
      kernels.axpy(1, weightScratch, parameters.get(0).gradient());
      kernels.axpy(1, biasScratch, parameters.get(1).gradient());
    }
  }

  @Override
  public Optional<Kernels> kernels() {
    return Optional.of(kernels);
  }

  @Override
  public BatchNorm2d kernels(Kernels backend) {
    normalization = backend.normalization(PlanOptions.DEFAULT);
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

  /** The same shape. */
  @Override
  public Shape outputShape(Shape src) {
    requireSource(src);
    return src;
  }

  private void requireSource(Shape src) {
    if (src.rank() != 3 && src.rank() != 4) {
      throw new IllegalArgumentException(
          "src has shape " + src + "; it must be [N, C, H, W] or [C, H, W]");
    }
    if (src.dim(src.rank() - 3) != channels) {
      throw new IllegalArgumentException(
          "src has shape "
              + src
              + " with "
              + src.dim(src.rank() - 3)
              + " channels; the layer takes "
              + channels);
    }
  }

  @Override
  public List<Parameter> parameters() {
    return parameters;
  }

  /**
   * {@code running_mean}, {@code running_var} and, a scalar, {@code num_batches_tracked}: the count
   * as a float, rounded beyond 2^24.
   */
  @Override
  public List<Buffer> buffers() {
    return buffers;
  }

  @Override
  public void close() {
    forget();
    for (Parameter parameter : parameters) {
      parameter.value().close();
      parameter.gradient().close();
    }
    running.mean().close();
    running.variance().close();
    tracked.close();
    batch.mean().close();
    batch.remainder().close();
    batch.variance().close();
    if (weightScratch != null) {
      weightScratch.close();
      biasScratch.close();
    }
  }

  @Override
  public String toString() {
    return "BatchNorm2d("
        + channels
        + ", eps="
        + eps
        + ", momentum="
        + momentum
        + ", affine="
        + (weight != null)
        + ")";
  }

  /** The settings; defaults are eps 1e-5, momentum 0.1, affine. */
  public static final class Builder {
    private final long channels;
    private double eps = 1e-5;
    private Double momentum = 0.1;
    private boolean affine = true;
    private Kernels kernels;

    private Builder(long channels) {
      if (channels < 1) {
        throw new IllegalArgumentException("channels is " + channels + "; it must be at least 1");
      }
      this.channels = channels;
    }

    /** What is added to the variance, at least 0. */
    public Builder eps(double value) {
      if (!(value >= 0)) {
        throw new IllegalArgumentException("eps is " + value + "; it must be at least 0");
      }
      eps = value;
      return this;
    }

    /** The weight of a batch in the running statistics, 0 to 1. */
    public Builder momentum(double value) {
      if (!(value >= 0 && value <= 1)) {
        throw new IllegalArgumentException("momentum is " + value + "; it must be 0 to 1");
      }
      momentum = value;
      return this;
    }

    /** Makes the running statistics the plain average over all batches: PyTorch's momentum None. */
    public Builder withoutMomentum() {
      momentum = null;
      return this;
    }

    /** Whether the result is scaled and shifted by learned weights; it is by default. */
    public Builder affine(boolean wanted) {
      affine = wanted;
      return this;
    }

    /** The backend; {@link Conv4j#kernels()} by default. */
    public Builder kernels(Kernels backend) {
      kernels = Objects.requireNonNull(backend, "kernels");
      return this;
    }

    /** Makes the layer. */
    public BatchNorm2d build() {
      return new BatchNorm2d(this);
    }
  }
}
