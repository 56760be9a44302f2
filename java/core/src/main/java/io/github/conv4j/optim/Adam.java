package io.github.conv4j.optim;

import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.AdamSettings;
import io.github.conv4j.kernel.OptimizerKernels;
import io.github.conv4j.nn.Parameter;
import java.util.List;

/**
 * Adam and AdamW, as PyTorch's torch.optim.Adam and AdamW without amsgrad. At step t = 1, 2, ...
 *
 * <pre>
 *   Adam:  g = gradient + weightDecay * parameter
 *   AdamW: g = gradient, parameter *= 1 - learningRate * weightDecay
 *   mean = beta1 * mean + (1 - beta1) * g
 *   square = beta2 * square + (1 - beta2) * g^2
 *   parameter -= learningRate / (1 - beta1^t) * mean / (sqrt(square / (1 - beta2^t)) + eps)
 * </pre>
 *
 * <p>Kingma and Ba, Adam: A Method for Stochastic Optimization, 2015; Loshchilov and Hutter,
 * Decoupled Weight Decay Regularization, 2019.
 */
public final class Adam extends Optimizer {
  private static final List<String> MOMENTS = List.of("exp_avg", "exp_avg_sq");

  private final AdamSettings settings;
  private final List<Tensor> means;
  private final List<Tensor> squares;

  private Adam(Builder builder) {
    super(builder);
    this.settings =
        new AdamSettings(
            builder.beta1, builder.beta2, builder.eps, builder.weightDecay, builder.decoupled);
    this.means = zeros(builder.parameters);
    this.squares = zeros(builder.parameters);
  }

  /** Starts with a learning rate of 1e-3, betas 0.9 and 0.999, eps 1e-8 and no decay. */
  public static Builder builder(List<Parameter> parameters) {
    return new Builder(parameters);
  }

  @Override
  List<String> momentNames() {
    return MOMENTS;
  }

  @Override
  List<Tensor> moments(int kind) {
    return kind == 0 ? means : squares;
  }

  @Override
  void step(OptimizerKernels kernels, double rate, long step, int index, Parameter p) {
    kernels.adam(
        settings, rate, step, p.gradient(), p.value(), means.get(index), squares.get(index));
  }

  /** The settings in one line. */
  @Override
  public String toString() {
    return (settings.decoupled() ? "AdamW" : "Adam")
        + "(learningRate="
        + learningRate()
        + ", betas="
        + settings.beta1()
        + ","
        + settings.beta2()
        + ", eps="
        + settings.eps()
        + ", weightDecay="
        + settings.weightDecay()
        + ")";
  }

  /** The settings. */
  public static final class Builder extends Optimizer.Builder<Builder> {
    private double beta1 = 0.9;
    private double beta2 = 0.999;
    private double eps = 1e-8;
    private double weightDecay;
    private boolean decoupled;

    private Builder(List<Parameter> parameters) {
      super(parameters);
    }

    @Override
    Builder self() {
      return this;
    }

    /** How much of the means of the gradients and of their squares a step keeps; 0 to below 1. */
    public Builder betas(double ofGradients, double ofSquares) {
      beta1 = ofGradients;
      beta2 = ofSquares;
      return this;
    }

    /** What is added to the root that is divided by, at least 0. */
    public Builder eps(double value) {
      eps = value;
      return this;
    }

    /** The share of a parameter that decays, at least 0. */
    public Builder weightDecay(double value) {
      weightDecay = value;
      return this;
    }

    /** Whether the decay is taken off the parameter, which makes AdamW of it. */
    public Builder decoupledWeightDecay(boolean wanted) {
      decoupled = wanted;
      return this;
    }

    /**
     * Makes the optimizer.
     *
     * @throws IllegalArgumentException naming the setting that is wrong, its value and the value
     *     required
     */
    public Adam build() {
      return new Adam(this);
    }
  }
}
