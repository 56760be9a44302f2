package io.github.conv4j.nn;

import io.github.conv4j.MemoryFormat;
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
  private final PlanOptions options;
  private final AvgPool2dForward forward;
  private AvgPool2dBackward backward;

  AverageStep(Kernels kernels, PoolWindows geometry, MemoryFormat format) {
    this.kernels = kernels;
    this.geometry = geometry;
    this.options = PlanOptions.DEFAULT.withMemoryFormat(format);
    this.forward = kernels.avgPool2dForward(geometry, options);
  }

  @Override
  public void forward(Tensor src, Tensor dst, boolean remember) {
    forward.run(src, dst);
  }

  @Override
  public void backward(Tensor diffDst, Tensor diffSrc) {
    if (backward == null) {
      backward = kernels.avgPool2dBackward(geometry, options);
    }
    backward.run(diffDst, diffSrc);
  }

  @Override
  public void close() {}
}
