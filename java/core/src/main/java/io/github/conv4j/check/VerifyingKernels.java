package io.github.conv4j.check;

import io.github.conv4j.Conv4j;
import io.github.conv4j.LongTensor;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.AdaptiveMaxPool2dForward;
import io.github.conv4j.kernel.AdaptivePool2dGeometry;
import io.github.conv4j.kernel.AvgPool2dBackward;
import io.github.conv4j.kernel.AvgPool2dForward;
import io.github.conv4j.kernel.Conv2dBackwardData;
import io.github.conv4j.kernel.Conv2dBackwardWeights;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.ConvTranspose2dBackwardData;
import io.github.conv4j.kernel.ConvTranspose2dBackwardWeights;
import io.github.conv4j.kernel.ConvTranspose2dForward;
import io.github.conv4j.kernel.ConvTranspose2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.ElementwiseKernels;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.LinearKernels;
import io.github.conv4j.kernel.LossKernels;
import io.github.conv4j.kernel.MaxPool2dBackward;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.NormalizationKernels;
import io.github.conv4j.kernel.OptimizerKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.PoolWindows;
import io.github.conv4j.kernel.ReferenceKernels;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Kernels that compare each of their calls with the reference: sources are copied before the call,
 * the reference runs on the copies, and every element of every result has to be within the bound of
 * its operation. Results are those of the tested kernels, bit for bit.
 *
 * <p>The bounds: equal bits for comparisons and moves (max and min pooling with their indices,
 * ReLU, dropout, unpooling); for sums of products {@link ErrorBound}, and equality where the
 * operands are integers so small that every order of adding is exact; 2 ulp for tanh and 2.5 for
 * the sigmoid; for softmax, batch normalisation and losses what their roundings add up to. A source
 * that the call wrote to is a difference, too.
 *
 * <p>Two runs of plain Java a call make this slow: it is for tests and for finding out, see the
 * property {@code conv4j.verify} of {@link Conv4j}. Safe for any number of threads if the observer
 * is.
 */
public final class VerifyingKernels implements Kernels {
  private final Kernels tested;
  private final Verifier verifier;
  private final Forcing forcing;

  /**
   * Kernels that report each call.
   *
   * @param tested what computes
   * @param observer is given every comparison, on the calling thread, before the call returns
   */
  public VerifyingKernels(Kernels tested, Consumer<OperationCheck> observer) {
    this(tested, Verifier.of(observer), Forcing.NONE);
  }

  /** Kernels that take some of their options from the check. */
  VerifyingKernels(Kernels tested, Verifier verifier, Forcing forcing) {
    this.tested = Objects.requireNonNull(tested, "tested");
    this.verifier = verifier;
    this.forcing = forcing;
  }

  /**
   * Kernels that throw a {@link VerificationException} at the first difference; the results of that
   * call stay as they were computed.
   *
   * @param tested what computes
   */
  public static VerifyingKernels throwing(Kernels tested) {
    return new VerifyingKernels(
        tested,
        check -> {
          if (!check.passed()) {
            throw new VerificationException(check);
          }
        });
  }

  static Kernels reference() {
    return ReferenceKernels.instance();
  }

  /** That of the tested kernels. */
  @Override
  public String backend() {
    return tested.backend();
  }

  @Override
  public Conv2dForward conv2dForward(Conv2dGeometry geometry, PlanOptions asked) {
    return new VerifyingConvolutions.Forward2d(
        tested.conv2dForward(geometry, forcing.of(asked, Direction.FORWARD)), asked, verifier);
  }

  @Override
  public Conv2dBackwardData conv2dBackwardData(Conv2dGeometry geometry, PlanOptions asked) {
    return new VerifyingConvolutions.BackwardData2d(
        tested.conv2dBackwardData(geometry, forcing.of(asked, Direction.BACKWARD_DATA)),
        asked,
        verifier);
  }

