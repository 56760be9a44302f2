package io.github.conv4j.app;

import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.nn.Conv1d;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;

/** A 1-D filter with a name. */
enum SignalFilter {
  AVERAGE("the mean of 5 samples", 0.2f, 0.2f, 0.2f, 0.2f, 0.2f),
  SHARPEN("the neighbours subtracted", -1, 3, -1),
  /** Binomial: near a Gaussian of deviation 1.2. */
  BLUR(
      "binomial weights over 7 samples",
      1 / 64f,
      6 / 64f,
      15 / 64f,
      20 / 64f,
      15 / 64f,
      6 / 64f,
      1 / 64f),
  FIRST_DERIVATIVE("slope, by central differences", -0.5f, 0, 0.5f),
  SECOND_DERIVATIVE("curvature, by central differences", 1, -2, 1);

  private final String purpose;
  private final float[] taps;

  SignalFilter(String purpose, float... taps) {
    this.purpose = purpose;
    this.taps = taps;
  }

  /** Its name on the command line. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What it does, in a few words. */
  String purpose() {
    return purpose;
  }

  /** The labels of all, for the help. */
  static final class Labels implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return labels().iterator();
    }
  }

  private static List<String> labels() {
    return Arrays.stream(values()).map(SignalFilter::label).toList();
  }

  /** The filter of a label. */
  static SignalFilter of(String label) {
    return Arrays.stream(values())
        .filter(filter -> filter.label().equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new InputException(
                    "--filter is '"
                        + label
                        + "'; it must be one of "
                        + String.join(", ", labels())));
  }

  /**
   * The filtered signal, as long as the signal, which goes on with its ends' values outside.
   *
   * @param signal not modified
   */
  float[] apply(float[] signal) {
    try (Conv1d layer =
            Conv1d.builder(1, 1, taps.length)
                .paddingSame()
                .paddingMode(PaddingMode.REPLICATE)
                .bias(false)
                .build();
        Tensor src = Tensor.of(signal, 1, 1, signal.length)) {
      layer.weight().set(taps);
      layer.eval();
      try (Tensor dst = layer.forward(src)) {
        return dst.toArray();
      }
    }
  }
}
