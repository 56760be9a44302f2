package io.github.conv4j.kernel;

import static io.github.conv4j.kernel.Elements.inBlocks;
import static io.github.conv4j.kernel.Elements.part;

import io.github.conv4j.Tensor;

/** Steps of optimizers as they are defined, in double precision; what is kept is rounded once. */
final class ReferenceOptimizers extends ReferenceOperator implements OptimizerKernels {
  @Override
  public void sgd(
      SgdSettings settings,
      double learningRate,
      boolean first,
      Tensor gradient,
      Tensor parameter,
      Tensor momentumBuffer) {
    OptimizerChecks.sgd(settings, learningRate, gradient, parameter, momentumBuffer);
    inBlocks(
        parameter,
        (from, count) -> {
          float[] p = part(parameter, from, count);
          float[] gradients = part(gradient, from, count);
          float[] buffer = momentumBuffer == null ? null : part(momentumBuffer, from, count);
          sgd(settings, learningRate, first, gradients, p, buffer);
          parameter.set(from, p);
          if (buffer != null) {
            momentumBuffer.set(from, buffer);
          }
        });
  }

  private static void sgd(
      SgdSettings settings,
      double learningRate,
      boolean first,
      float[] gradients,
      float[] p,
      float[] buffer) {
    for (int i = 0; i < p.length; i++) {
      double g = decayed(gradients[i], settings.weightDecay(), p[i]);
      double moved = g;
      if (buffer != null) {
        double b = first ? g : settings.momentum() * buffer[i] + (1 - settings.dampening()) * g;
        buffer[i] = (float) b;
        moved = settings.nesterov() ? g + settings.momentum() * b : b;
      }
      p[i] = (float) (p[i] - learningRate * moved);
    }
  }

  /** Without decay not even 0 times a parameter that is infinite. */
  private static double decayed(double gradient, double weightDecay, double parameter) {
    return weightDecay == 0 ? gradient : gradient + weightDecay * parameter;
  }

  @Override
  public void adam(
      AdamSettings settings,
      double learningRate,
      long step,
      Tensor gradient,
      Tensor parameter,
      Tensor mean,
      Tensor square) {
    OptimizerChecks.adam(learningRate, step, gradient, parameter, mean, square);
    inBlocks(
        parameter,
        (first, count) -> {
          float[] p = part(parameter, first, count);
          float[] means = part(mean, first, count);
          float[] squares = part(square, first, count);
          adam(settings, learningRate, step, part(gradient, first, count), p, means, squares);
          parameter.set(first, p);
          mean.set(first, means);
          square.set(first, squares);
        });
  }

  private static void adam(
      AdamSettings settings,
      double learningRate,
      long step,
      float[] gradients,
      float[] p,
      float[] means,
      float[] squares) {
    double beta1 = settings.beta1();
    double beta2 = settings.beta2();
    double rate = learningRate / (1 - Math.pow(beta1, step));
    double correction = 1 - Math.pow(beta2, step);
    double coupled = settings.decoupled() ? 0 : settings.weightDecay();
    double shrink = settings.decoupled() ? learningRate * settings.weightDecay() : 0;
    for (int i = 0; i < p.length; i++) {
      double g = decayed(gradients[i], coupled, p[i]);
      double m = beta1 * means[i] + (1 - beta1) * g;
      double v = beta2 * squares[i] + (1 - beta2) * g * g;
      means[i] = (float) m;
      squares[i] = (float) v;
      double left = decayed(p[i], -shrink, p[i]);
      p[i] = (float) (left - rate * m / (Math.sqrt(v / correction) + settings.eps()));
    }
  }

  @Override
  public void scale(float a, Tensor x) {
    LayerChecks.shape("x", x);
    inBlocks(
        x,
        (first, count) -> {
          float[] values = part(x, first, count);
          for (int i = 0; i < count; i++) {
            values[i] *= a;
          }
          x.set(first, values);
        });
  }

  @Override
  public void clamp(float low, float high, Tensor x) {
    OptimizerChecks.clamp(low, high);
    LayerChecks.shape("x", x);
    inBlocks(
        x,
        (first, count) -> {
          float[] values = part(x, first, count);
          for (int i = 0; i < count; i++) {
            float raised = values[i] < low ? low : values[i];
            values[i] = raised > high ? high : raised;
          }
          x.set(first, values);
        });
  }

  @Override
  public double sumOfSquares(Tensor x) {
    LayerChecks.shape("x", x);
    double[] sum = {0};
    inBlocks(
        x,
        (first, count) -> {
          for (float value : part(x, first, count)) {
            sum[0] += (double) value * value;
          }
        });
    return sum[0];
  }
}
