package io.github.conv4j.benchmarks.competitor;

import io.github.conv4j.Tensor;
import io.github.conv4j.benchmarks.problem.Network;
import io.github.conv4j.benchmarks.problem.NetworkProblem;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.ElementwiseKernels;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.PreparedWeights;
import io.github.conv4j.kernel.UnaryFunction;
import java.util.ArrayList;
import java.util.List;

/** A network with shortcuts, whose convolutions and poolings are planned one by one. */
final class PlannedNetwork {
  private final NetworkProblem problem;
  private final Kernels kernels;
  private final PlanOptions options;
  private final List<AutoCloseable> held = new ArrayList<>();
  private final List<Tensor> results = new ArrayList<>();
  private final List<Runnable> bodies = new ArrayList<>();
  private final Tensor images;

  private PlannedNetwork(NetworkProblem problem, Kernels kernels, PlanOptions options) {
    this.problem = problem;
    this.kernels = kernels;
    this.options = options;
    Network network = problem.network();
    images =
        Tensor.of(
            problem.images(),
            problem.batch(),
            network.channels(),
            network.height(),
            network.width());
    held.add(images);
  }

  static Call call(NetworkProblem problem, Kernels kernels, PlanOptions options)
      throws UnsupportedProblemException {
    PlannedNetwork planned = new PlannedNetwork(problem, kernels, options);
    Tensor result = planned.images;
    for (int i = 0; i < problem.network().steps().size(); i++) {
      result = planned.add(i);
    }
    List<Runnable> bodies = planned.bodies;
    return new PlannedCall("plans", () -> bodies.forEach(Runnable::run), result, planned.held);
  }

  private Tensor add(int index) throws UnsupportedProblemException {
    Network.Step step = problem.network().steps().get(index);
    Tensor src = step.from() == Network.INPUT ? images : results.get(step.from());
    Tensor dst;
    if (step instanceof Network.Convolution convolution) {
      dst = convolution(index, convolution, src);
    } else if (step instanceof Network.MaxPool pool) {
      Pool2dGeometry g = pool.geometry();
      Pool2dGeometry batch =
          Pool2dGeometry.of(problem.batch(), g.c(), g.ih(), g.iw(), g.kh(), g.kw(), g.sh(), g.sw())
              .withPadding(g.pt(), g.pl(), g.pb(), g.pr());
      MaxPool2dForward plan = kernels.maxPool2dForward(batch, options);
      dst = Tensor.zeros(batch.dstShape());
      Tensor to = dst;
      bodies.add(() -> plan.run(src, to, null));
    } else {
      throw new UnsupportedProblemException(
          "networks with shortcuts have convolutions and max poolings only");
    }
    held.add(dst);
    results.add(dst);
    return dst;
  }

  private Tensor convolution(int index, Network.Convolution c, Tensor src) {
    boolean adds = c.plus() != Network.NONE;
    Conv2dForward plan =
        kernels.conv2dForward(
            c.geometry().withBatch(problem.batch()), options.withRelu(c.relu() && !adds));
    Tensor dst = Tensor.zeros(plan.geometry().dstShape());
    Tensor bias = Tensor.of(problem.network().bias(index), c.geometry().oc());
    PreparedWeights prepared;
    try (Tensor weights =
        Tensor.of(problem.network().weights(index), c.geometry().weightsShape().toArray())) {
      prepared = plan.prepare(weights);
    }
    held.add(bias);
    held.add(prepared);
    bodies.add(() -> plan.run(src, prepared, bias, dst));
    if (adds) {
      Tensor shortcut = results.get(c.plus());
      ElementwiseKernels elementwise = kernels.elementwise(options.withAlgorithm(null));
      bodies.add(() -> kernels.axpy(1, shortcut, dst));
      bodies.add(() -> elementwise.forward(UnaryFunction.RELU, dst, dst));
    }
    return dst;
  }
}
