package io.github.conv4j.check;

import io.github.conv4j.Conv4jException;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.kernel.Plan;
import io.github.conv4j.kernel.PlanOptions;
import java.util.Objects;
import java.util.Optional;

/**
 * Checks the kernels of a convolution, plain or transposed. The seed decides whether a forward run
 * has a bias and a ReLU; a backward run for the weights always computes diff_bias, too.
 *
 * <p>Exact data are compared bit for bit. For an algorithm whose name contains {@code winograd}
 * they are such that its transforms are exact, see {@link TestData#transformable}, and real data
 * are held against {@link ErrorBound#TRANSFORMED}.
 */
public final class Conv2dCheck implements KernelCheck {
  private final Convolution convolution;
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
    this(new PlainConvolution(geometry, PaddingMode.ZEROS), direction, data, seed, sample);
  }

  /** A check of one direction of any kind of convolution. */
  Conv2dCheck(Convolution convolution, Direction direction, DataKind data, long seed, long sample) {
    this.convolution = convolution;
    this.direction = Objects.requireNonNull(direction, "direction");
    this.data = Objects.requireNonNull(data, "data");
    this.seed = TestData.seed(seed, convolution.extents());
    this.sample = sample;
    boolean forward = direction == Direction.FORWARD;
    this.bias = forward && (this.seed & 1) != 0;
    this.relu = forward && (this.seed & 2) != 0;
  }

  @Override
  public Optional<CheckResult> run(Kernels kernels, PlanOptions options) {
    Plan plan = plan(kernels, options);
    if (plan == null) {
      return Optional.empty();
    }
    boolean transforms = plan.algorithm().contains("winograd");
    Conv2dProblem problem = problem(transforms && data == DataKind.EXACT);
    Convolution.Tensors tensors = problem.tensors();
    Turned.run(
        options.memoryFormat(),
        tensors.first(direction),
        tensors.second(direction),
        (first, second) ->
            convolution.run(plan, direction, tensors.with(direction, first, second)));
    return Optional.of(new CheckResult(plan.algorithm(), plan.isa(), problem.compare(transforms)));
  }

  /** Null if the algorithm that the options name does not take the geometry. */
  private Plan plan(Kernels kernels, PlanOptions options) {
    try {
      return convolution.plan(kernels, direction, options.withRelu(relu));
    } catch (Conv4jException e) {
      if (options.algorithm() != null) {
        return null;
      }
      throw e;
    }
  }

  private Conv2dProblem problem(boolean transformable) {
    int index = transformable ? 1 : 0;
    if (problems[index] == null) {
      problems[index] =
          Conv2dProblem.of(
              new Conv2dProblem.Task(
                  convolution, direction, data, seed, sample, bias, relu, transformable));
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
