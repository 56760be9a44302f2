package io.github.conv4j.kernel;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;

/** Losses as they are defined, in double precision. */
final class ReferenceLosses extends ReferenceOperator implements LossKernels {

  @Override
  public double crossEntropy(
      CrossEntropySettings settings, Tensor logits, LongTensor classes, Tensor diffLogits) {
    LayerChecks.crossEntropy(settings, logits, diffLogits);
    LayerChecks.classes(classes, logits.shape());
    Shape shape = logits.shape();
    return stored(
        crossEntropy(settings, shape, Values.of(logits), classes.toArray(), null), diffLogits);
  }

  @Override
  public double crossEntropy(
      CrossEntropySettings settings, Tensor logits, Tensor probabilities, Tensor diffLogits) {
    LayerChecks.crossEntropy(settings, logits, diffLogits);
    TensorChecks.requireLike("probabilities", probabilities, "logits", logits);
    LayerChecks.disjoint("diff_logits", diffLogits, "probabilities", probabilities);
    Values p = Values.of(probabilities);
    return stored(crossEntropy(settings, logits.shape(), Values.of(logits), null, p), diffLogits);
  }

  private static double stored(DoubleLosses.Loss loss, Tensor gradient) {
    if (gradient != null) {
      gradient.set(Elements.rounded(loss.gradient()));
    }
    return loss.value();
  }

  /** Exactly one of the targets is given. */
  static DoubleLosses.Loss crossEntropy(
      CrossEntropySettings settings, Shape shape, Values x, long[] classes, Values probabilities) {
    int channels = Math.toIntExact(shape.dim(1));
    int positions = Math.toIntExact(LayerChecks.inner(shape, 1));
    Values weights = Values.of(settings.weights());
    double kept =
        classes == null ? x.length() / channels : kept(settings, weights, classes, channels);
    double divisor = settings.mean() ? kept : 1;
    double[] dx = new double[x.length()];
    double loss = 0;
    for (int row = 0; row < x.length() / channels; row++) {
      int first = row / positions * channels * positions + row % positions;
      if (classes != null && classes[row] == settings.ignoreIndex()) {
        continue;
      }
      double[] logs = ReferenceNormalization.logSoftmax(x, first, positions, channels);
      double[] q = new double[channels];
      double sum = 0;
      for (int c = 0; c < channels; c++) {
        double e = settings.labelSmoothing();
        double target =
            classes == null ? probabilities.at(first + c * positions) : classes[row] == c ? 1 : 0;
        q[c] = weight(weights, c) * (target * (1 - e) + e / channels);
        sum += q[c];
        // A class that is not the target has no part in the sum, not even 0 times infinity.
        if (classes == null || e > 0 || classes[row] == c) {
          loss -= q[c] * logs[c];
        }
      }
      for (int c = 0; c < channels; c++) {
        dx[first + c * positions] = (Math.exp(logs[c]) * sum - q[c]) / divisor;
      }
    }
    return new DoubleLosses.Loss(loss / divisor, dx);
  }

  /** The weight of the rows that count; refuses a class that is none. */
  private static double kept(
      CrossEntropySettings settings, Values weights, long[] classes, int channels) {
    double kept = 0;
    for (int i = 0; i < classes.length; i++) {
      if (classes[i] == settings.ignoreIndex()) {
        continue;
      }
      if (classes[i] < 0 || classes[i] >= channels) {
        throw LayerChecks.badClass(i, classes[i], channels, settings.ignoreIndex());
      }
      kept += weight(weights, (int) classes[i]);
    }
    return kept;
  }

  private static double weight(Values weights, int c) {
    return weights == null ? 1 : weights.at(c);
  }

  @Override
  public double squaredError(boolean mean, Tensor src, Tensor target, Tensor diffSrc) {
    LayerChecks.squaredError(src, target, diffSrc);
    return stored(squaredError(mean, Values.of(src), Values.of(target)), diffSrc);
  }

  static DoubleLosses.Loss squaredError(boolean mean, Values x, Values target) {
    double[] dx = new double[x.length()];
    double divisor = mean ? x.length() : 1;
    double sum = 0;
    for (int i = 0; i < dx.length; i++) {
      double d = x.at(i) - target.at(i);
      sum += d * d;
      dx[i] = 2 * d / divisor;
    }
    return new DoubleLosses.Loss(sum / divisor, dx);
  }
}
