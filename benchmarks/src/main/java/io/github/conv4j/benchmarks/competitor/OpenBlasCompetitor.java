package io.github.conv4j.benchmarks.competitor;

import io.github.conv4j.Conv4j;
import io.github.conv4j.Conv4jException;
import io.github.conv4j.benchmarks.problem.ConvolutionProblem;
import io.github.conv4j.benchmarks.problem.Problem;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.PlanOptions;
import java.util.List;

/**
 * Columns of the image and OpenBLAS products of them. The environment decides about OpenBLAS' core:
 * conv4j sets the one that fits the CPU unless OPENBLAS_CORETYPE names another.
 */
public final class OpenBlasCompetitor extends NativeCompetitor {
  /** With the core of the environment. */
  public OpenBlasCompetitor() {
    super(PlanOptions.DEFAULT, "im2col, " + blas().core() + " core, products on each thread");
  }

  private static Conv4j.Blas blas() {
    return Conv4j.blas()
        .orElseThrow(() -> new Conv4jException("no OpenBLAS: " + Conv4j.blasProblem()));
  }

  @Override
  public String version() {
    return blas().version();
  }

  /** The gradient of the image sums columns instead. */
  @Override
  PlanOptions options(Direction direction) {
    return PlanOptions.DEFAULT.withAlgorithm(
        direction == Direction.BACKWARD_DATA ? "col2im_openblas" : "im2col_openblas");
  }

  @Override
  public List<Call> calls(Problem problem) throws UnsupportedProblemException {
    if (!(problem instanceof ConvolutionProblem)) {
      throw new UnsupportedProblemException("products make convolutions only");
    }
    return super.calls(problem);
  }
}
