package io.github.conv4j.check;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.LinearKernels;
import io.github.conv4j.kernel.PlanOptions;

/** The fully connected layer, compared with the reference. */
final class VerifyingLinear implements LinearKernels {
  private final LinearKernels tested;
  private final LinearKernels reference = VerifyingKernels.reference().linear(PlanOptions.DEFAULT);
  private final Verifier verifier;

  VerifyingLinear(LinearKernels tested, Verifier verifier) {
    this.tested = tested;
    this.verifier = verifier;
  }

  @Override
  public String algorithm() {
    return tested.algorithm();
  }

  @Override
  public String algorithm(long n, long in, long out) {
    return tested.algorithm(n, in, out);
  }

  @Override
  public String isa() {
    return tested.isa();
  }

  private VerifiedCall call(Direction direction, long n, Tensor weights, boolean bias) {
    Shape matrix = weights.shape();
    boolean usual = matrix.rank() == 2;
    long in = usual ? matrix.dim(1) : 1;
    long out = usual ? matrix.dim(0) : 1;
    String text = "Linear(" + in + ", " + out + ", bias=" + bias + ")";
    return verifier.call(
        new Operation(
            "linear",
            direction,
            usual ? tested.algorithm(n, in, out) : tested.algorithm(),
            tested.isa(),
            Replay.module(text, Shape.of(n, in))));
  }

  /** Rows of a tensor whose last axis holds a row. */
  private static long rows(Tensor tensor) {
    Shape shape = tensor.shape();
    long row = shape.rank() == 0 ? 1 : shape.dim(shape.rank() - 1);
    return row == 0 ? 0 : shape.elements() / row;
  }

  private static long last(Tensor tensor) {
    Shape shape = tensor.shape();
    return shape.rank() == 0 ? 1 : shape.dim(shape.rank() - 1);
  }

  @Override
  public void forward(Tensor src, Tensor weights, Tensor bias, Tensor dst) {
    call(Direction.FORWARD, rows(src), weights, bias != null)
        .source("src", src)
        .source("weights", weights)
        .source("bias", bias)
        .result("dst", dst, Bound.sum(last(src)))
        .run(
            () -> tested.forward(src, weights, bias, dst),
            r ->
                reference.forward(
                    r.tensor("src"), r.tensor("weights"), r.tensor("bias"), r.tensor("dst")));
  }

  @Override
  public void backwardData(Tensor diffDst, Tensor weights, Tensor diffSrc) {
    call(Direction.BACKWARD_DATA, rows(diffDst), weights, false)
        .source("diff_dst", diffDst)
        .source("weights", weights)
        .result("diff_src", diffSrc, Bound.sum(last(diffDst)))
        .run(
            () -> tested.backwardData(diffDst, weights, diffSrc),
            r ->
                reference.backwardData(
                    r.tensor("diff_dst"), r.tensor("weights"), r.tensor("diff_src")));
  }

  @Override
  public void backwardWeights(Tensor src, Tensor diffDst, Tensor diffWeights, Tensor diffBias) {
    Bound bound = Bound.sum(rows(src));
    call(Direction.BACKWARD_WEIGHTS, rows(src), diffWeights, diffBias != null)
        .source("src", src)
        .source("diff_dst", diffDst)
        .result("diff_weights", diffWeights, bound)
        .result("diff_bias", diffBias, bound)
        .run(
            () -> tested.backwardWeights(src, diffDst, diffWeights, diffBias),
            r ->
                reference.backwardWeights(
                    r.tensor("src"),
                    r.tensor("diff_dst"),
                    r.tensor("diff_weights"),
                    r.tensor("diff_bias")));
  }
}
