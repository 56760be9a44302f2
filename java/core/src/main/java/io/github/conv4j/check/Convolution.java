package io.github.conv4j.check;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.Plan;
import io.github.conv4j.kernel.PlanOptions;

/**
 * A convolution of either kind as a check sees it: shapes, plans, and what the reference says about
 * single elements. {@code absolute} asks for the sum of absolute values instead.
 */
interface Convolution {
  /** The tensors of a run; those that the direction does not use are null. */
  record Tensors(
      Tensor src, Tensor weights, Tensor bias, Tensor diffDst, Tensor result, Tensor diffBias) {

    /** The first image of a direction: what is read, or for the weights, src. */
    Tensor first(Direction direction) {
      return direction == Direction.BACKWARD_DATA ? diffDst : src;
    }

    /** The second image of a direction: the result, or for the weights, diff_dst. */
    Tensor second(Direction direction) {
      return direction == Direction.BACKWARD_WEIGHTS ? diffDst : result;
    }

    /** These tensors with other images in their places. */
    Tensors with(Direction direction, Tensor first, Tensor second) {
      return switch (direction) {
        case FORWARD -> new Tensors(first, weights, bias, diffDst, second, diffBias);
        case BACKWARD_DATA -> new Tensors(src, weights, bias, first, second, diffBias);
        case BACKWARD_WEIGHTS -> new Tensors(first, weights, bias, second, result, diffBias);
      };
    }
  }

  Shape srcShape();

  Shape weightsShape();

  Shape biasShape();

  Shape dstShape();

  /** The extents that tell this convolution from others of its kind. */
  long[] extents();

  /** How many products one element of a direction's results adds up, at most. */
  long summands(Direction direction);

  /** Which elements of a direction's main result have anything to add up. */
  Reach reach(Direction direction);

  /**
   * The name of the operand whose values a transform for a direction divides: the weights, or what
   * stands for diff_dst in the convolution whose weights' gradient it is.
   */
  String divided(Direction direction);

  Plan plan(Kernels kernels, Direction direction, PlanOptions options);

  /** Runs a plan of {@link #plan}. */
  void run(Plan plan, Direction direction, Tensors tensors);

  /** dst[n,oc,oh,ow]; b may be null. */
  double dst(float[] x, float[] w, float[] b, long n, long oc, long oh, long ow, boolean absolute);

  /** diff_src[n,ic,ih,iw]. */
  double diffSrc(float[] dy, float[] w, long n, long ic, long ih, long iw, boolean absolute);

  /** diff_weights[i,j,kh,kw]. */
  double diffWeights(float[] x, float[] dy, long i, long j, long kh, long kw, boolean absolute);

  /** diff_bias[oc]. */
  double diffBias(float[] dy, long oc, boolean absolute);
}
