package io.github.conv4j.nn;

import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.AvgPool2dBackward;
import io.github.conv4j.kernel.AvgPool2dForward;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.PoolWindows;

/** The plans of an average pooling for one geometry; the gradient needs nothing of the forward. */
final class AverageStep implements Pooling.Step {
  private final Kernels kernels;
  private final PoolWindows geometry;
  private final AvgPool2dForward forward;
  private AvgPool2dBackward backward;

  AverageStep(Kernels kernels, PoolWindows geometry) {
    this.kernels = kernels;
    this.geometry = geometry;
    this.forward = kernels.avgPool2dForward(geometry, PlanOptions.DEFAULT);
  }

  @Override
  public void forward(Tensor src, Tensor dst, boolean remember) {
    forward.run(src, dst);
  }

  @Override
  public void backward(Tensor diffDst, Tensor diffSrc) {
    if (backward == null) {
      backward = kernels.avgPool2dBackward(geometry, PlanOptions.DEFAULT);
    }
    backward.run(diffDst, diffSrc);
  }

  @Override
  public void close() {}
}
