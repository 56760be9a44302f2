package io.github.conv4j.benchmarks.peers.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import io.github.conv4j.benchmarks.competitor.Call;
import io.github.conv4j.benchmarks.competitor.UnsupportedProblemException;
import io.github.conv4j.benchmarks.problem.ConvolutionProblem;
import io.github.conv4j.benchmarks.problem.Network;
import io.github.conv4j.benchmarks.problem.NetworkProblem;
import io.github.conv4j.benchmarks.problem.PoolingProblem;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.util.ArrayList;
import java.util.List;

/** DJL's functions for convolutions, poolings and networks of them. */
final class Functions {
  private Functions() {}

  static Call convolution(NDManager base, ConvolutionProblem problem)
      throws UnsupportedProblemException {
    Conv2dGeometry g = problem.geometry();
    if (g.pt() != g.pb() || g.pl() != g.pr()) {
      throw new UnsupportedProblemException("its convolution pads both sides alike");
    }
    NDManager manager = base.newSubManager();
    NDArray src = manager.create(problem.src(), new Shape(g.srcShape().toArray()));
    NDArray weights = manager.create(problem.weights(), new Shape(g.weightsShape().toArray()));
    return new ArrayCall(
        "Conv2d.conv2d", manager, scope -> convolution(attached(src, scope), weights, null, g));
  }

  /** The same array, whose results belong to a scope. */
  private static NDArray attached(NDArray array, NDManager scope) {
    NDArray shared = array.reshape(array.getShape());
    shared.attach(scope);
    return shared;
  }

  private static NDArray convolution(NDArray src, NDArray weights, NDArray bias, Conv2dGeometry g) {
    return Conv2d.conv2d(
            src,
            weights,
            bias,
            new Shape(g.sh(), g.sw()),
            new Shape(g.pt(), g.pl()),
            new Shape(g.dh(), g.dw()),
            (int) g.g())
        .singletonOrThrow();
  }

  static Call pooling(NDManager base, PoolingProblem problem) throws UnsupportedProblemException {
    Pool2dGeometry g = problem.geometry();
    if (g.pt() != g.pb() || g.pl() != g.pr() || g.dh() != 1 || g.dw() != 1) {
      throw new UnsupportedProblemException("its pooling pads both sides alike and is dense");
    }
    NDManager manager = base.newSubManager();
    NDArray src = manager.create(problem.src(), new Shape(g.srcShape().toArray()));
    return new ArrayCall(
        problem.isMax() ? "Pool.maxPool2d" : "Pool.avgPool2d",
        manager,
        scope -> pooling(attached(src, scope), problem.isMax(), g));
  }

  private static NDArray pooling(NDArray src, boolean max, Pool2dGeometry g) {
    Shape kernel = new Shape(g.kh(), g.kw());
    Shape stride = new Shape(g.sh(), g.sw());
    Shape padding = new Shape(g.pt(), g.pl());
    return max
        ? Pool.maxPool2d(src, kernel, stride, padding, g.ceilMode())
        : Pool.avgPool2d(src, kernel, stride, padding, g.ceilMode(), true);
  }

  static Call network(NDManager base, NetworkProblem problem) {
    Network network = problem.network();
    NDManager manager = base.newSubManager();
    NDArray images =
        manager.create(
            problem.images(),
            new Shape(problem.batch(), network.channels(), network.height(), network.width()));
    List<NDArray> weights = new ArrayList<>();
    List<NDArray> biases = new ArrayList<>();
    for (int i = 0; i < network.steps().size(); i++) {
      boolean weighted = network.steps().get(i) instanceof Network.Weighted;
      weights.add(
          weighted
              ? manager.create(
                  network.weights(i),
                  new Shape(((Network.Weighted) network.steps().get(i)).weightExtents()))
              : null);
      biases.add(weighted ? manager.create(network.bias(i)) : null);
    }
    return new ArrayCall(
        "functions",
        manager,
        scope -> {
          NDArray input = attached(images, scope);
          List<NDArray> results = new ArrayList<>();
          for (int i = 0; i < network.steps().size(); i++) {
            Network.Step step = network.steps().get(i);
            NDArray src = step.from() == Network.INPUT ? input : results.get(step.from());
            results.add(step(step, src, weights.get(i), biases.get(i), results));
          }
          return results.get(results.size() - 1);
        });
  }

  private static NDArray step(
      Network.Step step, NDArray src, NDArray weights, NDArray bias, List<NDArray> results) {
    if (step instanceof Network.Convolution c) {
      NDArray sums = convolution(src, weights, bias, c.geometry());
      if (c.plus() != Network.NONE) {
        sums.addi(results.get(c.plus()));
      }
      return c.relu() ? Activation.relu(sums) : sums;
    }
    if (step instanceof Network.MaxPool p) {
      return pooling(src, true, p.geometry());
    }
    if (step instanceof Network.Linear l) {
      NDArray sums = Linear.linear(src.reshape(-1, l.in()), weights, bias).singletonOrThrow();
      return l.relu() ? Activation.relu(sums) : sums;
    }
    return src.softmax(1);
  }
}
