package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/** The plans of the transposed convolution on native kernels. */
final class NativeConvTranspose2dPlans {
  private NativeConvTranspose2dPlans() {}

  private abstract static class Base extends NativeConvolutionPlan {
    private final ConvTranspose2dGeometry geometry;

    Base(ConvTranspose2dGeometry geometry, Direction direction, PlanOptions options) {
      super(geometry, direction, options);
      this.geometry = geometry;
    }

    public ConvTranspose2dGeometry geometry() {
      return geometry;
    }
  }

  static final class Forward extends Base implements ConvTranspose2dForward {
    Forward(ConvTranspose2dGeometry geometry, PlanOptions options) {
      super(geometry, Direction.FORWARD, options);
    }

    @Override
    public void run(Tensor src, PreparedWeights weights, Tensor bias, Tensor dst) {
      runForward(src, weights, bias, dst);
    }
  }

  static final class BackwardData extends Base implements ConvTranspose2dBackwardData {
    BackwardData(ConvTranspose2dGeometry geometry, PlanOptions options) {
      super(geometry, Direction.BACKWARD_DATA, options);
    }

    @Override
    public void run(Tensor diffDst, PreparedWeights weights, Tensor diffSrc) {
      runBackwardData(diffDst, weights, diffSrc);
    }
  }

  static final class BackwardWeights extends Base implements ConvTranspose2dBackwardWeights {
    BackwardWeights(ConvTranspose2dGeometry geometry, PlanOptions options) {
      super(geometry, Direction.BACKWARD_WEIGHTS, options);
    }

    @Override
    public void run(Tensor src, Tensor diffDst, Tensor diffWeights, Tensor diffBias) {
      runBackwardWeights(src, diffDst, diffWeights, diffBias);
    }
  }
}
