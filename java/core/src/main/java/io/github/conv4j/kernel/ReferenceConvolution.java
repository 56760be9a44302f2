package io.github.conv4j.kernel;

import io.github.conv4j.Shape;

/**
 * Whole results of a convolution or a transposed convolution, every element by {@link Correlation}.
 * The arrays have the lengths of the shapes; whoever makes the {@link Values} sees to that.
 */
sealed interface ReferenceConvolution {
  static ReferenceConvolution of(Conv2dGeometry geometry, PaddingMode mode) {
    mode.requireFits(geometry);
    return new Plain(geometry, new Correlation(geometry, mode));
  }

  static ReferenceConvolution of(ConvTranspose2dGeometry geometry) {
    return new Transposed(geometry, new Correlation(geometry));
  }

  Shape srcShape();

  Shape weightsShape();

  Shape biasShape();

  Shape dstShape();

  /** dst, not below 0 with {@code relu}; bias may be null. */
  double[] forward(Values src, Values weights, Values bias, boolean relu);

  /** diff_src. */
  double[] backwardData(Values diffDst, Values weights);

  /** diff_weights. */
  double[] backwardWeights(Values src, Values diffDst);

  /** diff_bias. */
  default double[] diffBias(Values diffDst) {
    Shape dst = dstShape();
    long pixels = dst.dim(2) * dst.dim(3);
    return Elements.all(
        1,
        1,
        1,
        dst.dim(1),
        (i, j, k, oc) ->
            Correlation.channelSum(diffDst, dst.dim(0), dst.dim(1), pixels, oc, false));
  }

  private static double rectified(double sum, boolean relu) {
    return relu && sum < 0 ? 0 : sum;
  }

  /** The convolution. */
  record Plain(Conv2dGeometry geometry, Correlation c) implements ReferenceConvolution {
    @Override
    public Shape srcShape() {
      return geometry.srcShape();
    }

    @Override
    public Shape weightsShape() {
      return geometry.weightsShape();
    }

    @Override
    public Shape biasShape() {
      return geometry.biasShape();
    }

    @Override
    public Shape dstShape() {
      return geometry.dstShape();
    }

    @Override
    public double[] forward(Values src, Values weights, Values bias, boolean relu) {
      return Elements.all(
          c.N,
          c.OC,
          c.OH,
          c.OW,
          (n, oc, oh, ow) -> {
            double start = Correlation.bias(bias, oc, false);
            return rectified(c.forward(start, src, weights, n, oc, oh, ow, false), relu);
          });
    }

    @Override
    public double[] backwardData(Values diffDst, Values weights) {
      return Elements.all(
          c.N,
          c.IC,
          c.IH,
          c.IW,
          (n, ic, ih, iw) -> c.backwardData(0, diffDst, weights, n, ic, ih, iw, false));
    }

    @Override
    public double[] backwardWeights(Values src, Values diffDst) {
      return Elements.all(
          c.OC,
          c.groupIC,
          c.KH,
          c.KW,
          (oc, ic, kh, kw) -> c.backwardWeights(src, diffDst, oc, ic, kh, kw, false));
    }
  }

  /** The transposed convolution: c leads from its dst to its src, so its passes are exchanged. */
  record Transposed(ConvTranspose2dGeometry geometry, Correlation c)
      implements ReferenceConvolution {
    @Override
    public Shape srcShape() {
      return geometry.srcShape();
    }

    @Override
    public Shape weightsShape() {
      return geometry.weightsShape();
    }

    @Override
    public Shape biasShape() {
      return geometry.biasShape();
    }

    @Override
    public Shape dstShape() {
      return geometry.dstShape();
    }

    @Override
    public double[] forward(Values src, Values weights, Values bias, boolean relu) {
      return Elements.all(
          c.N,
          c.IC,
          c.IH,
          c.IW,
          (n, oc, oh, ow) -> {
            double start = Correlation.bias(bias, oc, false);
            return rectified(c.backwardData(start, src, weights, n, oc, oh, ow, false), relu);
          });
    }

    @Override
    public double[] backwardData(Values diffDst, Values weights) {
      return Elements.all(
          c.N,
          c.OC,
          c.OH,
          c.OW,
          (n, ic, ih, iw) -> c.forward(0, diffDst, weights, n, ic, ih, iw, false));
    }

    @Override
    public double[] backwardWeights(Values src, Values diffDst) {
      return Elements.all(
          c.OC,
          c.groupIC,
          c.KH,
          c.KW,
          (ic, oc, kh, kw) -> c.backwardWeights(diffDst, src, ic, oc, kh, kw, false));
    }
  }
}
