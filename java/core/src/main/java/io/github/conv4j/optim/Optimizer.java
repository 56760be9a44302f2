package io.github.conv4j.optim;

import io.github.conv4j.Conv4j;
import io.github.conv4j.Tensor;
import io.github.conv4j.internal.NamedTensors;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.OptimizerKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.nn.Parameter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Changes parameters in place by their gradients. Every parameter of the list takes part in every
 * step; leave out of the list what is to stay as it is.
 *
 * <pre>{@code
 * try (Optimizer optimizer = SGD.builder(net.parameters()).learningRate(0.1).momentum(0.9).build()) {
 *   for (...) {
 *     net.zeroGrad();
 *     net.forward(images, scores);
 *     double value = loss.forward(scores, classes, diff);
 *     net.backward(diff, null);
 *     optimizer.step();
 *   }
 * }
 * }</pre>
 *
 * <p>A step allocates nothing and gives the same bits for every number of threads. An optimizer
 * belongs to one thread. Closing it frees its moments, not the parameters.
 */
public abstract sealed class Optimizer implements AutoCloseable permits SGD, Adam {
  /** What {@link #clipGradNorm} adds to the norm, as PyTorch does. */
  private static final double CLIP_EPS = 1e-6;

  private final List<Parameter> parameters;
  private final OptimizerKernels kernels;
  private double learningRate;
  private long steps;
  private boolean closed;

  Optimizer(Builder<?> settings) {
    this.parameters = settings.parameters;
    this.learningRate = settings.learningRate;
    Kernels backend = settings.kernels == null ? Conv4j.kernels() : settings.kernels;
    this.kernels = backend.optimizers(PlanOptions.DEFAULT);
  }

  /** The moments: how many kinds, each of the shape of the parameter. */
  abstract List<String> momentNames();

  /** The moments of one kind, one for each parameter. */
  abstract List<Tensor> moments(int kind);

  abstract void step(OptimizerKernels kernels, double rate, long step, int index, Parameter p);

  /** Takes one step with the gradients as they are, which stay. */
  public final void step() {
    requireOpen();
    steps++;
    for (int i = 0; i < parameters.size(); i++) {
      step(kernels, learningRate, steps, i, parameters.get(i));
    }
  }

  /** Sets the gradients of all parameters to zero. */
  public final void zeroGrad() {
    for (int i = 0; i < parameters.size(); i++) {
      parameters.get(i).gradient().fill(0);
    }
  }

  /** What the optimizer changes. */
  public final List<Parameter> parameters() {
    return parameters;
  }

  /** Steps taken, those before a restored state included. */
  public final long steps() {
    return steps;
  }

  /** The learning rate of the next step. */
  public final double learningRate() {
    return learningRate;
  }

  /**
   * Sets the learning rate of the steps to come.
   *
   * @throws IllegalArgumentException if it is not finite or below 0
   */
  public final void learningRate(double rate) {
    learningRate = requireRate(rate);
  }

  /**
   * Scales all gradients so that their common 2-norm is at most a given one; smaller gradients
   * stay. As PyTorch's clip_grad_norm_: the factor is maxNorm / (norm + 1e-6), and gradients whose
   * norm is NaN become NaN.
   *
   * @param maxNorm above 0
   * @return the norm before
   */
  public final double clipGradNorm(double maxNorm) {
    if (!(maxNorm > 0 && maxNorm < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "maxNorm is " + maxNorm + "; it must be finite and above 0");
    }
    double squares = 0;
    for (int i = 0; i < parameters.size(); i++) {
      squares += kernels.sumOfSquares(parameters.get(i).gradient());
    }
    double norm = Math.sqrt(squares);
    double factor = maxNorm / (norm + CLIP_EPS);
    if (!(factor >= 1)) {
      for (int i = 0; i < parameters.size(); i++) {
        kernels.scale((float) factor, parameters.get(i).gradient());
      }
    }
    return norm;
  }

  /**
   * Limits every element of every gradient to ±limit; NaN stays NaN.
   *
   * @param limit above 0
   */
  public final void clipGradValue(double limit) {
    if (!(limit > 0 && limit < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("limit is " + limit + "; it must be finite and above 0");
    }
    for (int i = 0; i < parameters.size(); i++) {
      kernels.clamp((float) -limit, (float) limit, parameters.get(i).gradient());
    }
  }

  /**
   * The moments, named as the parameter and PyTorch name them: {@code
   * features.0.weight.momentum_buffer}, {@code .exp_avg}, {@code .exp_avg_sq}.
   *
   * @return the optimizer's own tensors, not copies
   */
  public final Map<String, Tensor> stateDict() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    for (int i = 0; i < parameters.size(); i++) {
      for (int kind = 0; kind < momentNames().size(); kind++) {
        state.put(parameters.get(i).name() + "." + momentNames().get(kind), moments(kind).get(i));
      }
    }
    return state;
  }

  /**
   * Goes on where another optimizer of the same kind stood. Settings and learning rate stay as they
   * are.
   *
   * @param state as {@link #stateDict} gave it, not modified
   * @param stepsTaken as {@link #steps} gave it
   * @throws IllegalArgumentException naming every key that is missing, not expected or of another
   *     shape, or if stepsTaken is negative; nothing changes then
   */
  public final void loadStateDict(Map<String, Tensor> state, long stepsTaken) {
    if (stepsTaken < 0) {
      throw new IllegalArgumentException("stepsTaken is " + stepsTaken + "; it must be at least 0");
    }
    NamedTensors.copy("optimizer", stateDict(), state, true);
    steps = stepsTaken;
  }

  /** Frees the moments. Idempotent. */
  @Override
  public final void close() {
    closed = true;
    for (int kind = 0; kind < momentNames().size(); kind++) {
      moments(kind).forEach(Tensor::close);
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the optimizer is closed");
    }
  }

  /** A zero for every element of every parameter. */
  static List<Tensor> zeros(List<Parameter> parameters) {
    return parameters.stream()
        .map(p -> Tensor.zeros(p.value().shape(), p.value().memoryFormat()))
        .toList();
  }

  private static double requireRate(double rate) {
    if (!(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "learningRate is " + rate + "; it must be finite and at least 0");
    }
    return rate;
  }

  /**
   * Settings that all optimizers have.
   *
   * @param <B> the builder itself
   */
  public abstract static sealed class Builder<B extends Builder<B>>
      permits SGD.Builder, Adam.Builder {
    final List<Parameter> parameters;
    private double learningRate = 1e-3;
    private Kernels kernels;

    Builder(List<Parameter> parameters) {
      this.parameters = List.copyOf(parameters);
      if (this.parameters.isEmpty()) {
        throw new IllegalArgumentException(
            "there are no parameters; an optimizer needs some to change");
      }
      if (this.parameters.stream().map(Parameter::name).distinct().count() < parameters.size()) {
        throw new IllegalArgumentException(
            "two parameters have one name; take those of the whole network, whose names differ");
      }
    }

    abstract B self();

    /** The learning rate, at least 0; 1e-3 by default. */
    public final B learningRate(double rate) {
      learningRate = requireRate(rate);
      return self();
    }

    /** The backend; {@link Conv4j#kernels()} by default. */
    public final B kernels(Kernels backend) {
      kernels = Objects.requireNonNull(backend, "kernels");
      return self();
    }
  }
}
