package io.github.conv4j.nn;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NormalizationKernels;
import io.github.conv4j.kernel.PlanOptions;
import java.util.Optional;

/**
 * Softmax or its logarithm along the channels: axis 1 of [N, C] and [N, C, H, W], axis 0 of [C] and
 * [C, H, W]. A column of channels with NaN or +infinity, or of nothing but -infinity, is NaN
 * throughout. In training mode the result is kept until the backward pass.
 */
public abstract sealed class ChannelSoftmax extends SimpleLayer permits LogSoftmax, Softmax {
  private Kernels backend;
  private NormalizationKernels kernels;
  private final boolean log;

  /** The last forward pass in training mode. */
  private Tensor lastDst;

  ChannelSoftmax(boolean log, Kernels kernels) {
    kernels(kernels);
    this.log = log;
  }

  @Override
  public final void forward(Tensor src, Tensor dst) {
    if (!isTraining()) {
      kernels.softmax(log, src, dst);
      return;
    }
    lastDst = null;
    kernels.softmax(log, src, dst);
    lastDst = dst;
  }

  @Override
  public final void backward(Tensor diffDst, Tensor diffSrc) {
    Tensor dst = requireForward(lastDst);
    if (diffSrc != null) {
      kernels.softmaxBackward(log, dst, diffDst, diffSrc);
    }
  }

  @Override
  public final Optional<Kernels> kernels() {
    return Optional.of(backend);
  }

  @Override
  public final Layer kernels(Kernels other) {
    kernels = other.normalization(PlanOptions.DEFAULT);
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
    if (src.rank() < 1 || src.rank() > 4) {
      throw new IllegalArgumentException(
          "src has shape " + src + "; it must be [N, C], [N, C, H, W], [C] or [C, H, W]");
    }
    return src;
  }

  /** The layer's name. */
  @Override
  public final String toString() {
    return getClass().getSimpleName() + "()";
  }
}