  @Override
  public Conv2dBackwardWeights conv2dBackwardWeights(Conv2dGeometry geometry, PlanOptions asked) {
    return new VerifyingConvolutions.BackwardWeights2d(
        tested.conv2dBackwardWeights(geometry, forcing.of(asked, Direction.BACKWARD_WEIGHTS)),
        asked,
        verifier);
  }

  @Override
  public ConvTranspose2dForward convTranspose2dForward(
      ConvTranspose2dGeometry geometry, PlanOptions asked) {
    return new VerifyingConvolutions.ForwardTransposed(
        tested.convTranspose2dForward(geometry, forcing.of(asked, Direction.FORWARD)),
        asked,
        verifier);
  }

  @Override
  public ConvTranspose2dBackwardData convTranspose2dBackwardData(
      ConvTranspose2dGeometry geometry, PlanOptions asked) {
    return new VerifyingConvolutions.BackwardDataTransposed(
        tested.convTranspose2dBackwardData(geometry, forcing.of(asked, Direction.BACKWARD_DATA)),
        asked,
        verifier);
  }

  @Override
  public ConvTranspose2dBackwardWeights convTranspose2dBackwardWeights(
      ConvTranspose2dGeometry geometry, PlanOptions asked) {
    return new VerifyingConvolutions.BackwardWeightsTransposed(
        tested.convTranspose2dBackwardWeights(
            geometry, forcing.of(asked, Direction.BACKWARD_WEIGHTS)),
        asked,
        verifier);
  }

  @Override
  public MaxPool2dForward maxPool2dForward(Pool2dGeometry geometry, PlanOptions asked) {
    return new VerifyingPoolings.ExtremeForward(
        tested.maxPool2dForward(geometry, forcing.of(asked, Direction.FORWARD)),
        reference().maxPool2dForward(geometry, asked),
        new MaxPool2dCase("call", geometry),
        asked.memoryFormat(),
        verifier);
  }

  @Override
  public MaxPool2dBackward maxPool2dBackward(Pool2dGeometry geometry, PlanOptions asked) {
    return new VerifyingPoolings.ExtremeBackward(
        tested.maxPool2dBackward(geometry, forcing.of(asked, Direction.BACKWARD_DATA)),
        reference().maxPool2dBackward(geometry, asked),
        verifier);
  }

  @Override
  public MaxPool2dForward minPool2dForward(Pool2dGeometry geometry, PlanOptions asked) {
    return new VerifyingPoolings.ExtremeForward(
        tested.minPool2dForward(geometry, forcing.of(asked, Direction.FORWARD)),
        reference().minPool2dForward(geometry, asked),
        new MinPool2dCase("call", geometry),
        asked.memoryFormat(),
        verifier);
  }

  @Override
  public AvgPool2dForward avgPool2dForward(PoolWindows geometry, PlanOptions asked) {
    return new VerifyingPoolings.AverageForward(
        tested.avgPool2dForward(geometry, forcing.of(asked, Direction.FORWARD)),
        reference().avgPool2dForward(geometry, asked),
        verifier);
  }

  @Override
  public AvgPool2dBackward avgPool2dBackward(PoolWindows geometry, PlanOptions asked) {
    return new VerifyingPoolings.AverageBackward(
        tested.avgPool2dBackward(geometry, forcing.of(asked, Direction.BACKWARD_DATA)),
        reference().avgPool2dBackward(geometry, asked),
        verifier);
  }

  @Override
  public AdaptiveMaxPool2dForward adaptiveMaxPool2dForward(
      AdaptivePool2dGeometry geometry, PlanOptions asked) {
    return new VerifyingPoolings.AdaptiveMaxForward(
        tested.adaptiveMaxPool2dForward(geometry, forcing.of(asked, Direction.FORWARD)),
        reference().adaptiveMaxPool2dForward(geometry, asked),
        verifier);
  }

