package io.github.conv4j.kernel;

import io.github.conv4j.Shape;

/**
 * Convolution, transposed convolution and the fully connected layer in double precision, forward
 * and backward: the float64 reference, for gradient checks.
 *
 * <p>The loops are those of {@link ReferenceKernels}, which rounds each result to float once; here
 * nothing is rounded. Meant to be believed, not to be fast. Arrays are dense and row-major in the
 * shapes given here, no argument is modified, and every result is a new array. All methods are free
 * of state and may be called by any number of threads. They throw {@link IllegalArgumentException}
 * if an array has not the length that the geometry requires, naming it, its length and the length
 * required. Padding, NaN and N = 0 are treated as by {@link Kernels}.
 *
 * @see DoublePoolings
 * @see DoubleLayers
 * @see DoubleLosses
 */
public final class DoubleConvolutions {
  private DoubleConvolutions() {}

  /**
   * The convolution of {@link Conv2dGeometry}.
   *
   * @param geometry the extents
   * @param mode what lies outside the image
   * @param relu whether negative results become 0
   * @param src [N, IC, IH, IW]
   * @param weights [OC, IC/G, KH, KW]
   * @param bias [OC], or null for none
   * @return dst [N, OC, OH, OW]
   * @throws IllegalArgumentException also if the padding is larger than the mode has pixels for
   */
  public static double[] conv2dForward(
      Conv2dGeometry geometry,
      PaddingMode mode,
      boolean relu,
      double[] src,
      double[] weights,
      double[] bias) {
    return forward(ReferenceConvolution.of(geometry, mode), relu, src, weights, bias);
  }

  /**
   * The gradient of src, without a ReLU: its mask has to be applied to {@code diffDst} before.
   *
   * @param geometry the extents of the forward convolution
   * @param mode what lies outside the image
   * @param diffDst [N, OC, OH, OW]
   * @param weights [OC, IC/G, KH, KW]
   * @return diff_src [N, IC, IH, IW]; the gradient of padding is folded back onto its source
   */
  public static double[] conv2dBackwardData(
      Conv2dGeometry geometry, PaddingMode mode, double[] diffDst, double[] weights) {
    return backwardData(ReferenceConvolution.of(geometry, mode), diffDst, weights);
  }

  /**
   * The gradient of the weights.
   *
   * @param geometry the extents of the forward convolution
   * @param mode what lies outside the image
   * @param src [N, IC, IH, IW]
   * @param diffDst [N, OC, OH, OW]
   * @return diff_weights [OC, IC/G, KH, KW]
   */
  public static double[] conv2dBackwardWeights(
      Conv2dGeometry geometry, PaddingMode mode, double[] src, double[] diffDst) {
    return backwardWeights(ReferenceConvolution.of(geometry, mode), src, diffDst);
  }

  /**
   * The gradient of the bias, which no padding mode changes.
   *
   * @param geometry the extents of the forward convolution
   * @param diffDst [N, OC, OH, OW]
   * @return diff_bias [OC]
   */
  public static double[] conv2dDiffBias(Conv2dGeometry geometry, double[] diffDst) {
    return diffBias(ReferenceConvolution.of(geometry, PaddingMode.ZEROS), diffDst);
  }

  /**
   * The transposed convolution of {@link ConvTranspose2dGeometry}.
   *
   * @param geometry the extents
   * @param relu whether negative results become 0
   * @param src [N, IC, IH, IW]
   * @param weights [IC, OC/G, KH, KW]
   * @param bias [OC], or null for none
   * @return dst [N, OC, OH, OW]
   */
  public static double[] convTranspose2dForward(
      ConvTranspose2dGeometry geometry,
      boolean relu,
      double[] src,
      double[] weights,
      double[] bias) {
    return forward(ReferenceConvolution.of(geometry), relu, src, weights, bias);
  }

  /**
   * The gradient of src, without a ReLU.
   *
   * @param geometry the extents of the forward transposed convolution
   * @param diffDst [N, OC, OH, OW]
   * @param weights [IC, OC/G, KH, KW]
   * @return diff_src [N, IC, IH, IW]
   */
  public static double[] convTranspose2dBackwardData(
      ConvTranspose2dGeometry geometry, double[] diffDst, double[] weights) {
    return backwardData(ReferenceConvolution.of(geometry), diffDst, weights);
  }

