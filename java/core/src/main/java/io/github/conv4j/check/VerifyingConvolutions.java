package io.github.conv4j.check;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Candidate;
import io.github.conv4j.kernel.Conv2dBackwardData;
import io.github.conv4j.kernel.Conv2dBackwardWeights;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.ConvTranspose2dBackwardData;
import io.github.conv4j.kernel.ConvTranspose2dBackwardWeights;
import io.github.conv4j.kernel.ConvTranspose2dForward;
import io.github.conv4j.kernel.ConvTranspose2dGeometry;
import io.github.conv4j.kernel.ConvolutionBackwardData;
import io.github.conv4j.kernel.ConvolutionBackwardWeights;
import io.github.conv4j.kernel.ConvolutionForward;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Plan;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.PreparedWeights;
import java.util.List;

/** Plans of plain and transposed convolutions that compare each run with the reference. */
final class VerifyingConvolutions {
  private VerifyingConvolutions() {}

  /** Weights as the tested plan packed them, and as they were. */
  private static final class Prepared implements PreparedWeights {
    final PreparedWeights packed;
    volatile float[] values;

    Prepared(PreparedWeights packed, float[] values) {
      this.packed = packed;
      this.values = values;
    }

    @Override
    public void close() {
      packed.close();
    }
  }

  /** What all directions have in common. */
  private abstract static class Base<P extends Plan> implements Plan {
    final P tested;
    final Verifier verifier;
    final KernelCase shape;
    final Convolution convolution;
    final PlanOptions asked;
    private final Direction direction;

    Base(
        P tested,
        KernelCase shape,
        Convolution convolution,
        Direction direction,
        PlanOptions asked,
        Verifier verifier) {
      this.tested = tested;
      this.shape = shape;
      this.convolution = convolution;
      this.direction = direction;
      this.asked = asked;
      this.verifier = verifier;
    }

    @Override
    public final String algorithm() {
      return tested.algorithm();
    }

    @Override
    public final String isa() {
      return tested.isa();
    }

    @Override
    public final List<Candidate> candidates() {
      return tested.candidates();
    }

    @Override
    public final long workspaceBytes(int threads) {
      return tested.workspaceBytes(threads);
    }

    @Override
    public final long preparedBytes() {
      return tested.preparedBytes();
    }

    final VerifiedCall call() {
      return verifier.call(Calls.of(shape, direction, tested));
    }

    /** For the sums of products that the direction is about. */
    final Bound bound() {
      return tested.algorithm().contains("winograd")
          ? Bound.transformed()
          : Bound.sum(convolution.summands(direction));
    }

    final Bound plainBound() {
      return Bound.sum(convolution.summands(direction));
    }

    @SuppressWarnings("unchecked")
    final P reference() {
      return (P) convolution.plan(VerifyingKernels.reference(), direction, asked);
    }

    final Prepared own(PreparedWeights weights) {
      if (weights instanceof Prepared own) {
        return own;
      }
      throw new IllegalArgumentException("the weights were prepared by another backend");
    }

    final Shape weightsShape() {
      return convolution.weightsShape();
    }
  }

  private abstract static class Forward extends Base<ConvolutionForward>
      implements ConvolutionForward {
    Forward(
        ConvolutionForward tested,
        KernelCase shape,
        Convolution convolution,
        PlanOptions asked,
        Verifier verifier) {
      super(tested, shape, convolution, Direction.FORWARD, asked, verifier);
    }

    @Override
    public PreparedWeights prepare(Tensor weights) {
      return new Prepared(tested.prepare(weights), weights.toArray());
    }

    @Override
    public void prepare(Tensor weights, PreparedWeights prepared) {
      Prepared own = own(prepared);
      tested.prepare(weights, own.packed);
      own.values = weights.toArray();
    }

    @Override
    public void run(Tensor src, PreparedWeights weights, Tensor bias, Tensor dst) {
      Prepared own = own(weights);
      call()
          .source("src", src)
          .source("weights", weightsShape(), own.values)
          .source("bias", bias)
          .result("dst", dst, bound())
          .run(
              () -> tested.run(src, own.packed, bias, dst),
              r -> {
                ConvolutionForward reference = reference();
                try (PreparedWeights copy = reference.prepare(r.tensor("weights"))) {
                  reference.run(r.tensor("src"), copy, r.tensor("bias"), r.tensor("dst"));
                }
              });
    }
  }

  private abstract static class BackwardData extends Base<ConvolutionBackwardData>
      implements ConvolutionBackwardData {
    BackwardData(
        ConvolutionBackwardData tested,
        KernelCase shape,
        Convolution convolution,
        PlanOptions asked,
        Verifier verifier) {
      super(tested, shape, convolution, Direction.BACKWARD_DATA, asked, verifier);
    }

    @Override
    public PreparedWeights prepare(Tensor weights) {
      return new Prepared(tested.prepare(weights), weights.toArray());
    }

    @Override
    public void prepare(Tensor weights, PreparedWeights prepared) {
      Prepared own = own(prepared);
      tested.prepare(weights, own.packed);
      own.values = weights.toArray();
    }

    @Override
    public void run(Tensor diffDst, PreparedWeights weights, Tensor diffSrc) {
      Prepared own = own(weights);
      call()
          .source("diff_dst", diffDst)
          .source("weights", weightsShape(), own.values)
          .result("diff_src", diffSrc, bound())
          .run(
              () -> tested.run(diffDst, own.packed, diffSrc),
              r -> {
                ConvolutionBackwardData reference = reference();
                try (PreparedWeights copy = reference.prepare(r.tensor("weights"))) {
                  reference.run(r.tensor("diff_dst"), copy, r.tensor("diff_src"));
                }
              });
    }
  }

