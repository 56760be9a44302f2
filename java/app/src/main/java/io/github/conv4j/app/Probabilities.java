package io.github.conv4j.app;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.nn.Softmax;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How likely each class is.
 *
 * @param values of each class, with a sum of 1
 */
record Probabilities(float[] values) {
  /**
   * The softmax of one row of scores.
   *
   * @param scores [N, classes], not modified
   */
  static Probabilities of(Tensor scores, int row) {
    int classes = (int) scores.shape().dim(1);
    float[] values = new float[classes];
    scores.buffer((long) row * classes, classes).get(values);
    try (Softmax softmax = new Softmax();
        Tensor src = Tensor.of(values, 1, classes);
        Tensor dst = Tensor.empty(Shape.of(1, classes))) {
      softmax.eval();
      softmax.forward(src, dst);
      return new Probabilities(dst.toArray());
    }
  }

  /** The likeliest classes with their percentages, in words. */
  String top(int most, List<String> classes) {
    return IntStream.range(0, values.length)
        .boxed()
        .sorted((a, b) -> Float.compare(values[b], values[a]))
        .limit(most)
        .map(i -> String.format(Locale.ROOT, "%s (%.2f %%)", classes.get(i), 100 * values[i]))
        .collect(Collectors.joining(", "));
  }
}
