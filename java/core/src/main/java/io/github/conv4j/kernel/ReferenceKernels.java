package io.github.conv4j.kernel;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Tensor;

/**
 * The plain-Java twin of the native kernels: {@link ReferenceConv2d}, {@link
 * ReferenceConvTranspose2d}, {@link ReferenceMaxPool2d} and their like applied to every element.
 * For checking results and for machines without native kernels.
 *
 * <p>Plans copy their sources to the Java heap before they write, on the calling thread alone. A
 * tensor has at most as many elements as a Java array. The algorithm and the instruction set of the
 * options are ignored, and {@link Accuracy#STRICT} changes nothing: every element is one sum in
 * double precision, rounded once.
 */
public final class ReferenceKernels implements Kernels {
  static final String NAME = "reference";
  static final String ISA = "java";

  private static final ReferenceKernels INSTANCE = new ReferenceKernels();

  private ReferenceKernels() {}

  /** The one instance. */
  public static ReferenceKernels instance() {
    return INSTANCE;
  }

  /** {@code reference}. */
  @Override
  public String backend() {
    return NAME;
  }

  @Override
  public Conv2dForward conv2dForward(Conv2dGeometry geometry, PlanOptions options) {
    return new ReferenceConvolutionPlans.Conv2dForwardPlan(geometry, options);
  }

  @Override
  public Conv2dBackwardData conv2dBackwardData(Conv2dGeometry geometry, PlanOptions options) {
    refuseRelu(options);
    return new ReferenceConvolutionPlans.Conv2dBackwardDataPlan(geometry, options);
  }

  @Override
  public Conv2dBackwardWeights conv2dBackwardWeights(Conv2dGeometry geometry, PlanOptions options) {
    refuseRelu(options);
    return new ReferenceConvolutionPlans.Conv2dBackwardWeightsPlan(geometry, options);
  }

  @Override
  public ConvTranspose2dForward convTranspose2dForward(
      ConvTranspose2dGeometry geometry, PlanOptions options) {
    refusePaddingMode(options);
    return new ReferenceConvolutionPlans.ConvTranspose2dForwardPlan(geometry, options);
  }

  @Override
  public ConvTranspose2dBackwardData convTranspose2dBackwardData(
      ConvTranspose2dGeometry geometry, PlanOptions options) {
    refusePaddingMode(options);
    refuseRelu(options);
    return new ReferenceConvolutionPlans.ConvTranspose2dBackwardDataPlan(geometry, options);
  }

  @Override
  public ConvTranspose2dBackwardWeights convTranspose2dBackwardWeights(
      ConvTranspose2dGeometry geometry, PlanOptions options) {
    refusePaddingMode(options);
    refuseRelu(options);
    return new ReferenceConvolutionPlans.ConvTranspose2dBackwardWeightsPlan(geometry, options);
  }

  @Override
  public MaxPool2dForward maxPool2dForward(Pool2dGeometry geometry, PlanOptions options) {
    refuseRelu(options);
    refusePaddingMode(options);
    return new ReferenceMaxPool2dPlans.Forward(geometry, false, options.memoryFormat());
  }

  @Override
  public MaxPool2dBackward maxPool2dBackward(Pool2dGeometry geometry, PlanOptions options) {
    refuseRelu(options);
    refusePaddingMode(options);
    return new ReferenceMaxPool2dPlans.Backward(geometry, options.memoryFormat());
  }

  @Override
  public MaxPool2dForward minPool2dForward(Pool2dGeometry geometry, PlanOptions options) {
    refuseRelu(options);
    return new ReferenceMaxPool2dPlans.Forward(geometry, true, options.memoryFormat());
  }

  @Override
  public AvgPool2dForward avgPool2dForward(PoolWindows geometry, PlanOptions options) {
    refuseRelu(options);
    return new ReferenceAvgPool2dPlans.Forward(geometry, options.memoryFormat());
  }

  @Override
  public AvgPool2dBackward avgPool2dBackward(PoolWindows geometry, PlanOptions options) {
    refuseRelu(options);
    return new ReferenceAvgPool2dPlans.Backward(geometry, options.memoryFormat());
  }

  @Override
  public AdaptiveMaxPool2dForward adaptiveMaxPool2dForward(
      AdaptivePool2dGeometry geometry, PlanOptions options) {
    refuseRelu(options);
    return new ReferenceAdaptiveMaxPool2dPlan(geometry, options.memoryFormat());
  }

  @Override
  public void adaptiveMaxPool2dBackward(Tensor diffDst, LongTensor indices, Tensor diffSrc) {
    ReferenceIndexed.scatterAdd(diffDst, indices, diffSrc);
  }

  @Override
  public void maxUnpool2d(Tensor src, LongTensor indices, Tensor dst) {
    ReferenceIndexed.scatter(src, indices, dst);
  }

  @Override
  public void maxUnpool2dBackward(Tensor diffDst, LongTensor indices, Tensor diffSrc) {
    ReferenceIndexed.gather(diffDst, indices, diffSrc);
  }

  @Override
  public ElementwiseKernels elementwise(PlanOptions options) {
    refuseRelu(options);
    return new ReferenceElementwise();
  }

  @Override
  public LinearKernels linear(PlanOptions options) {
    refuseRelu(options);
    return new ReferenceLinear();
  }

  @Override
  public NormalizationKernels normalization(PlanOptions options) {
    refuseRelu(options);
    return new ReferenceNormalization();
  }

  @Override
  public LossKernels losses(PlanOptions options) {
    refuseRelu(options);
    return new ReferenceLosses();
  }

  @Override
  public OptimizerKernels optimizers(PlanOptions options) {
    refuseRelu(options);
    return new ReferenceOptimizers();
  }

  @Override
  public void reluBackward(Tensor dst, Tensor diffDst, Tensor out) {
    LayerChecks.shape("dst", dst);
    TensorChecks.requireSameImages("diff_dst", diffDst, dst.shape(), dst.memoryFormat());
    TensorChecks.requireSameImages("out", out, dst.shape(), dst.memoryFormat());
    TensorChecks.requireDisjoint("out", out, "dst", dst);
    if (out != diffDst) {
      TensorChecks.requireDisjoint("out", out, "diff_dst", diffDst);
    }
    float[] mask = dst.toArray();
    float[] gradient = diffDst.toArray();
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] = mask[i] <= 0 ? 0 : gradient[i];
    }
    out.set(gradient);
  }

  @Override
  public void axpy(float a, Tensor x, Tensor y) {
    LayerChecks.shape("x", x);
    TensorChecks.requireLike("y", y, "x", x);
    TensorChecks.requireDisjoint("y", y, "x", x);
    Elements.inBlocks(
        y,
        (first, count) -> {
          float[] added = Elements.part(x, first, count);
          float[] sum = Elements.part(y, first, count);
          for (int i = 0; i < count; i++) {
            sum[i] = (float) ((double) a * added[i] + sum[i]);
          }
          y.set(first, sum);
        });
  }

  private static void refuseRelu(PlanOptions options) {
    if (options.relu()) {
      throw new IllegalArgumentException(
          "relu is true; only a forward convolution can end in a ReLU");
    }
  }

  private static void refusePaddingMode(PlanOptions options) {
    if (options.paddingMode() != PaddingMode.ZEROS) {
      throw new IllegalArgumentException(
          "padding mode is " + options.paddingMode().label() + "; only a convolution can have one");
    }
  }
}