  /**
   * The gradient of the weights.
   *
   * @param geometry the extents of the forward transposed convolution
   * @param src [N, IC, IH, IW]
   * @param diffDst [N, OC, OH, OW]
   * @return diff_weights [IC, OC/G, KH, KW]
   */
  public static double[] convTranspose2dBackwardWeights(
      ConvTranspose2dGeometry geometry, double[] src, double[] diffDst) {
    return backwardWeights(ReferenceConvolution.of(geometry), src, diffDst);
  }

  /**
   * The gradient of the bias.
   *
   * @param geometry the extents of the forward transposed convolution
   * @param diffDst [N, OC, OH, OW]
   * @return diff_bias [OC]
   */
  public static double[] convTranspose2dDiffBias(
      ConvTranspose2dGeometry geometry, double[] diffDst) {
    return diffBias(ReferenceConvolution.of(geometry), diffDst);
  }

  /**
   * The fully connected layer: dst[n,o] = bias[o] + the sum of weights[o,i] * src[n,i] over i.
   *
   * @param n rows
   * @param in features of src
   * @param out features of dst
   * @param src [n, in]
   * @param weights [out, in]
   * @param bias [out], or null for none
   * @return dst [n, out]
   */
  public static double[] linearForward(
      int n, int in, int out, double[] src, double[] weights, double[] bias) {
    Values x = Values.of("src", src, (long) n * in);
    Values w = Values.of("weights", weights, (long) out * in);
    return ReferenceLinear.forward(n, in, out, x, w, Values.of("bias", bias, out));
  }

  /**
   * The gradient of src.
   *
   * @param n rows
   * @param in features of src
   * @param out features of dst
   * @param diffDst [n, out]
   * @param weights [out, in]
   * @return diff_src [n, in]
   */
  public static double[] linearBackwardData(
      int n, int in, int out, double[] diffDst, double[] weights) {
    Values dy = Values.of("diff_dst", diffDst, (long) n * out);
    Values w = Values.of("weights", weights, (long) out * in);
    return ReferenceLinear.backwardData(n, in, out, dy, w);
  }

  /**
   * The gradient of the weights.
   *
   * @param n rows
   * @param in features of src
   * @param out features of dst
   * @param src [n, in]
   * @param diffDst [n, out]
   * @return diff_weights [out, in]
   */
  public static double[] linearBackwardWeights(
      int n, int in, int out, double[] src, double[] diffDst) {
    Values x = Values.of("src", src, (long) n * in);
    Values dy = Values.of("diff_dst", diffDst, (long) n * out);
    return ReferenceLinear.backwardWeights(n, in, out, 0, out, x, dy);
  }

  /**
   * The gradient of the bias: the sums of the columns.
   *
   * @param n rows
   * @param out features of dst
   * @param diffDst [n, out]
   * @return diff_bias [out]
   */
  public static double[] linearDiffBias(int n, int out, double[] diffDst) {
    return ReferenceLinear.diffBias(n, out, Values.of("diff_dst", diffDst, (long) n * out));
  }

  private static double[] forward(
      ReferenceConvolution c, boolean relu, double[] src, double[] weights, double[] bias) {
    Values b = Values.of("bias", bias, c.biasShape().elements());
    return c.forward(values("src", src, c.srcShape()), weights(c, weights), b, relu);
  }

  private static double[] backwardData(ReferenceConvolution c, double[] diffDst, double[] weights) {
    return c.backwardData(values("diff_dst", diffDst, c.dstShape()), weights(c, weights));
  }

  private static double[] backwardWeights(ReferenceConvolution c, double[] src, double[] diffDst) {
    Values dy = values("diff_dst", diffDst, c.dstShape());
    return c.backwardWeights(values("src", src, c.srcShape()), dy);
  }

  private static double[] diffBias(ReferenceConvolution c, double[] diffDst) {
    return c.diffBias(values("diff_dst", diffDst, c.dstShape()));
  }

  private static Values weights(ReferenceConvolution c, double[] weights) {
    return values("weights", weights, c.weightsShape());
  }

  private static Values values(String name, double[] values, Shape shape) {
    return Values.of(name, values, shape.elements());
  }
}
