package io.github.conv4j.check;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.AdaptivePool2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Plan;

/** How calls of kernels are named, and asked for on the command line. */
final class Calls {
  private Calls() {}

  /** A call of a plan. */
  static Operation of(String name, Direction direction, Plan plan, String selection) {
    return new Operation(name, direction, plan.algorithm(), plan.isa(), selection);
  }

  /** A call of a plan for a case of the command line. */
  static Operation of(KernelCase shape, Direction direction, Plan plan) {
    return of(shape.operation(), direction, plan, shape.selection());
  }

  /** The adaptive pooling that a move of gradients belongs to. */
  static String scatter(Tensor diffDst, Tensor diffSrc) {
    Shape small = diffDst.shape();
    Shape large = diffSrc.shape();
    int rank = large.rank();
    if (rank < 3 || small.rank() < 2) {
      return Replay.module("ReLU()", large);
    }
    AdaptivePool2dGeometry geometry =
        new AdaptivePool2dGeometry(
            rank == 3 ? 1 : large.dim(0),
            large.dim(rank - 3),
            large.dim(rank - 2),
            large.dim(rank - 1),
            small.dim(small.rank() - 2),
            small.dim(small.rank() - 1));
    return new AdaptiveMaxPool2dCase("call", geometry).selection();
  }

  /** An unpooling from small planes to large ones. */
  static String unpooling(Tensor small, Tensor large) {
    Shape from = small.shape();
    Shape to = large.shape();
    long kh = Math.max(1, to.dim(to.rank() - 2) - from.dim(from.rank() - 2) + 1);
    long kw = Math.max(1, to.dim(to.rank() - 1) - from.dim(from.rank() - 1) + 1);
    return Replay.module(
        "MaxUnpool2d(kernelSize=" + kh + "x" + kw + ", stride=1x1, padding=0,0,0,0)", from);
  }

  /** A layer whose gradient adds up as many elements. */
  static String added(Tensor x) {
    long elements = Math.max(1, x.elements());
    return Replay.module("Linear(" + elements + ", 1, bias=false)", Shape.of(1, elements));
  }

  /** y + a * x; a factor that is no integer makes products that are rounded. */
  static Bound added(float a) {
    return a == (int) a && Math.abs(a) <= 1 ? Bound.sum(1) : Bound.roundedSum(2);
  }
}
