package io.github.conv4j.nn;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.ElementwiseKernels;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.UnaryFunction;
import java.util.Optional;

/**
 * A function of every single element, for tensors of any shape. In training mode the result, not
 * the input, is kept until the backward pass. NaN gives NaN.
 */
public abstract sealed class Activation extends SimpleLayer permits ReLU, Sigmoid, Tanh {
  private Kernels backend;
  private ElementwiseKernels kernels;
  private final UnaryFunction function;

  /** The last forward pass in training mode. */
  private Tensor lastDst;

  Activation(UnaryFunction function, Kernels kernels) {
    kernels(kernels);
    this.function = function;
  }

  @Override
  public final void forward(Tensor src, Tensor dst) {
    if (src == dst) {
      throw new IllegalArgumentException("dst is src; a destination needs memory of its own");
    }
    if (!isTraining()) {
      kernels.forward(function, src, dst);
      return;
    }
    lastDst = null;
    kernels.forward(function, src, dst);
    lastDst = dst;
  }

  @Override
  public final void backward(Tensor diffDst, Tensor diffSrc) {
    Tensor dst = requireForward(lastDst);
    if (diffSrc != null) {
      kernels.backward(function, dst, diffDst, diffSrc);
    }
  }

  @Override
  public final Optional<Kernels> kernels() {
    return Optional.of(backend);
  }

  @Override
  public final Layer kernels(Kernels other) {
    kernels = other.elementwise(PlanOptions.DEFAULT);
    backend = other;
    forget();
    return this;
  }

  @Override
  final Shape lastSrcShape() {
    return requireForward(lastDst).shape();
  }

  @Override
  final MemoryFormat lastSrcFormat() {
    return requireForward(lastDst).memoryFormat();
  }

  @Override
  final void forget() {
    lastDst = null;
  }

  /** The same shape. */
  @Override
  public final Shape outputShape(Shape src) {
    return src;
  }

  /** The layer's name. */
  @Override
  public final String toString() {
    return getClass().getSimpleName() + "()";
  }
}
