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
    long c = logits.shape().dim(1);
    long[] targets = classes.toArray();
    double kept = 0;
    for (int i = 0; i < targets.length; i++) {
      if (targets[i] == settings.ignoreIndex()) {
        continue;
      }
      if (targets[i] < 0 || targets[i] >= c) {
        throw LayerChecks.badClass(i, targets[i], c, settings.ignoreIndex());
      }
      kept += weight(settings, (int) targets[i]);
    }
    return run(settings, logits, targets, null, settings.mean() ? kept : 1, diffLogits);
  }

  @Override
  public double crossEntropy(
      CrossEntropySettings settings, Tensor logits, Tensor probabilities, Tensor diffLogits) {
    LayerChecks.crossEntropy(settings, logits, diffLogits);
    TensorChecks.requireLike("probabilities", probabilities, "logits", logits);
    LayerChecks.disjoint("diff_logits", diffLogits, "probabilities", probabilities);
    double rows = (double) logits.elements() / logits.shape().dim(1);
    return run(
        settings, logits, null, probabilities.toArray(), settings.mean() ? rows : 1, diffLogits);
  }

  /** Exactly one of the targets is given. */
  private static double run(
      CrossEntropySettings settings,
      Tensor logits,
      long[] classes,
      float[] probabilities,
      double divisor,
      Tensor diffLogits) {
    Shape shape = logits.shape();
    int channels = Math.toIntExact(shape.dim(1));
    int positions = Math.toIntExact(LayerChecks.inner(shape, 1));
    float[] x = logits.toArray();
    float[] dx = new float[x.length];
    double loss = 0;
    for (int row = 0; row < x.length / channels; row++) {
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
            classes == null ? probabilities[first + c * positions] : classes[row] == c ? 1 : 0;
        q[c] = weight(settings, c) * (target * (1 - e) + e / channels);
        sum += q[c];
        // A class that is not the target has no part in the sum, not even 0 times infinity.
        if (classes == null || e > 0 || classes[row] == c) {
          loss -= q[c] * logs[c];
        }
      }
      for (int c = 0; c < channels; c++) {
        dx[first + c * positions] = (float) ((Math.exp(logs[c]) * sum - q[c]) / divisor);
      }
    }
    if (diffLogits != null) {
      diffLogits.set(dx);
    }
    return loss / divisor;
  }

  private static double weight(CrossEntropySettings settings, int c) {
    return settings.weights() == null ? 1 : settings.weights().get(c);
  }

  @Override
  public double squaredError(boolean mean, Tensor src, Tensor target, Tensor diffSrc) {
    LayerChecks.squaredError(src, target, diffSrc);
    float[] x = src.toArray();
    float[] t = target.toArray();
    float[] dx = new float[x.length];
    double divisor = mean ? x.length : 1;
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      double d = (double) x[i] - t[i];
      sum += d * d;
      dx[i] = (float) (2 * d / divisor);
    }
    if (diffSrc != null) {
      diffSrc.set(dx);
    }
    return sum / divisor;
  }
}
