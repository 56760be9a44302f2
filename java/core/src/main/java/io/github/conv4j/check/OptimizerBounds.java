package io.github.conv4j.check;

import io.github.conv4j.kernel.AdamSettings;
import io.github.conv4j.kernel.SgdSettings;

/**
 * How far a step of an optimizer may be from the reference, with u = 2^-24. Every coefficient,
 * product and sum is rounded once, which counts u of its size.
 */
final class OptimizerBounds {
  private static final double U = ErrorBound.UNIT;

  private OptimizerBounds() {}

  /** The parameter or the momentum buffer, from the sizes of what is added up. */
  static Bound sgd(SgdSettings settings, double learningRate, boolean first) {
    return (call, result) -> {
      float[] p = call.values("parameter");
      float[] gradient = call.values("gradient");
      float[] buffer = call.values("momentum_buffer");
      double[] sizes = new double[p.length];
      for (int i = 0; i < sizes.length; i++) {
        double g = Math.abs(gradient[i]) + settings.weightDecay() * Math.abs((double) p[i]);
        double moved = g;
        if (settings.hasMomentum()) {
          double kept = first ? 0 : settings.momentum() * Math.abs((double) buffer[i]);
          double b = kept + (first ? 1 : Math.abs(1 - settings.dampening())) * g;
          moved = settings.nesterov() ? g + settings.momentum() * b : b;
          sizes[i] = b;
        }
        if (result.equals("parameter")) {
          sizes[i] = Math.abs(p[i]) + learningRate * moved;
        }
      }
      return Bound.scaled(8 * U, sizes);
    };
  }

  /**
   * The parameter, the mean of the gradients or that of their squares. An error of the square
   * counts half of itself in its root, relatively, and never more than its own root.
   */
  static Bound adam(AdamSettings settings, double learningRate, long step) {
    return (call, result) -> {
      float[] p = call.values("parameter");
      float[] gradient = call.values("gradient");
      float[] means = call.values("mean");
      float[] squares = call.values("square");
      float[] newMeans = call.expected("mean");
      float[] newSquares = call.expected("square");
      double rate = learningRate / (1 - Math.pow(settings.beta1(), step));
      double root = Math.sqrt(1 - Math.pow(settings.beta2(), step));
      double coupled = settings.decoupled() ? 0 : settings.weightDecay();
      double[] allowed = new double[p.length];
      for (int i = 0; i < allowed.length; i++) {
        double g = Math.abs(gradient[i]) + coupled * Math.abs((double) p[i]);
        double meanError = 6 * U * (Math.abs((double) means[i]) + g);
        double squareError =
            8 * U * (settings.beta2() * squares[i] + (1 - settings.beta2()) * g * g);
        if (result.equals("mean")) {
          allowed[i] = meanError;
        } else if (result.equals("square")) {
          allowed[i] = squareError;
        } else {
          double v = Math.sqrt((double) newSquares[i]);
          double rootError = squareError == 0 ? 0 : squareError / (v + Math.sqrt(squareError));
          double denominator = v / root + settings.eps();
          double moved = rate * Math.abs((double) newMeans[i]) / denominator;
          allowed[i] =
              4 * U * Math.abs((double) p[i])
                  + rate * meanError / denominator
                  + moved * (8 * U + 2 * rootError / root / denominator);
        }
      }
      return Bound.scaled(1, allowed);
    };
  }

  /** A sum of squares, by its own size: it never cancels. */
  static Bound sumOfSquares(long elements) {
    return (call, result) -> {
      double[] sizes = {Math.abs((double) call.expected(result)[0])};
      return Bound.scaled(ErrorBound.ofSum(Math.max(1, elements)) + 2 * U, sizes);
    };
  }
}
