package io.github.conv4j.nn;

import io.github.conv4j.Conv4j;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.LossKernels;
import io.github.conv4j.kernel.PlanOptions;
import java.util.Objects;

/**
 * The squared error: the sum of (src - target)^2 over all elements, or its mean. Keeps nothing, so
 * any number of threads may use it.
 */
public final class MSELoss {
  private final Reduction reduction;
  private final LossKernels kernels;

  /** The mean, with the default backend. */
  public MSELoss() {
    this(Reduction.MEAN, Conv4j.kernels());
  }

  /** With a reduction and a backend. */
  public MSELoss(Reduction reduction, Kernels kernels) {
    this.reduction = Objects.requireNonNull(reduction, "reduction");
    this.kernels = kernels.losses(PlanOptions.DEFAULT);
  }

  /**
   * The loss; NaN for the mean of no elements.
   *
   * @param src any shape, not modified
   * @param target the shape of src, not modified
   */
  public double forward(Tensor src, Tensor target) {
    return forward(src, target, null);
  }

  /**
   * The loss, and its gradient 2 * (src - target), divided by their number for the mean.
   *
   * @param src any shape, not modified
   * @param target the shape of src, not modified
   * @param diffSrc the shape of src, overwritten; null where the gradient is not wanted
   */
  public double forward(Tensor src, Tensor target, Tensor diffSrc) {
    return kernels.squaredError(reduction == Reduction.MEAN, src, target, diffSrc);
  }

  /** This loss on another backend. */
  public MSELoss withKernels(Kernels backend) {
    return new MSELoss(reduction, backend);
  }

  @Override
  public String toString() {
    return "MSELoss(" + reduction + ")";
  }
}
