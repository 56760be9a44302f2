package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/** The reference's plans of the convolution and of the transposed convolution. */
final class ReferenceConvolutionPlans {
  private ReferenceConvolutionPlans() {}

  private abstract static class Forward extends ReferenceConvolutionPlan {
    private final boolean relu;

    Forward(ReferenceConvolution convolution, PlanOptions options) {
      super(convolution, options.memoryFormat());
      this.relu = options.relu();
    }

    public void run(Tensor src, PreparedWeights weights, Tensor bias, Tensor dst) {
      TensorChecks.requireShape("src", src, convolution.srcShape(), format);
      TensorChecks.requireShape("dst", dst, convolution.dstShape(), format);
      TensorChecks.requireDisjoint("dst", dst, "src", src);
      if (bias != null) {
        TensorChecks.requireExactShape("bias", bias, convolution.biasShape());
        TensorChecks.requireDisjoint("dst", dst, "bias", bias);
      }
      Values w = values(weights);
      dst.set(Elements.rounded(convolution.forward(Values.of(src), w, Values.of(bias), relu)));
    }
  }

  private abstract static class BackwardData extends ReferenceConvolutionPlan {
    BackwardData(ReferenceConvolution convolution, PlanOptions options) {
      super(convolution, options.memoryFormat());
    }

    public void run(Tensor diffDst, PreparedWeights weights, Tensor diffSrc) {
      TensorChecks.requireShape("diff_dst", diffDst, convolution.dstShape(), format);
      TensorChecks.requireShape("diff_src", diffSrc, convolution.srcShape(), format);
      TensorChecks.requireDisjoint("diff_src", diffSrc, "diff_dst", diffDst);
      Values w = values(weights);
      diffSrc.set(Elements.rounded(convolution.backwardData(Values.of(diffDst), w)));
    }
  }

  private abstract static class BackwardWeights extends ReferenceConvolutionPlan {
    BackwardWeights(ReferenceConvolution convolution, PlanOptions options) {
      super(convolution, options.memoryFormat());
    }

    public void run(Tensor src, Tensor diffDst, Tensor diffWeights, Tensor diffBias) {
      TensorChecks.requireShape("src", src, convolution.srcShape(), format);
      TensorChecks.requireShape("diff_dst", diffDst, convolution.dstShape(), format);
      TensorChecks.requireExactShape("diff_weights", diffWeights, convolution.weightsShape());
      TensorChecks.requireDisjoint("diff_weights", diffWeights, "src", src);
      TensorChecks.requireDisjoint("diff_weights", diffWeights, "diff_dst", diffDst);
      if (diffBias != null) {
        TensorChecks.requireExactShape("diff_bias", diffBias, convolution.biasShape());
        TensorChecks.requireDisjoint("diff_bias", diffBias, "src", src);
        TensorChecks.requireDisjoint("diff_bias", diffBias, "diff_dst", diffDst);
        TensorChecks.requireDisjoint("diff_bias", diffBias, "diff_weights", diffWeights);
      }
      Values dy = Values.of(diffDst);
      diffWeights.set(Elements.rounded(convolution.backwardWeights(Values.of(src), dy)));
      if (diffBias != null) {
        diffBias.set(Elements.rounded(convolution.diffBias(dy)));
      }
    }
  }

  static final class Conv2dForwardPlan extends Forward implements Conv2dForward {
    private final Conv2dGeometry geometry;

    Conv2dForwardPlan(Conv2dGeometry geometry, PlanOptions options) {
      super(ReferenceConvolution.of(geometry, options.paddingMode()), options);
      this.geometry = geometry;
    }

    @Override
    public Conv2dGeometry geometry() {
      return geometry;
    }
  }

  static final class Conv2dBackwardDataPlan extends BackwardData implements Conv2dBackwardData {
    private final Conv2dGeometry geometry;

    Conv2dBackwardDataPlan(Conv2dGeometry geometry, PlanOptions options) {
      super(ReferenceConvolution.of(geometry, options.paddingMode()), options);
      this.geometry = geometry;
    }

    @Override
    public Conv2dGeometry geometry() {
      return geometry;
    }
  }

  static final class Conv2dBackwardWeightsPlan extends BackwardWeights
      implements Conv2dBackwardWeights {
    private final Conv2dGeometry geometry;

    Conv2dBackwardWeightsPlan(Conv2dGeometry geometry, PlanOptions options) {
      super(ReferenceConvolution.of(geometry, options.paddingMode()), options);
      this.geometry = geometry;
    }

    @Override
    public Conv2dGeometry geometry() {
      return geometry;
    }
  }

  static final class ConvTranspose2dForwardPlan extends Forward implements ConvTranspose2dForward {
    private final ConvTranspose2dGeometry geometry;

    ConvTranspose2dForwardPlan(ConvTranspose2dGeometry geometry, PlanOptions options) {
      super(ReferenceConvolution.of(geometry), options);
      this.geometry = geometry;
    }

    @Override
    public ConvTranspose2dGeometry geometry() {
      return geometry;
    }
  }

  static final class ConvTranspose2dBackwardDataPlan extends BackwardData
      implements ConvTranspose2dBackwardData {
    private final ConvTranspose2dGeometry geometry;

    ConvTranspose2dBackwardDataPlan(ConvTranspose2dGeometry geometry, PlanOptions options) {
      super(ReferenceConvolution.of(geometry), options);
      this.geometry = geometry;
    }

    @Override
    public ConvTranspose2dGeometry geometry() {
      return geometry;
    }
  }

  static final class ConvTranspose2dBackwardWeightsPlan extends BackwardWeights
      implements ConvTranspose2dBackwardWeights {
    private final ConvTranspose2dGeometry geometry;

    ConvTranspose2dBackwardWeightsPlan(ConvTranspose2dGeometry geometry, PlanOptions options) {
      super(ReferenceConvolution.of(geometry), options);
      this.geometry = geometry;
    }

    @Override
    public ConvTranspose2dGeometry geometry() {
      return geometry;
    }
  }
}
