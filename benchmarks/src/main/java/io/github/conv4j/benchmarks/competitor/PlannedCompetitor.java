package io.github.conv4j.benchmarks.competitor;

import io.github.conv4j.Conv4jException;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.benchmarks.problem.ConvolutionProblem;
import io.github.conv4j.benchmarks.problem.NetworkProblem;
import io.github.conv4j.benchmarks.problem.PoolingProblem;
import io.github.conv4j.benchmarks.problem.Problem;
import io.github.conv4j.kernel.AvgPool2dBackward;
import io.github.conv4j.kernel.AvgPool2dForward;
import io.github.conv4j.kernel.AvgPool2dGeometry;
import io.github.conv4j.kernel.Conv2dBackwardData;
import io.github.conv4j.kernel.Conv2dBackwardWeights;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.MaxPool2dBackward;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.MaxPoolOffsets;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.PreparedWeights;
import java.util.List;

/** Plans of conv4j: native kernels or the reference, with options of one's choice. */
class PlannedCompetitor implements Competitor {
  private final Kernels kernels;
  private final PlanOptions options;
  private final String settings;
  private final String version;

  PlannedCompetitor(Kernels kernels, PlanOptions options, String version, String settings) {
    this.kernels = kernels;
    this.options = options;
    this.version = version;
    this.settings = settings;
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public String settings() {
    return settings;
  }

  @Override
  public void threads(int threads) {}

  @Override
  public List<Call> calls(Problem problem) throws UnsupportedProblemException {
    try {
      return List.of(
          problem instanceof ConvolutionProblem convolution
              ? convolution(convolution)
              : problem instanceof PoolingProblem pooling
                  ? pooling(pooling)
                  : network((NetworkProblem) problem));
    } catch (Conv4jException e) {
      throw new UnsupportedProblemException(e.getMessage());
    }
  }

  /** A whole network on these kernels. */
  Call network(NetworkProblem problem) throws UnsupportedProblemException {
    return ModuleNetwork.call(problem, kernels, options);
  }

  /** How a convolution is planned in a direction. */
  PlanOptions options(Direction direction) {
    return options;
  }

  private Call convolution(ConvolutionProblem problem) {
    Conv2dGeometry g = problem.geometry();
    PlanOptions chosen = options(problem.direction());
    if (problem.direction() == Direction.BACKWARD_WEIGHTS) {
      return backwardWeights(problem);
    }
    boolean forward = problem.direction() == Direction.FORWARD;
    Tensor given =
        forward ? tensor(problem.src(), g.srcShape()) : tensor(problem.diffDst(), g.dstShape());
    Tensor wanted = Tensor.zeros(forward ? g.dstShape() : g.srcShape());
    try (Tensor weights = tensor(problem.weights(), g.weightsShape())) {
      if (forward) {
        Conv2dForward plan = kernels.conv2dForward(g, chosen);
        PreparedWeights prepared = plan.prepare(weights);
        return new PlannedCall(
            plan.algorithm(),
            () -> plan.run(given, prepared, null, wanted),
            wanted,
            List.of(given, wanted, prepared));
      }
      Conv2dBackwardData plan = kernels.conv2dBackwardData(g, chosen);
      PreparedWeights prepared = plan.prepare(weights);
      return new PlannedCall(
          plan.algorithm(),
          () -> plan.run(given, prepared, wanted),
          wanted,
          List.of(given, wanted, prepared));
    }
  }

  private Call backwardWeights(ConvolutionProblem problem) {
    Conv2dGeometry g = problem.geometry();
    Conv2dBackwardWeights plan = kernels.conv2dBackwardWeights(g, options(problem.direction()));
    Tensor src = tensor(problem.src(), g.srcShape());
    Tensor diffDst = tensor(problem.diffDst(), g.dstShape());
    Tensor diffWeights = Tensor.zeros(g.weightsShape());
    return new PlannedCall(
        plan.algorithm(),
        () -> plan.run(src, diffDst, diffWeights, null),
        diffWeights,
        List.of(src, diffDst, diffWeights));
  }

  private Call pooling(PoolingProblem problem) {
    Tensor src = tensor(problem.src(), problem.geometry().srcShape());
    if (problem.direction() == Direction.FORWARD) {
      Tensor dst = Tensor.zeros(problem.geometry().dstShape());
      List<AutoCloseable> held = List.of(src, dst);
      if (problem.isMax()) {
        MaxPool2dForward plan = kernels.maxPool2dForward(problem.geometry(), options);
        return new PlannedCall(plan.algorithm(), () -> plan.run(src, dst, null), dst, held);
      }
      AvgPool2dForward plan =
          kernels.avgPool2dForward(AvgPool2dGeometry.of(problem.geometry()), options);
      return new PlannedCall(plan.algorithm(), () -> plan.run(src, dst), dst, held);
    }
    Tensor diffDst = tensor(problem.diffDst(), problem.geometry().dstShape());
    Tensor diffSrc = Tensor.zeros(problem.geometry().srcShape());
    if (problem.isMax()) {
      return maxBackward(problem, src, diffDst, diffSrc);
    }
    AvgPool2dBackward plan =
        kernels.avgPool2dBackward(AvgPool2dGeometry.of(problem.geometry()), options);
    return new PlannedCall(
        plan.algorithm(),
        () -> plan.run(diffDst, diffSrc),
        diffSrc,
        List.of(src, diffDst, diffSrc));
  }

  private Call maxBackward(PoolingProblem problem, Tensor src, Tensor diffDst, Tensor diffSrc) {
    MaxPool2dForward forward = kernels.maxPool2dForward(problem.geometry(), options);
    MaxPoolOffsets offsets = forward.newOffsets();
    try (Tensor dst = Tensor.zeros(problem.geometry().dstShape())) {
      forward.run(src, dst, offsets);
    }
    MaxPool2dBackward plan = kernels.maxPool2dBackward(problem.geometry(), options);
    return new PlannedCall(
        plan.algorithm(),
        () -> plan.run(diffDst, offsets, diffSrc),
        diffSrc,
        List.of(src, diffDst, diffSrc, offsets));
  }

  private static Tensor tensor(float[] values, Shape shape) {
    return Tensor.of(values, shape.toArray());
  }
}
