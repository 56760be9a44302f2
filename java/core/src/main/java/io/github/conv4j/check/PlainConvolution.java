package io.github.conv4j.check;

import io.github.conv4j.Shape;
import io.github.conv4j.kernel.Conv2dBackwardData;
import io.github.conv4j.kernel.Conv2dBackwardWeights;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.kernel.Plan;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.PreparedWeights;
import io.github.conv4j.kernel.ReferenceConv2d;
import io.github.conv4j.kernel.ReferencePaddedConv2d;

/** A convolution with any kind of padding. */
record PlainConvolution(Conv2dGeometry g, PaddingMode mode) implements Convolution {
  PlainConvolution {
    mode.requireFits(g);
  }

  @Override
  public Shape srcShape() {
    return g.srcShape();
  }

  @Override
  public Shape weightsShape() {
    return g.weightsShape();
  }

  @Override
  public Shape biasShape() {
    return g.biasShape();
  }

  @Override
  public Shape dstShape() {
    return g.dstShape();
  }

  @Override
  public long[] extents() {
    return g.toArray();
  }

  @Override
  public long summands(Direction direction) {
    long taps = g.kh() * g.kw();
    return switch (direction) {
      case FORWARD -> g.ic() / g.g() * taps;
      case BACKWARD_DATA -> g.oc() / g.g() * taps * copies();
      case BACKWARD_WEIGHTS -> Math.max(1, g.n() * g.oh() * g.ow());
    };
  }

  /** How often a pixel is there, in the image and in its padding, at most. */
  private long copies() {
    return mode == PaddingMode.ZEROS ? 1 : (g.pt() + g.pb() + 1) * (g.pl() + g.pr() + 1);
  }

  @Override
  public Reach reach(Direction direction) {
    return Reach.of(g, mode, direction);
  }

  @Override
  public String divided(Direction direction) {
    return direction == Direction.BACKWARD_WEIGHTS ? "diff_dst" : "weights";
  }

  @Override
  public Plan plan(Kernels kernels, Direction direction, PlanOptions options) {
    PlanOptions padded = options.withPaddingMode(mode);
    return switch (direction) {
      case FORWARD -> kernels.conv2dForward(g, padded);
      case BACKWARD_DATA -> kernels.conv2dBackwardData(g, padded);
      case BACKWARD_WEIGHTS -> kernels.conv2dBackwardWeights(g, padded);
    };
  }

  @Override
  public void run(Plan plan, Direction direction, Tensors t) {
    switch (direction) {
      case FORWARD -> {
        Conv2dForward forward = (Conv2dForward) plan;
        try (PreparedWeights weights = forward.prepare(t.weights())) {
          forward.run(t.src(), weights, t.bias(), t.result());
        }
      }
      case BACKWARD_DATA -> {
        Conv2dBackwardData backward = (Conv2dBackwardData) plan;
        try (PreparedWeights weights = backward.prepare(t.weights())) {
          backward.run(t.diffDst(), weights, t.result());
        }
      }
      case BACKWARD_WEIGHTS ->
          ((Conv2dBackwardWeights) plan).run(t.src(), t.diffDst(), t.result(), t.diffBias());
    }
  }

  @Override
  public double dst(
      float[] x, float[] w, float[] b, long n, long oc, long oh, long ow, boolean absolute) {
    return absolute
        ? ReferencePaddedConv2d.forwardMagnitude(g, mode, x, w, b, n, oc, oh, ow)
        : ReferencePaddedConv2d.forward(g, mode, x, w, b, n, oc, oh, ow);
  }

  @Override
  public double diffSrc(
      float[] dy, float[] w, long n, long ic, long ih, long iw, boolean absolute) {
    return absolute
        ? ReferencePaddedConv2d.backwardDataMagnitude(g, mode, dy, w, n, ic, ih, iw)
        : ReferencePaddedConv2d.backwardData(g, mode, dy, w, n, ic, ih, iw);
  }

  @Override
  public double diffWeights(
      float[] x, float[] dy, long oc, long ic, long kh, long kw, boolean absolute) {
    return absolute
        ? ReferencePaddedConv2d.backwardWeightsMagnitude(g, mode, x, dy, oc, ic, kh, kw)
        : ReferencePaddedConv2d.backwardWeights(g, mode, x, dy, oc, ic, kh, kw);
  }

  @Override
  public double diffBias(float[] dy, long oc, boolean absolute) {
    return absolute
        ? ReferenceConv2d.diffBiasMagnitude(g, dy, oc)
        : ReferenceConv2d.diffBias(g, dy, oc);
  }
}
