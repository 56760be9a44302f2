package io.github.conv4j.kernel;

import io.github.conv4j.Conv4j;
import io.github.conv4j.Tensor;

/**
 * A factory of plans: the native kernels or the plain-Java reference behind one interface.
 *
 * <p>Implementations are stateless and may be used by any number of threads.
 *
 * @see NativeKernels
 * @see ReferenceKernels
 * @see Conv4j#kernels()
 */
public interface Kernels {
  /** {@code native} or {@code reference}. */
  String backend();

  /** Plans a forward convolution. */
  Conv2dForward conv2dForward(Conv2dGeometry geometry, PlanOptions options);

  /** Plans the gradient of a convolution's input. */
  Conv2dBackwardData conv2dBackwardData(Conv2dGeometry geometry, PlanOptions options);

  /** Plans the gradients of a convolution's weights and bias. */
  Conv2dBackwardWeights conv2dBackwardWeights(Conv2dGeometry geometry, PlanOptions options);

  /** Plans a forward max pooling. */
  MaxPool2dForward maxPool2dForward(Pool2dGeometry geometry, PlanOptions options);

  /** Plans the gradient of a max pooling's input. */
  MaxPool2dBackward maxPool2dBackward(Pool2dGeometry geometry, PlanOptions options);

  /**
   * Computes {@code out[i] = dst[i] <= 0 ? 0 : diffDst[i]}, the gradient through a fused ReLU whose
   * mask is its own output; under a NaN output the gradient passes.
   *
   * @param dst any shape, not modified
   * @param diffDst the shape of dst, not modified; a batch of one may have rank 3 or 4
   * @param out the shape of dst, overwritten; may be {@code diffDst}
   */
  void reluBackward(Tensor dst, Tensor diffDst, Tensor out);

  /**
   * Computes {@code y[i] += a * x[i]}: how gradients are added up and weights take a step.
   *
   * @param a the factor
   * @param x any shape, not modified
   * @param y the shape of x, modified
   */
  void axpy(float a, Tensor x, Tensor y);

  /** Functions of single elements, and dropout. */
  ElementwiseKernels elementwise(PlanOptions options);

  /** The fully connected layer. */
  LinearKernels linear(PlanOptions options);

  /** Softmax and batch normalisation. */
  NormalizationKernels normalization(PlanOptions options);

  /** Cross entropy and squared error. */
  LossKernels losses(PlanOptions options);
}
