package io.github.conv4j.check;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.ElementwiseKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.UnaryFunction;
import java.util.Locale;

/** Functions of single elements, compared with the reference. */
final class VerifyingElementwise implements ElementwiseKernels {
  private final ElementwiseKernels tested;
  private final ElementwiseKernels reference =
      VerifyingKernels.reference().elementwise(PlanOptions.DEFAULT);
  private final Verifier verifier;

  VerifyingElementwise(ElementwiseKernels tested, Verifier verifier) {
    this.tested = tested;
    this.verifier = verifier;
  }

  @Override
  public String algorithm() {
    return tested.algorithm();
  }

  @Override
  public String isa() {
    return tested.isa();
  }

  private VerifiedCall call(UnaryFunction function, Direction direction, Shape shape) {
    String layer =
        switch (function) {
          case RELU -> "ReLU";
          case TANH -> "Tanh";
          case SIGMOID -> "Sigmoid";
        };
    String selection = Replay.module(layer + "()", shape);
    return verifier.call(Calls.of(layer.toLowerCase(Locale.ROOT), direction, tested, selection));
  }

  @Override
  public void forward(UnaryFunction function, Tensor src, Tensor dst) {
    Bound bound =
        switch (function) {
          case RELU -> Bound.EQUAL;
          case TANH -> LayerBounds.tanh();
          case SIGMOID -> LayerBounds.sigmoid();
        };
    call(function, Direction.FORWARD, src.shape())
        .source("src", src)
        .result("dst", dst, bound)
        .run(
            () -> tested.forward(function, src, dst),
            r -> reference.forward(function, r.tensor("src"), r.tensor("dst")));
  }

  @Override
  public void backward(UnaryFunction function, Tensor dst, Tensor diffDst, Tensor diffSrc) {
    call(function, Direction.BACKWARD_DATA, dst.shape())
        .source("dst", dst)
        .source("diff_dst", diffDst)
        .result(
            "diff_src",
            diffSrc,
            function == UnaryFunction.RELU ? Bound.EQUAL : LayerBounds.gradient())
        .run(
            () -> tested.backward(function, dst, diffDst, diffSrc),
            r ->
                reference.backward(
                    function, r.tensor("dst"), r.tensor("diff_dst"), r.tensor("diff_src")));
  }

  @Override
  public void dropout(long seed, double p, Tensor src, Tensor dst) {
    String selection = Replay.module("Dropout(p=" + p + ")", src.shape());
    verifier
        .call(Calls.of("dropout", Direction.FORWARD, tested, selection))
        .source("src", src)
        .result("dst", dst, Bound.EQUAL)
        .run(
            () -> tested.dropout(seed, p, src, dst),
            r -> reference.dropout(seed, p, r.tensor("src"), r.tensor("dst")));
  }
}
