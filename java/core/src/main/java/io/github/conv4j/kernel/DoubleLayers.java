package io.github.conv4j.kernel;

import io.github.conv4j.Shape;
import io.github.conv4j.kernel.ReferenceNormalization.Layout;
import io.github.conv4j.kernel.ReferenceNormalization.Moments;

/**
 * Activations, softmax and batch normalisation in double precision, forward and backward: the
 * float64 reference, for gradient checks. What {@link DoubleConvolutions} says of arrays, threads
 * and exceptions holds here, too.
 *
 * <p>Channels are axis 1 of [N, C] and [N, C, H, W], axis 0 of [C] and [C, H, W].
 */
public final class DoubleLayers {
  private DoubleLayers() {}

  /**
   * Gradients of a batch normalisation.
   *
   * @param diffSrc the shape of src
   * @param diffGamma [C]
   * @param diffBeta [C]
   */
  public record BatchNormGradients(double[] diffSrc, double[] diffGamma, double[] diffBeta) {}

  /**
   * The function of every element.
   *
   * @param function which
   * @param src any number of elements
   * @return dst, as many
   */
  public static double[] elementwiseForward(UnaryFunction function, double[] src) {
    return ReferenceElementwise.forward(function, Values.of("src", src, src.length));
  }

  /**
   * The gradient of src, from the function's values.
   *
   * @param function which
   * @param dst what the forward pass gave
   * @param diffDst as many elements
   * @return diff_src, as many
   */
  public static double[] elementwiseBackward(
      UnaryFunction function, double[] dst, double[] diffDst) {
    Values y = Values.of("dst", dst, dst.length);
    return ReferenceElementwise.backward(function, y, Values.of("diff_dst", diffDst, dst.length));
  }

  /**
   * Softmax along the channels, or its logarithm.
   *
   * @param log whether the logarithm is wanted
   * @param shape [N, C], [N, C, H, W], [C] or [C, H, W]
   * @param src of that shape
   * @return dst of that shape
   */
  public static double[] softmaxForward(boolean log, Shape shape, double[] src) {
    Values x = Values.of("src", src, shape.elements());
    return ReferenceNormalization.softmax(log, channels(shape), x);
  }

  /**
   * The gradient of src, from the softmax or its logarithm.
   *
   * @param log as in the forward pass
   * @param shape as in the forward pass
   * @param dst what the forward pass gave
   * @param diffDst of that shape
   * @return diff_src of that shape
   */
  public static double[] softmaxBackward(boolean log, Shape shape, double[] dst, double[] diffDst) {
    Values y = Values.of("dst", dst, shape.elements());
    Values dy = Values.of("diff_dst", diffDst, shape.elements());
    return ReferenceNormalization.softmaxBackward(log, channels(shape), y, dy);
  }

  /**
   * The mean of every channel over N, H and W; NaN where there is no value.
   *
   * @param shape [N, C, H, W] or [C, H, W]
   * @param src of that shape
   * @return [C]
   */
  public static double[] batchNormMean(Shape shape, double[] src) {
    return moments(shape, src).mean();
  }

  /**
   * The biased variance of every channel over N, H and W; NaN where there is no value.
   *
   * @param shape [N, C, H, W] or [C, H, W]
   * @param src of that shape
   * @return [C]
   */
  public static double[] batchNormVariance(Shape shape, double[] src) {
    return moments(shape, src).variance();
  }

  /**
   * Batch normalisation: gamma * (src - mean) / sqrt(variance + eps) + beta. In training mean and
   * variance are the batch's own, in evaluation any others.
   *
   * @param shape [N, C, H, W] or [C, H, W]
   * @param src of that shape
   * @param mean [C]
   * @param variance [C]
   * @param gamma [C], or null for ones
   * @param beta [C], or null for zeros
   * @param eps at least 0
   * @return dst of that shape
   */
  public static double[] batchNormForward(
      Shape shape,
      double[] src,
      double[] mean,
      double[] variance,
      double[] gamma,
      double[] beta,
      double eps) {
    Layout layout = images(shape);
    LayerChecks.eps(eps);
    Values x = Values.of("src", src, shape.elements());
    Moments moments = given(layout, mean, variance);
    Values b = Values.of("beta", beta, layout.c());
    return ReferenceNormalization.batchNorm(
        layout, x, moments, Values.of("gamma", gamma, layout.c()), b, eps);
  }

  /**
   * The gradients of a batch normalisation, in training through the statistics, too.
   *
   * @param training whether mean and variance are the batch's own, and move with src
   * @param shape as in the forward pass
   * @param src as in the forward pass
   * @param mean as in the forward pass
   * @param variance as in the forward pass
   * @param gamma as in the forward pass
   * @param eps as in the forward pass
   * @param diffDst of the shape of src
   */
  public static BatchNormGradients batchNormBackward(
      boolean training,
      Shape shape,
      double[] src,
      double[] mean,
      double[] variance,
      double[] gamma,
      double eps,
      double[] diffDst) {
    Layout layout = images(shape);
    LayerChecks.eps(eps);
    Values x = Values.of("src", src, shape.elements());
    Moments moments = given(layout, mean, variance);
    Values g = Values.of("gamma", gamma, layout.c());
    Values dy = Values.of("diff_dst", diffDst, shape.elements());
    return ReferenceNormalization.batchNormBackward(training, layout, x, moments, g, eps, dy);
  }

  private static Layout channels(Shape shape) {
    return Layout.of(shape, LayerChecks.channelAxis("src", shape));
  }

  private static Layout images(Shape shape) {
    return Layout.of(shape, LayerChecks.imageChannelAxis("src", shape));
  }

  private static Moments moments(Shape shape, double[] src) {
    Values x = Values.of("src", src, shape.elements());
    return ReferenceNormalization.moments(images(shape), x);
  }

  private static Moments given(Layout layout, double[] mean, double[] variance) {
    Values.requireLength("mean", mean.length, layout.c());
    Values.requireLength("variance", variance.length, layout.c());
    return new Moments(mean, variance);
  }
}
