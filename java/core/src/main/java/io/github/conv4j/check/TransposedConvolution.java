package io.github.conv4j.check;

import io.github.conv4j.Shape;
import io.github.conv4j.kernel.ConvTranspose2dBackwardData;
import io.github.conv4j.kernel.ConvTranspose2dBackwardWeights;
import io.github.conv4j.kernel.ConvTranspose2dForward;
import io.github.conv4j.kernel.ConvTranspose2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.Plan;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.PreparedWeights;
import io.github.conv4j.kernel.ReferenceConvTranspose2d;

/** A transposed convolution. */
record TransposedConvolution(ConvTranspose2dGeometry g) implements Convolution {
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
      case BACKWARD_DATA -> g.oc() / g.g() * taps;
      case BACKWARD_WEIGHTS -> Math.max(1, g.n() * Math.max(g.ih() * g.iw(), g.oh() * g.ow()));
    };
  }

  @Override
  public Reach reach(Direction direction) {
    return Reach.of(g, direction);
  }

  @Override
  public String divided(Direction direction) {
    return direction == Direction.BACKWARD_WEIGHTS ? "src" : "weights";
  }

  @Override
  public Plan plan(Kernels kernels, Direction direction, PlanOptions options) {
    return switch (direction) {
      case FORWARD -> kernels.convTranspose2dForward(g, options);
      case BACKWARD_DATA -> kernels.convTranspose2dBackwardData(g, options);
      case BACKWARD_WEIGHTS -> kernels.convTranspose2dBackwardWeights(g, options);
    };
  }

  @Override
  public void run(Plan plan, Direction direction, Tensors t) {
    switch (direction) {
      case FORWARD -> {
        ConvTranspose2dForward forward = (ConvTranspose2dForward) plan;
        try (PreparedWeights weights = forward.prepare(t.weights())) {
          forward.run(t.src(), weights, t.bias(), t.result());
        }
      }
      case BACKWARD_DATA -> {
        ConvTranspose2dBackwardData backward = (ConvTranspose2dBackwardData) plan;
        try (PreparedWeights weights = backward.prepare(t.weights())) {
          backward.run(t.diffDst(), weights, t.result());
        }
      }
      case BACKWARD_WEIGHTS ->
          ((ConvTranspose2dBackwardWeights) plan)
              .run(t.src(), t.diffDst(), t.result(), t.diffBias());
    }
  }

  @Override
  public double dst(
      float[] x, float[] w, float[] b, long n, long oc, long oh, long ow, boolean absolute) {
    return absolute
        ? ReferenceConvTranspose2d.forwardMagnitude(g, x, w, b, n, oc, oh, ow)
        : ReferenceConvTranspose2d.forward(g, x, w, b, n, oc, oh, ow);
  }

  @Override
  public double diffSrc(
      float[] dy, float[] w, long n, long ic, long ih, long iw, boolean absolute) {
    return absolute
        ? ReferenceConvTranspose2d.backwardDataMagnitude(g, dy, w, n, ic, ih, iw)
        : ReferenceConvTranspose2d.backwardData(g, dy, w, n, ic, ih, iw);
  }

  @Override
  public double diffWeights(
      float[] x, float[] dy, long ic, long oc, long kh, long kw, boolean absolute) {
    return absolute
        ? ReferenceConvTranspose2d.backwardWeightsMagnitude(g, x, dy, ic, oc, kh, kw)
        : ReferenceConvTranspose2d.backwardWeights(g, x, dy, ic, oc, kh, kw);
  }

  @Override
  public double diffBias(float[] dy, long oc, boolean absolute) {
    return absolute
        ? ReferenceConvTranspose2d.diffBiasMagnitude(g, dy, oc)
        : ReferenceConvTranspose2d.diffBias(g, dy, oc);
  }
}
