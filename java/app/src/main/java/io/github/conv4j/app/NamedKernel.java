package io.github.conv4j.app;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;

/** The filters that go by a name. */
enum NamedKernel {
  IDENTITY("1", 1, "changes nothing"),
  BOX("1,1,1;1,1,1;1,1,1", 1f / 9, "mean of 3x3 pixels"),
  GAUSSIAN(
      "1,4,6,4,1;4,16,24,16,4;6,24,36,24,6;4,16,24,16,4;1,4,6,4,1",
      1f / 256,
      "smooth blur of 5x5 pixels"),
  SHARPEN("0,-1,0;-1,5,-1;0,-1,0", 1, "raises local contrast"),
  EDGE("-1,-1,-1;-1,8,-1;-1,-1,-1", 1, "outlines"),
  LAPLACIAN("0,1,0;1,-4,1;0,1,0", 1, "second derivative"),
  SOBEL_X("-1,0,1;-2,0,2;-1,0,1", 1, "change to the right"),
  SOBEL_Y("-1,-2,-1;0,0,0;1,2,1", 1, "change downwards"),
  EMBOSS("-2,-1,0;-1,1,1;0,1,2", 1, "light from the top left"),
  DERIVATIVE("1,-1", 1, "pixel minus the next one");

  private final FilterKernel kernel;
  private final String purpose;

  NamedKernel(String taps, float factor, String purpose) {
    this.kernel = FilterKernel.parse(taps).times(factor);
    this.purpose = purpose;
  }

  /** The name on the command line, for instance {@code sobel-x}. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The taps. */
  FilterKernel kernel() {
    return kernel;
  }

  /** What the filter does, in a few words. */
  String purpose() {
    return purpose;
  }

  /** All names, for the help of the command line. */
  static final class Labels implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(values()).map(NamedKernel::label).iterator();
    }
  }

  /**
   * The kernel of that name or, where the text begins like a number, with those taps.
   *
   * @throws InputException if there is neither
   */
  static FilterKernel read(String nameOrTaps) {
    String text = nameOrTaps.strip();
    for (NamedKernel named : values()) {
      if (named.label().equals(text.toLowerCase(Locale.ROOT))) {
        return named.kernel;
      }
    }
    if (text.isEmpty() || Character.isLetter(text.charAt(0))) {
      throw new InputException(
          "there is no kernel '"
              + text
              + "'; the names are "
              + String.join(", ", new Labels())
              + ", or give taps such as 0,1,0;1,-4,1;0,1,0");
    }
    return FilterKernel.parse(text);
  }
}
