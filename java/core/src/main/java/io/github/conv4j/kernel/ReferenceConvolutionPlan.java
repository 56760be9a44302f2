package io.github.conv4j.kernel;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import java.util.Objects;

/** A reference plan of a convolution or a transposed convolution: both copy their weights. */
abstract class ReferenceConvolutionPlan implements Plan {
  final ReferenceConvolution convolution;

  /** How the images of every run lie. */
  final MemoryFormat format;

  private final Shape weightsShape;

  ReferenceConvolutionPlan(ReferenceConvolution convolution, MemoryFormat format) {
    this.convolution = convolution;
    this.format = format;
    weightsShape = convolution.weightsShape();
  }

  @Override
  public final String algorithm() {
    return ReferenceKernels.NAME;
  }

  @Override
  public final String isa() {
    return ReferenceKernels.ISA;
  }

  public PreparedWeights prepare(Tensor weights) {
    TensorChecks.requireExactShape("weights", weights, weightsShape);
    return new Prepared(this, Values.of(weights));
  }

  public void prepare(Tensor weights, PreparedWeights prepared) {
    TensorChecks.requireExactShape("weights", weights, weightsShape);
    Prepared own = own(prepared);
    own.values();
    own.values = Values.of(weights);
  }

  /** The copy that a prepare of this plan made. */
  final Values values(PreparedWeights prepared) {
    return own(prepared).values();
  }

  private Prepared own(PreparedWeights prepared) {
    Objects.requireNonNull(prepared, "weights");
    if (!(prepared instanceof Prepared own)) {
      throw new IllegalArgumentException(
          "the prepared weights come from another backend than the reference");
    }
    if (own.plan != this) {
      throw new IllegalArgumentException(
          "the prepared weights come from another plan, for weights of shape "
              + own.plan.weightsShape
              + "; prepare weights of shape "
              + weightsShape
              + " with the plan that runs");
    }
    return own;
  }

  /** A copy of the weights as they are. */
  private static final class Prepared implements PreparedWeights {
    final ReferenceConvolutionPlan plan;
    volatile Values values;

    Prepared(ReferenceConvolutionPlan plan, Values values) {
      this.plan = plan;
      this.values = values;
    }

    Values values() {
      Values open = values;
      if (open == null) {
        throw new IllegalStateException("the prepared weights are closed");
      }
      return open;
    }

    @Override
    public void close() {
      values = null;
    }
  }
}
