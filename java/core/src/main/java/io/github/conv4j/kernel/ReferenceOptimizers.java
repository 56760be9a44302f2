package io.github.conv4j.kernel;

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
    float[] p = parameter.toArray();
    float[] gradients = gradient.toArray();
    float[] buffer = momentumBuffer == null ? null : momentumBuffer.toArray();
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
    parameter.set(p);
    if (buffer != null) {
      momentumBuffer.set(buffer);
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
    double beta1 = settings.beta1();
    double beta2 = settings.beta2();
    double rate = learningRate / (1 - Math.pow(beta1, step));
    double correction = 1 - Math.pow(beta2, step);
    double coupled = settings.decoupled() ? 0 : settings.weightDecay();
    double shrink = settings.decoupled() ? learningRate * settings.weightDecay() : 0;
    float[] p = parameter.toArray();
    float[] gradients = gradient.toArray();
    float[] means = mean.toArray();
    float[] squares = square.toArray();
    for (int i = 0; i < p.length; i++) {
      double g = decayed(gradients[i], coupled, p[i]);
      double m = beta1 * means[i] + (1 - beta1) * g;
      double v = beta2 * squares[i] + (1 - beta2) * g * g;
      means[i] = (float) m;
      squares[i] = (float) v;
      double left = decayed(p[i], -shrink, p[i]);
      p[i] = (float) (left - rate * m / (Math.sqrt(v / correction) + settings.eps()));
    }
    parameter.set(p);
    mean.set(means);
    square.set(squares);
  }

  @Override
  public void scale(float a, Tensor x) {
    LayerChecks.shape("x", x);
    float[] values = x.toArray();
    for (int i = 0; i < values.length; i++) {
      values[i] *= a;
    }
    x.set(values);
  }

  @Override
  public void clamp(float low, float high, Tensor x) {
    OptimizerChecks.clamp(low, high);
    LayerChecks.shape("x", x);
    float[] values = x.toArray();
    for (int i = 0; i < values.length; i++) {
      float raised = values[i] < low ? low : values[i];
      values[i] = raised > high ? high : raised;
    }
    x.set(values);
  }

  @Override
  public double sumOfSquares(Tensor x) {
    LayerChecks.shape("x", x);
    double sum = 0;
    for (float value : x.toArray()) {
      sum += (double) value * value;
    }
    return sum;
  }
}