  private abstract static class BackwardWeights extends Base<ConvolutionBackwardWeights>
      implements ConvolutionBackwardWeights {
    BackwardWeights(
        ConvolutionBackwardWeights tested,
        KernelCase shape,
        Convolution convolution,
        PlanOptions asked,
        Verifier verifier) {
      super(tested, shape, convolution, Direction.BACKWARD_WEIGHTS, asked, verifier);
    }

    @Override
    public void run(Tensor src, Tensor diffDst, Tensor diffWeights, Tensor diffBias) {
      call()
          .source("src", src)
          .source("diff_dst", diffDst)
          .result("diff_weights", diffWeights, bound())
          .result("diff_bias", diffBias, plainBound())
          .run(
              () -> tested.run(src, diffDst, diffWeights, diffBias),
              r ->
                  reference()
                      .run(
                          r.tensor("src"),
                          r.tensor("diff_dst"),
                          r.tensor("diff_weights"),
                          r.tensor("diff_bias")));
    }
  }

  private static KernelCase shape(Conv2dGeometry geometry, PlanOptions asked) {
    return new Conv2dCase("call", geometry, asked.paddingMode());
  }

  private static Convolution plain(Conv2dGeometry geometry, PlanOptions asked) {
    return new PlainConvolution(geometry, asked.paddingMode());
  }

  private static KernelCase shape(ConvTranspose2dGeometry geometry) {
    return new ConvTranspose2dCase("call", geometry);
  }

  static final class Forward2d extends Forward implements Conv2dForward {
    private final Conv2dGeometry geometry;

    Forward2d(Conv2dForward tested, PlanOptions asked, Verifier verifier) {
      super(
          tested,
          shape(tested.geometry(), asked),
          plain(tested.geometry(), asked),
          asked,
          verifier);
      this.geometry = tested.geometry();
    }

    @Override
    public Conv2dGeometry geometry() {
      return geometry;
    }
  }

  static final class BackwardData2d extends BackwardData implements Conv2dBackwardData {
    private final Conv2dGeometry geometry;

    BackwardData2d(Conv2dBackwardData tested, PlanOptions asked, Verifier verifier) {
      super(
          tested,
          shape(tested.geometry(), asked),
          plain(tested.geometry(), asked),
          asked,
          verifier);
      this.geometry = tested.geometry();
    }

    @Override
    public Conv2dGeometry geometry() {
      return geometry;
    }
  }

  static final class BackwardWeights2d extends BackwardWeights implements Conv2dBackwardWeights {
    private final Conv2dGeometry geometry;

    BackwardWeights2d(Conv2dBackwardWeights tested, PlanOptions asked, Verifier verifier) {
      super(
          tested,
          shape(tested.geometry(), asked),
          plain(tested.geometry(), asked),
          asked,
          verifier);
      this.geometry = tested.geometry();
    }

    @Override
    public Conv2dGeometry geometry() {
      return geometry;
    }
  }

  static final class ForwardTransposed extends Forward implements ConvTranspose2dForward {
    private final ConvTranspose2dGeometry geometry;

    ForwardTransposed(ConvTranspose2dForward tested, PlanOptions asked, Verifier verifier) {
      super(
          tested,
          shape(tested.geometry()),
          new TransposedConvolution(tested.geometry()),
          asked,
          verifier);
      this.geometry = tested.geometry();
    }

    @Override
    public ConvTranspose2dGeometry geometry() {
      return geometry;
    }
  }

  static final class BackwardDataTransposed extends BackwardData
      implements ConvTranspose2dBackwardData {
    private final ConvTranspose2dGeometry geometry;

    BackwardDataTransposed(
        ConvTranspose2dBackwardData tested, PlanOptions asked, Verifier verifier) {
      super(
          tested,
          shape(tested.geometry()),
          new TransposedConvolution(tested.geometry()),
          asked,
          verifier);
      this.geometry = tested.geometry();
    }

    @Override
    public ConvTranspose2dGeometry geometry() {
      return geometry;
    }
  }

  static final class BackwardWeightsTransposed extends BackwardWeights
      implements ConvTranspose2dBackwardWeights {
    private final ConvTranspose2dGeometry geometry;

    BackwardWeightsTransposed(
        ConvTranspose2dBackwardWeights tested, PlanOptions asked, Verifier verifier) {
      super(
          tested,
          shape(tested.geometry()),
          new TransposedConvolution(tested.geometry()),
          asked,
          verifier);
      this.geometry = tested.geometry();
    }

    @Override
    public ConvTranspose2dGeometry geometry() {
      return geometry;
    }
  }
}
