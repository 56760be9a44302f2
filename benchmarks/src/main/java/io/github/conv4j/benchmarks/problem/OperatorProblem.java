package io.github.conv4j.benchmarks.problem;

/** A single operation, whose result is known element by element. */
public sealed interface OperatorProblem extends Problem permits ConvolutionProblem, PoolingProblem {
  /**
   * The values that belong at some positions of the result, in double.
   *
   * @param positions indices in row-major order
   */
  double[] expected(long[] positions);

  /** Multiply-adds that one element of the result takes: the price of one expected value. */
  double workOfOneElement();
}
