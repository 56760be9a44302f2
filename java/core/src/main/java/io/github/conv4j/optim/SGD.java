package io.github.conv4j.optim;

import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.OptimizerKernels;
import io.github.conv4j.kernel.SgdSettings;
import io.github.conv4j.nn.Parameter;
import java.util.List;

/**
 * Stochastic gradient descent with momentum, as PyTorch's torch.optim.SGD.
 *
 * <pre>
 *   g = gradient + weightDecay * parameter
 *   buffer = momentum * buffer + (1 - dampening) * g, at the first step g
 *   parameter -= learningRate * (nesterov ? g + momentum * buffer : buffer)
 * </pre>
 *
 * <p>Sutskever, Martens, Dahl and Hinton, On the importance of initialization and momentum in deep
 * learning, 2013.
 */
public final class SGD extends Optimizer {
  private final SgdSettings settings;
  private final List<Tensor> buffers;

  private SGD(Builder builder) {
    super(builder);
    this.settings =
        new SgdSettings(builder.momentum, builder.dampening, builder.weightDecay, builder.nesterov);
    this.buffers = settings.hasMomentum() ? zeros(builder.parameters) : List.of();
  }

  /** Starts with a learning rate of 1e-3, no momentum and no decay. */
  public static Builder builder(List<Parameter> parameters) {
    return new Builder(parameters);
  }

  @Override
  List<String> momentNames() {
    return settings.hasMomentum() ? List.of("momentum_buffer") : List.of();
  }

  @Override
  List<Tensor> moments(int kind) {
    return buffers;
  }

  @Override
  void step(OptimizerKernels kernels, double rate, long step, int index, Parameter p) {
    kernels.sgd(
        settings,
        rate,
        step == 1,
        p.gradient(),
        p.value(),
        settings.hasMomentum() ? buffers.get(index) : null);
  }

  /** The settings in one line. */
  @Override
  public String toString() {
    return "SGD(learningRate="
        + learningRate()
        + ", momentum="
        + settings.momentum()
        + ", dampening="
        + settings.dampening()
        + ", weightDecay="
        + settings.weightDecay()
        + ", nesterov="
        + settings.nesterov()
        + ")";
  }

  /** The settings. */
  public static final class Builder extends Optimizer.Builder<Builder> {
    private double momentum;
    private double dampening;
    private double weightDecay;
    private boolean nesterov;

    private Builder(List<Parameter> parameters) {
      super(parameters);
    }

    @Override
    Builder self() {
      return this;
    }

    /** The share of the last step's direction that is kept, at least 0. */
    public Builder momentum(double value) {
      momentum = value;
      return this;
    }

    /** What is taken off the share of the new gradient in the direction. */
    public Builder dampening(double value) {
      dampening = value;
      return this;
    }

    /** The share of a parameter that is added to its gradient, at least 0. */
    public Builder weightDecay(double value) {
      weightDecay = value;
      return this;
    }

    /** Whether a step looks ahead by the momentum; asks for momentum and no dampening. */
    public Builder nesterov(boolean wanted) {
      nesterov = wanted;
      return this;
    }

    /**
     * Makes the optimizer.
     *
     * @throws IllegalArgumentException naming the setting that is wrong, its value and the value
     *     required
     */
    public SGD build() {
      return new SGD(this);
    }
  }
}
