package io.github.conv4j.nn;

import io.github.conv4j.Conv4j;
import io.github.conv4j.LongTensor;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.CrossEntropySettings;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.LossKernels;
import io.github.conv4j.kernel.PlanOptions;
import java.util.Objects;

/**
 * The cross entropy of softmax(logits) against classes or probabilities.
 *
 * <pre>
 *   loss of a row = -sum over c of q[c] * log_softmax(logits)[c]
 *   q[c] = weight[c] * ((1-e) * [c == class] + e/C)       against a class
 *   q[c] = weight[c] * ((1-e) * p[c] + e/C)               against probabilities
 * </pre>
 *
 * <p>The mean divides by the sum of weight[class] over the rows that are kept (NaN when none is),
 * or against probabilities by the number of rows. Rows of the ignored class count nothing and get
 * gradient 0. Keeps nothing, so any number of threads may use it. See {@link LossKernels}.
 */
public final class CrossEntropyLoss {
  private final CrossEntropySettings settings;
  private final LossKernels kernels;

  private CrossEntropyLoss(CrossEntropySettings settings, Kernels backend) {
    this.settings = settings;
    this.kernels = backend.losses(PlanOptions.DEFAULT);
  }

  /** The mean without weights or smoothing, with the default backend. */
  public CrossEntropyLoss() {
    this(builder().settings(), Conv4j.kernels());
  }

  /** Starts a cross entropy. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * The loss against classes.
   *
   * @param logits [N, C] or [N, C, ...], not modified
   * @param classes [N] or [N, ...], each 0 to C-1 or the ignored one, not modified
   */
  public double forward(Tensor logits, LongTensor classes) {
    return kernels.crossEntropy(settings, logits, classes, null);
  }

  /**
   * The loss against classes, and its gradient softmax(logits) * sum(q) - q, divided for the mean.
   *
   * @param logits [N, C] or [N, C, ...], not modified
   * @param classes [N] or [N, ...], each 0 to C-1 or the ignored one, not modified
   * @param diffLogits the shape of logits, overwritten; null where it is not wanted
   * @throws IllegalArgumentException if a class is out of range; nothing is written
   */
  public double forward(Tensor logits, LongTensor classes, Tensor diffLogits) {
    return kernels.crossEntropy(settings, logits, classes, diffLogits);
  }

  /**
   * The loss against probabilities.
   *
   * @param logits [N, C] or [N, C, ...], not modified
   * @param probabilities the shape of logits, not modified
   */
  public double forward(Tensor logits, Tensor probabilities) {
    return kernels.crossEntropy(settings, logits, probabilities, null);
  }

  /**
   * The loss against probabilities, and its gradient softmax(logits) * sum(q) - q, divided for the
   * mean.
   *
   * @param logits [N, C] or [N, C, ...], not modified
   * @param probabilities the shape of logits, not modified
   * @param diffLogits the shape of logits, overwritten; null where it is not wanted
   */
  public double forward(Tensor logits, Tensor probabilities, Tensor diffLogits) {
    return kernels.crossEntropy(settings, logits, probabilities, diffLogits);
  }

  /** The class whose rows do not count. */
  public long ignoreIndex() {
    return settings.ignoreIndex();
  }

  /** This loss on another backend. */
  public CrossEntropyLoss withKernels(Kernels backend) {
    return new CrossEntropyLoss(settings, backend);
  }

  @Override
  public String toString() {
    return "CrossEntropyLoss(mean="
        + settings.mean()
        + ", weighted="
        + (settings.weights() != null)
        + ", ignoreIndex="
        + settings.ignoreIndex()
        + ", labelSmoothing="
        + settings.labelSmoothing()
        + ")";
  }

  /** The settings; defaults are the mean, no weights, ignored class -100, no smoothing. */
  public static final class Builder {
    private Tensor weight;
    private long ignoreIndex = -100;
    private double labelSmoothing;
    private Reduction reduction = Reduction.MEAN;
    private Kernels kernels;

    private Builder() {}

    /** Weights of the classes, [C]: read at every call, left to the caller to close. */
    public Builder weight(Tensor weights) {
      weight = weights;
      return this;
    }

    /** The class whose rows do not count. */
    public Builder ignoreIndex(long index) {
      ignoreIndex = index;
      return this;
    }

    /** The share of the target that is spread evenly over all classes, 0 to 1. */
    public Builder labelSmoothing(double share) {
      labelSmoothing = share;
      return this;
    }

    /** How rows become one number. */
    public Builder reduction(Reduction wanted) {
      reduction = Objects.requireNonNull(wanted, "reduction");
      return this;
    }

    /** The backend; {@link Conv4j#kernels()} by default. */
    public Builder kernels(Kernels backend) {
      kernels = Objects.requireNonNull(backend, "kernels");
      return this;
    }

    /**
     * Makes the loss.
     *
     * @throws IllegalArgumentException if the smoothing is outside 0 to 1
     */
    public CrossEntropyLoss build() {
      return new CrossEntropyLoss(settings(), kernels == null ? Conv4j.kernels() : kernels);
    }

    private CrossEntropySettings settings() {
      return new CrossEntropySettings(
          weight, ignoreIndex, labelSmoothing, reduction == Reduction.MEAN);
    }
  }
}
