package io.github.conv4j.nn;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Kernels;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/** What a convolution and a transposed convolution do alike, once there are plans for a shape. */
abstract class ConvolutionLayer implements Layer {
  private Kernels kernels;
  private final boolean relu;
  private boolean training = true;

  /** The last forward pass in training mode. */
  private ConvolutionPlans lastPlans;

  private Tensor lastSrc;
  private Tensor lastDst;

  ConvolutionLayer(Kernels kernels, boolean relu) {
    this.kernels = kernels;
    this.relu = relu;
  }

  /**
   * What the layer learns.
   *
   * @throws IllegalStateException if that is not known before the first forward pass
   */
  abstract ConvolutionParameters learned();

  /** The plans that there are. */
  abstract void forEachPlans(Consumer<ConvolutionPlans> action);

  /** Drops all plans, to be made again by the backend of now. */
  abstract void forgetPlans();

  /** The weights; may be written, see {@link #eval}. */
  public Tensor weight() {
    return learned().weight;
  }

  /** The bias [OC]; null without one. */
  public Tensor bias() {
    return learned().bias;
  }

  @Override
  public List<Parameter> parameters() {
    return learned().list;
  }

  @Override
  public Tensor forward(Tensor src) {
    Tensor dst = Tensor.empty(outputShape(src.shape()), src.memoryFormat());
    try {
      forward(src, dst);
      return dst;
    } catch (RuntimeException | Error e) {
      dst.close();
      throw e;
    }
  }

  final void forward(ConvolutionPlans plans, Tensor src, Tensor dst) {
    ConvolutionParameters learned = learned();
    if (!training) {
      plans.forward.run(src, plans.prepared(learned.weight), learned.bias, dst);
      return;
    }
    lastPlans = null;
    plans.forward.run(src, plans.preparedAgain(learned.weight), learned.bias, dst);
    lastPlans = plans;
    lastSrc = src;
    lastDst = dst;
  }

  @Override
  public Tensor backward(Tensor diffDst) {
    requireForward();
    Tensor diffSrc = Tensor.empty(lastSrc.shape(), lastSrc.memoryFormat());
    try {
      backward(diffDst, diffSrc);
      return diffSrc;
    } catch (RuntimeException | Error e) {
      diffSrc.close();
      throw e;
    }
  }

  @Override
  public void backward(Tensor diffDst, Tensor diffSrc) {
    requireForward();
    ConvolutionPlans plans = lastPlans;
    Tensor diff = diffDst;
    if (relu) {
      diff = plans.maskedDiff(lastDst);
      kernels.reluBackward(lastDst, diffDst, diff);
    }
    ConvolutionParameters learned = learned();
    learned.computeGradients(plans, lastSrc, diff);
    if (diffSrc != null) {
      plans.backwardData().run(diff, plans.preparedForBackward(learned.weight), diffSrc);
    }
    learned.addGradients(kernels);
  }

  @Override
  public Layer train() {
    training = true;
    return this;
  }

  /**
   * Switches to inference and returns this layer. The weights are prepared at the next forward pass
   * of each shape and kept: later writes to them are seen after the next {@code eval()}. The bias
   * is read at every pass.
   */
  @Override
  public Layer eval() {
    training = false;
    forget();
    forEachPlans(ConvolutionPlans::forgetWeights);
    return this;
  }

  private void forget() {
    lastPlans = null;
    lastSrc = null;
    lastDst = null;
  }

  @Override
  public Optional<Kernels> kernels() {
    return Optional.of(kernels);
  }

  @Override
  public Layer kernels(Kernels backend) {
    kernels = Objects.requireNonNull(backend, "kernels");
    forget();
    forgetPlans();
    return this;
  }

  /** The backend that makes the plans. */
  final Kernels backend() {
    return kernels;
  }

  @Override
  public boolean isTraining() {
    return training;
  }

  private void requireForward() {
    if (lastPlans == null) {
      throw new IllegalStateException("backward needs a forward pass in training mode before it");
    }
  }

  /** Shape of dst; of rank 3 for a src of rank 3. */
  static Shape imageShape(Shape src, Shape dst) {
    return src.rank() == 3 ? Shape.of(dst.dim(1), dst.dim(2), dst.dim(3)) : dst;
  }
}
