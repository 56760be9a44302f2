package io.github.conv4j.nn;

/**
 * The part of a network's input image that one element of a layer's result depends on, and how far
 * it moves from one element to the next. Padding counts as image: the part may be larger than the
 * image, as in the last layers of VGG. Elements behind a transposed convolution differ in what they
 * depend on; theirs is the largest, or an upper bound of it.
 *
 * <p>Araujo, Norris and Sim, Computing Receptive Fields of Convolutional Neural Networks, 2019.
 *
 * @param height rows of the input
 * @param width columns of the input
 * @param rowStep rows of the input between neighbours in a column of the result
 * @param columnStep columns of the input between neighbours in a row of the result
 */
public record ReceptiveField(double height, double width, double rowStep, double columnStep) {
  /** One pixel: that of the input itself. */
  public static final ReceptiveField PIXEL = new ReceptiveField(1, 1, 1, 1);

  /** All of the image, whatever its size: that of a fully connected layer. */
  public static final ReceptiveField WHOLE =
      new ReceptiveField(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, 0, 0);

  /** Whether it is all of the image. */
  public boolean isWhole() {
    return height == Double.POSITIVE_INFINITY || width == Double.POSITIVE_INFINITY;
  }

  /** That of windows over what has this one. */
  ReceptiveField through(Window window) {
    if (isWhole()) {
      return this;
    }
    return new ReceptiveField(
        height + (window.reachHeight() - 1) * rowStep,
        width + (window.reachWidth() - 1) * columnStep,
        rowStep * window.sh(),
        columnStep * window.sw());
  }

  /** That of a transposed convolution: each element gathers the taps that its phase meets. */
  ReceptiveField throughTransposed(Window window) {
    if (isWhole()) {
      return this;
    }
    return new ReceptiveField(
        height + (window.reachHeight() - 1) / window.sh() * rowStep,
        width + (window.reachWidth() - 1) / window.sw() * columnStep,
        rowStep / window.sh(),
        columnStep / window.sw());
  }

  /** {@code 5x5}, rounded up to whole pixels, or {@code all}. */
  @Override
  public String toString() {
    return isWhole() ? "all" : (long) Math.ceil(height) + "x" + (long) Math.ceil(width);
  }
}
