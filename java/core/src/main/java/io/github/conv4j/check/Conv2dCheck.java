package io.github.conv4j.check;

import io.github.conv4j.Conv4jException;
import io.github.conv4j.kernel.Conv2dBackwardData;
import io.github.conv4j.kernel.Conv2dBackwardWeights;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.Plan;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.PreparedWeights;
import java.util.Objects;
import java.util.Optional;

/**
 * Checks the kernels of a convolution. The seed decides whether a forward run has a bias and a
 * ReLU; a backward run for the weights always computes diff_bias, too.
 *
 * <p>Exact data are compared bit for bit. For an algorithm whose name contains {@code winograd}
 * they are such that its transforms are exact, see {@link TestData#transformable}, and real data
 * are held against {@link ErrorBound#TRANSFORMED}.
 */
public final class Conv2dCheck implements KernelCheck {
  private final Conv2dGeometry geometry;
  private final Direction direction;
  private final DataKind data;
  private final long seed;
  private final long sample;
  private final boolean bias;
  private final boolean relu;

  /** For plain algorithms and for those that transform; made when first needed. */
  private final Conv2dProblem[] problems = new Conv2dProblem[2];

  /**
   * A check of one direction.
   *
   * @param geometry the extents of the forward convolution
   * @param direction what is computed
   * @param data the kind of numbers
   * @param seed together with the geometry it decides on all numbers
   * @param sample elements of a result that the reference computes, corners and edges first; 0 for
   *     all
   */
  public Conv2dCheck(
      Conv2dGeometry geometry, Direction direction, DataKind data, long seed, long sample) {
    this.geometry = Objects.requireNonNull(geometry, "geometry");
    this.direction = Objects.requireNonNull(direction, "direction");
    this.data = Objects.requireNonNull(data, "data");
    this.seed = TestData.seed(seed, geometry.toArray());
    this.sample = sample;
    boolean forward = direction == Direction.FORWARD;
    this.bias = forward && (this.seed & 1) != 0;
    this.relu = forward && (this.seed & 2) != 0;
  }

  @Override
  public Optional<CheckResult> run(Kernels kernels, PlanOptions options) {
    Plan plan;
    try {
      plan =
          switch (direction) {
            case FORWARD -> kernels.conv2dForward(geometry, options.withRelu(relu));
            case BACKWARD_DATA -> kernels.conv2dBackwardData(geometry, options);
            case BACKWARD_WEIGHTS -> kernels.conv2dBackwardWeights(geometry, options);
          };
    } catch (Conv4jException e) {
      if (options.algorithm() != null) {
        return Optional.empty();
      }
      throw e;
    }
    boolean transforms = plan.algorithm().contains("winograd");
    Conv2dProblem problem = problem(transforms && data == DataKind.EXACT);
    switch (direction) {
      case FORWARD -> forward((Conv2dForward) plan, problem);
      case BACKWARD_DATA -> backwardData((Conv2dBackwardData) plan, problem);
      case BACKWARD_WEIGHTS ->
          ((Conv2dBackwardWeights) plan)
              .run(
                  problem.src.tensor(),
                  problem.diffDst.tensor(),
                  problem.cleared(0),
                  problem.cleared(1));
    }
    return Optional.of(new CheckResult(plan.algorithm(), plan.isa(), problem.compare(transforms)));
  }

  private static void forward(Conv2dForward plan, Conv2dProblem problem) {
    try (PreparedWeights weights = plan.prepare(problem.weights.tensor())) {
      plan.run(
          problem.src.tensor(),
          weights,
          problem.bias == null ? null : problem.bias.tensor(),
          problem.cleared(0));
    }
  }

  private static void backwardData(Conv2dBackwardData plan, Conv2dProblem problem) {
    try (PreparedWeights weights = plan.prepare(problem.weights.tensor())) {
      plan.run(problem.diffDst.tensor(), weights, problem.cleared(0));
    }
  }

  private Conv2dProblem problem(boolean transformable) {
    int index = transformable ? 1 : 0;
    if (problems[index] == null) {
      problems[index] =
          new Conv2dProblem(
              new Conv2dProblem.Task(
                  geometry, direction, data, seed, sample, bias, relu, transformable));
    }
    return problems[index];
  }

  @Override
  public void close() {
    for (Conv2dProblem problem : problems) {
      if (problem != null) {
        problem.close();
      }
    }
  }
}
