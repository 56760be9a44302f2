package io.github.conv4j.kernel;

import io.github.conv4j.Conv4j;
import io.github.conv4j.LongTensor;
import io.github.conv4j.Tensor;

/**
 * A factory of plans: the native kernels or the plain-Java reference behind one interface.
 *
 * <p>The images of a convolution or pooling lie as its options say, see {@link
 * PlanOptions#memoryFormat}. Where there is no plan, and in the other operators, the images of one
 * call lie alike, in either {@link io.github.conv4j.MemoryFormat}.
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

  /** Plans a forward transposed convolution. */
  ConvTranspose2dForward convTranspose2dForward(
      ConvTranspose2dGeometry geometry, PlanOptions options);

  /** Plans the gradient of a transposed convolution's input. */
  ConvTranspose2dBackwardData convTranspose2dBackwardData(
      ConvTranspose2dGeometry geometry, PlanOptions options);

  /** Plans the gradients of a transposed convolution's weights and bias. */
  ConvTranspose2dBackwardWeights convTranspose2dBackwardWeights(
      ConvTranspose2dGeometry geometry, PlanOptions options);

  /** Plans a forward max pooling. */
  MaxPool2dForward maxPool2dForward(Pool2dGeometry geometry, PlanOptions options);

  /** Plans the gradient of the input of a max pooling, or of a min pooling. */
  MaxPool2dBackward maxPool2dBackward(Pool2dGeometry geometry, PlanOptions options);

  /**
   * Plans a forward min pooling: the max pooling of the negated input, negated, with the same rules
   * for ties, NaN and indices. A window with no tap inside the image gives +infinity. Its offsets
   * are fit for {@link #maxPool2dBackward} of the same geometry.
   */
  MaxPool2dForward minPool2dForward(Pool2dGeometry geometry, PlanOptions options);

  /**
   * Plans a forward average pooling.
   *
   * @param geometry {@link AvgPool2dGeometry} or {@link AdaptivePool2dGeometry}
   */
  AvgPool2dForward avgPool2dForward(PoolWindows geometry, PlanOptions options);

  /**
   * Plans the gradient of an average pooling's input.
   *
   * @param geometry {@link AvgPool2dGeometry} or {@link AdaptivePool2dGeometry}
   */
  AvgPool2dBackward avgPool2dBackward(PoolWindows geometry, PlanOptions options);

  /** Plans a forward adaptive max pooling. */
  AdaptiveMaxPool2dForward adaptiveMaxPool2dForward(
      AdaptivePool2dGeometry geometry, PlanOptions options);

  /**
   * The gradient of an adaptive max pooling's input: diff_src = 0, then diff_src[index] +=
   * diff_dst, plane by plane.
   *
   * @param diffDst [N, C, OH, OW], not modified
   * @param indices [N, C, OH, OW], h*IW + w within the (n, c) plane of diff_src, not modified
   * @param diffSrc [N, C, IH, IW], overwritten
   * @throws IllegalArgumentException if an index is negative or beyond its plane; nothing is
   *     written then
   */
  void adaptiveMaxPool2dBackward(Tensor diffDst, LongTensor indices, Tensor diffSrc);

  /**
   * Max unpooling: dst = 0, then dst[index] = src, plane by plane; of a repeated index the last one
   * in row-major order stays.
   *
   * @param src [N, C, H, W], not modified
   * @param indices [N, C, H, W], h*OW + w within the (n, c) plane of dst, not modified
   * @param dst [N, C, OH, OW] of any height and width, overwritten
   * @throws IllegalArgumentException if an index is negative (max pooling gives -1 for a window
   *     with no tap inside the image) or beyond its plane; nothing is written then
   */
  void maxUnpool2d(Tensor src, LongTensor indices, Tensor dst);

  /**
   * The gradient of a max unpooling's input: diff_src = diff_dst[index], plane by plane.
   *
   * @param diffDst [N, C, OH, OW], not modified
   * @param indices [N, C, H, W], as they were forward, not modified
   * @param diffSrc [N, C, H, W], overwritten
   * @throws IllegalArgumentException if an index is negative or beyond its plane; nothing is
   *     written then
   */
  void maxUnpool2dBackward(Tensor diffDst, LongTensor indices, Tensor diffSrc);

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

  /** Steps of optimizers, and what clips gradients. */
  OptimizerKernels optimizers(PlanOptions options);
}
