package io.github.conv4j;

import io.github.conv4j.check.AdaptiveMaxPool2dCase;
import io.github.conv4j.check.AvgPool2dCase;
import io.github.conv4j.check.Conv2dCase;
import io.github.conv4j.check.ConvTranspose2dCase;
import io.github.conv4j.check.KernelCase;
import io.github.conv4j.check.MaxPool2dCase;
import io.github.conv4j.check.MinPool2dCase;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.ConvTranspose2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.Plan;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.PoolWindows;

/** Plans of convolutions and poolings of every kind. */
final class PlanFactory {
  private PlanFactory() {}

  /** The plan of a case in one of its directions. */
  static Plan plan(Kernels kernels, KernelCase shape, Direction direction, PlanOptions options) {
    boolean forward = direction == Direction.FORWARD;
    if (shape instanceof Conv2dCase convolution) {
      return plan(
          kernels,
          convolution.geometry(),
          direction,
          options.withPaddingMode(convolution.paddingMode()));
    }
    if (shape instanceof ConvTranspose2dCase transposed) {
      return plan(kernels, transposed.geometry(), direction, options);
    }
    if (shape instanceof MaxPool2dCase pooling) {
      Pool2dGeometry g = pooling.geometry();
      return forward ? kernels.maxPool2dForward(g, options) : kernels.maxPool2dBackward(g, options);
    }
    if (shape instanceof MinPool2dCase pooling) {
      Pool2dGeometry g = pooling.geometry();
      return forward ? kernels.minPool2dForward(g, options) : kernels.maxPool2dBackward(g, options);
    }
    if (shape instanceof AdaptiveMaxPool2dCase pooling) {
      return kernels.adaptiveMaxPool2dForward(pooling.geometry(), options);
    }
    PoolWindows g = ((AvgPool2dCase) shape).geometry();
    return forward ? kernels.avgPool2dForward(g, options) : kernels.avgPool2dBackward(g, options);
  }

  static Plan plan(Kernels kernels, Conv2dGeometry g, Direction direction, PlanOptions options) {
    return switch (direction) {
      case FORWARD -> kernels.conv2dForward(g, options);
      case BACKWARD_DATA -> kernels.conv2dBackwardData(g, options);
      case BACKWARD_WEIGHTS -> kernels.conv2dBackwardWeights(g, options);
    };
  }

  static Plan plan(
      Kernels kernels, ConvTranspose2dGeometry g, Direction direction, PlanOptions options) {
    return switch (direction) {
      case FORWARD -> kernels.convTranspose2dForward(g, options);
      case BACKWARD_DATA -> kernels.convTranspose2dBackwardData(g, options);
      case BACKWARD_WEIGHTS -> kernels.convTranspose2dBackwardWeights(g, options);
    };
  }
}
