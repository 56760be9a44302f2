package io.github.conv4j.benchmarks.problem;

import io.github.conv4j.kernel.Direction;

/** One row of a comparison: an operation on one geometry in one direction. */
public sealed interface Problem permits OperatorProblem, NetworkProblem {
  /** The name of the row. */
  String name();

  /** {@code conv2d}, {@code maxpool2d}, {@code avgpool2d} or {@code network}. */
  String operation();

  /** {@code forward}, {@code backward_data}, {@code backward_weights} or {@code training}. */
  String directionName();

  /** The extents in the order of the shape file's columns, or a network's name and batch. */
  String shape();

  /** Elements of what is computed. */
  long resultElements();

  /** Floating-point operations of the direct sums, taps in the padding included; 0 for poolings. */
  double flops();

  /** Bytes of every tensor, each counted once. */
  double bytes();

  /** The problem in one line, which {@link #parse} reads. */
  default String line() {
    return operation() + " " + directionName() + " " + name() + " " + shape();
  }

  /**
   * The problem of a line.
   *
   * @throws IllegalArgumentException if the line has no such form
   */
  static Problem parse(String line) {
    String[] words = line.split(" ");
    if (words.length != 4) {
      throw new IllegalArgumentException("not OPERATION DIRECTION NAME SHAPE: " + line);
    }
    return switch (words[0]) {
      case ConvolutionProblem.OPERATION ->
          ConvolutionProblem.of(words[2], Direction.of(words[1]), numbers(words[3]));
      case PoolingProblem.MAX, PoolingProblem.AVERAGE ->
          PoolingProblem.of(words[0], words[2], Direction.of(words[1]), numbers(words[3]));
      case NetworkProblem.OPERATION -> NetworkProblem.of(words[2], words[1], words[3]);
      default -> throw new IllegalArgumentException("no operation is called " + words[0]);
    };
  }

  private static long[] numbers(String shape) {
    String[] columns = shape.split(",");
    long[] numbers = new long[columns.length];
    for (int i = 0; i < columns.length; i++) {
      numbers[i] = Long.parseLong(columns[i]);
    }
    return numbers;
  }
}