  @Override
  public void adaptiveMaxPool2dBackward(Tensor diffDst, LongTensor indices, Tensor diffSrc) {
    verifier
        .call(
            operation(
                "adaptivemaxpool2d", Direction.BACKWARD_DATA, Calls.scatter(diffDst, diffSrc)))
        .source("diff_dst", diffDst)
        .indices("indices", indices)
        .result("diff_src", diffSrc, Bound.sum(ErrorBound.MOST_SUMMANDS))
        .run(
            () -> tested.adaptiveMaxPool2dBackward(diffDst, indices, diffSrc),
            r ->
                reference()
                    .adaptiveMaxPool2dBackward(
                        r.tensor("diff_dst"), r.indices("indices"), r.tensor("diff_src")));
  }

  @Override
  public void maxUnpool2d(Tensor src, LongTensor indices, Tensor dst) {
    verifier
        .call(operation("maxunpool2d", Direction.FORWARD, Calls.unpooling(src, dst)))
        .source("src", src)
        .indices("indices", indices)
        .result("dst", dst, Bound.EQUAL)
        .run(
            () -> tested.maxUnpool2d(src, indices, dst),
            r -> reference().maxUnpool2d(r.tensor("src"), r.indices("indices"), r.tensor("dst")));
  }

  @Override
  public void maxUnpool2dBackward(Tensor diffDst, LongTensor indices, Tensor diffSrc) {
    verifier
        .call(operation("maxunpool2d", Direction.BACKWARD_DATA, Calls.unpooling(diffSrc, diffDst)))
        .source("diff_dst", diffDst)
        .indices("indices", indices)
        .result("diff_src", diffSrc, Bound.EQUAL)
        .run(
            () -> tested.maxUnpool2dBackward(diffDst, indices, diffSrc),
            r ->
                reference()
                    .maxUnpool2dBackward(
                        r.tensor("diff_dst"), r.indices("indices"), r.tensor("diff_src")));
  }

  @Override
  public void reluBackward(Tensor dst, Tensor diffDst, Tensor out) {
    verifier
        .call(operation("relu", Direction.BACKWARD_DATA, Replay.module("ReLU()", dst.shape())))
        .source("dst", dst)
        .source("diff_dst", diffDst)
        .result("out", out, Bound.EQUAL)
        .run(
            () -> tested.reluBackward(dst, diffDst, out),
            r -> reference().reluBackward(r.tensor("dst"), r.tensor("diff_dst"), r.tensor("out")));
  }

  @Override
  public void axpy(float a, Tensor x, Tensor y) {
    verifier
        .call(operation("axpy", Direction.BACKWARD_WEIGHTS, Calls.added(x)))
        .source("x", x)
        .modified("y", y, Calls.added(a))
        .run(
            () -> tested.axpy(a, x, y),
            r -> reference().axpy(r.isAbsolute() ? Math.abs(a) : a, r.tensor("x"), r.tensor("y")));
  }

  @Override
  public ElementwiseKernels elementwise(PlanOptions asked) {
    return new VerifyingElementwise(tested.elementwise(forcing.of(asked)), verifier);
  }

  @Override
  public LinearKernels linear(PlanOptions asked) {
    return new VerifyingLinear(
        tested.linear(
            forcing.algorithm() == null
                ? forcing.of(asked)
                : forcing.of(asked).withAlgorithm(forcing.algorithm())),
        verifier);
  }

  @Override
  public NormalizationKernels normalization(PlanOptions asked) {
    return new VerifyingNormalization(tested.normalization(forcing.of(asked)), verifier);
  }

  @Override
  public LossKernels losses(PlanOptions asked) {
    return new VerifyingLosses(tested.losses(forcing.of(asked)), verifier);
  }

  @Override
  public OptimizerKernels optimizers(PlanOptions options) {
    return new VerifyingOptimizers(tested.optimizers(forcing.of(options)), verifier);
  }

  /** A call that no plan stands for: it runs on the default instruction set. */
  private Operation operation(String name, Direction direction, String selection) {
    boolean isNative = backend().equals("native");
    return new Operation(
        name,
        direction,
        isNative ? "simd" : backend(),
        isNative ? Conv4j.isa() : "java",
        selection);
  }
}
