package io.github.conv4j.kernel;

import io.github.conv4j.Shape;

/**
 * Losses in double precision with their gradients: the float64 reference, for gradient checks. What
 * {@link DoubleConvolutions} says of arrays, threads and exceptions holds here, too.
 *
 * <p>Logits are [N, C] or [N, C, ...]; a row is the C values of one image and position. Rules and
 * formulas are those of {@link LossKernels}.
 */
public final class DoubleLosses {
  private DoubleLosses() {}

  /**
   * A loss.
   *
   * @param value the loss
   * @param gradient of the logits, or of src
   */
  public record Loss(double value, double[] gradient) {}

  /**
   * The cross entropy against classes.
   *
   * @param settings weights, ignored class, smoothing, mean or sum
   * @param shape of the logits, [N, C] or [N, C, ...]
   * @param logits of that shape
   * @param classes one for every row, 0 to C-1 or the ignored one
   * @throws IllegalArgumentException also if a class is out of range
   */
  public static Loss crossEntropy(
      CrossEntropySettings settings, Shape shape, double[] logits, long[] classes) {
    long channels = channels(settings, shape);
    Values.requireLength("classes", classes.length, shape.elements() / channels);
    Values x = Values.of("logits", logits, shape.elements());
    return ReferenceLosses.crossEntropy(settings, shape, x, classes, null);
  }

  /**
   * The cross entropy against probabilities. No row is ignored.
   *
   * @param settings weights, smoothing, mean or sum
   * @param shape of the logits, [N, C] or [N, C, ...]
   * @param logits of that shape
   * @param probabilities of that shape
   */
  public static Loss crossEntropy(
      CrossEntropySettings settings, Shape shape, double[] logits, double[] probabilities) {
    channels(settings, shape);
    Values x = Values.of("logits", logits, shape.elements());
    Values p = Values.of("probabilities", probabilities, shape.elements());
    return ReferenceLosses.crossEntropy(settings, shape, x, null, p);
  }

  /**
   * The sum of (src - target)^2, or its mean over all elements.
   *
   * @param mean whether the mean is wanted
   * @param src any number of elements
   * @param target as many
   */
  public static Loss squaredError(boolean mean, double[] src, double[] target) {
    Values x = Values.of("src", src, src.length);
    return ReferenceLosses.squaredError(mean, x, Values.of("target", target, src.length));
  }

  private static long channels(CrossEntropySettings settings, Shape shape) {
    long channels = shape.dim(LayerChecks.logitsChannelAxis(shape));
    LayerChecks.vector("weights", settings.weights(), channels);
    return channels;
  }
}
