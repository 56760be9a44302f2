package io.github.conv4j.benchmarks.peers.libtorch;

import io.github.conv4j.benchmarks.competitor.Call;
import io.github.conv4j.benchmarks.problem.Network;
import io.github.conv4j.benchmarks.problem.NetworkProblem;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.LongArrayRef;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** A network as eager code: one function after another, or a step of training with torch's SGD. */
final class NetworkCall implements Call {
  private final NetworkProblem problem;
  private final Network network;
  private final Tensor images;
  private final Tensor labels;
  private final List<Tensor> weights = new ArrayList<>();
  private final List<Tensor> biases = new ArrayList<>();
  private final List<TensorOptional> optionalBiases = new ArrayList<>();
  private final List<LongArrayRef[]> extents = new ArrayList<>();
  private final SGD optimizer;
  private Tensor last;

  NetworkCall(NetworkProblem problem) {
    this.problem = problem;
    network = problem.network();
    images =
        Tensor.create(
            problem.images(),
            problem.batch(),
            network.channels(),
            network.height(),
            network.width());
    labels = Tensor.create(problem.labels(), problem.batch());
    TensorVector parameters = new TensorVector();
    for (int i = 0; i < network.steps().size(); i++) {
      prepare(i, parameters);
    }
    optimizer =
        problem.training()
            ? new SGD(parameters, new SGDOptions(NetworkProblem.LEARNING_RATE))
            : null;
  }

  private void prepare(int index, TensorVector parameters) {
    Network.Step step = network.steps().get(index);
    Tensor weight = null;
    Tensor bias = null;
    if (step instanceof Network.Weighted weighted) {
      weight = Tensor.create(network.weights(index), weighted.weightExtents());
      bias = Tensor.create(network.bias(index), weighted.biasElements());
      if (problem.training()) {
        weight.set_requires_grad(true);
        bias.set_requires_grad(true);
        parameters.push_back(weight);
        parameters.push_back(bias);
      }
    }
    weights.add(weight);
    biases.add(bias);
    optionalBiases.add(bias == null ? null : new TensorOptional(bias));
    LongArrayRef[] numbers = null;
    if (step instanceof Network.Convolution c) {
      Conv2dGeometry g = c.geometry();
      numbers =
          new LongArrayRef[] {
            Tensors.extents(g.sh(), g.sw()),
            Tensors.extents(g.pt(), g.pl()),
            Tensors.extents(g.dh(), g.dw())
          };
    } else if (step instanceof Network.MaxPool p) {
      Pool2dGeometry g = p.geometry();
      numbers =
          new LongArrayRef[] {
            Tensors.extents(g.kh(), g.kw()),
            Tensors.extents(g.sh(), g.sw()),
            Tensors.extents(g.pt(), g.pl()),
            Tensors.extents(1, 1)
          };
    }
    extents.add(numbers);
  }

  private Tensor forward() {
    Tensor[] results = new Tensor[network.steps().size()];
    for (int i = 0; i < results.length; i++) {
      Network.Step step = network.steps().get(i);
      Tensor src = step.from() == Network.INPUT ? images : results[step.from()];
      if (step instanceof Network.Convolution c) {
        Tensor plus = c.plus() == Network.NONE ? null : results[c.plus()];
        results[i] = convolution(i, c, src, plus);
      } else if (step instanceof Network.MaxPool) {
        LongArrayRef[] n = extents.get(i);
        results[i] = torch.max_pool2d(src, n[0], n[1], n[2], n[3], false);
      } else if (step instanceof Network.Linear l) {
        Tensor flat = torch.flatten(src, 1, -1);
        Tensor sums = torch.linear(flat, weights.get(i), optionalBiases.get(i));
        results[i] = l.relu() ? sums.relu_() : sums;
      } else {
        results[i] = torch.softmax(src, 1);
      }
    }
    return results[results.length - 1];
  }

  private Tensor convolution(int index, Network.Convolution c, Tensor src, Tensor plus) {
    LongArrayRef[] n = extents.get(index);
    Tensor sums =
        torch.conv2d(
            src, weights.get(index), optionalBiases.get(index), n[0], n[1], n[2], c.geometry().g());
    Tensor added = plus == null ? sums : sums.add_(plus);
    return c.relu() ? added.relu_() : added;
  }

  @Override
  public String implementation() {
    return problem.training() ? "autograd and torch::optim::SGD" : "eager functions";
  }

  @Override
  public void run() {
    PointerScope scope = new PointerScope();
    try {
      if (problem.training()) {
        step();
        return;
      }
      if (last != null) {
        last.close();
      }
      last = forward();
      last.retainReference(); // beyond the scope
    } finally {
      scope.close();
    }
  }

  private void step() {
    GradMode.set_enabled(true);
    optimizer.zero_grad();
    torch.cross_entropy_loss(forward(), labels).backward();
    optimizer.step();
    GradMode.set_enabled(false);
  }

  /** After training: the slopes that one step from the start went down. */
  @Override
  public float[] result() {
    if (!problem.training()) {
      return Tensors.floats(last);
    }
    for (int i = 0; i < weights.size(); i++) {
      if (weights.get(i) != null) {
        long[] shape = ((Network.Weighted) network.steps().get(i)).weightExtents();
        weights.get(i).copy_(Tensor.create(network.weights(i), shape));
        float[] bias = network.bias(i);
        biases.get(i).copy_(Tensor.create(bias, bias.length));
      }
    }
    run();
    float[] all = new float[(int) network.parameterElements()];
    int at = 0;
    for (int i = 0; i < weights.size(); i++) {
      for (List<Tensor> tensors : List.of(weights, biases)) {
        if (tensors.get(i) != null) {
          float[] values = Tensors.floats(tensors.get(i));
          System.arraycopy(values, 0, all, at, values.length);
          at += values.length;
        }
      }
    }
    return problem.slopes(all);
  }

  @Override
  public void close() {
    weights.stream().filter(t -> t != null).forEach(Tensor::close);
    biases.stream().filter(t -> t != null).forEach(Tensor::close);
    images.close();
    if (last != null) {
      last.close();
    }
  }
}
