package io.github.conv4j.benchmarks.competitor;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.benchmarks.problem.Network;
import io.github.conv4j.benchmarks.problem.NetworkProblem;
import io.github.conv4j.kernel.Accuracy;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.CrossEntropyLoss;
import io.github.conv4j.nn.Flatten;
import io.github.conv4j.nn.Layer;
import io.github.conv4j.nn.Linear;
import io.github.conv4j.nn.MaxPool2d;
import io.github.conv4j.nn.Parameter;
import io.github.conv4j.nn.ReLU;
import io.github.conv4j.nn.Sequential;
import io.github.conv4j.nn.Softmax;
import io.github.conv4j.optim.SGD;
import java.util.List;

/** A chain of layers as conv4j's users build it: a Sequential. */
final class ModuleNetwork {
  private final Network network;
  private final Kernels kernels;
  private final Accuracy accuracy;
  private final Sequential module;

  private ModuleNetwork(Network network, Kernels kernels, Accuracy accuracy) {
    this.network = network;
    this.kernels = kernels;
    this.accuracy = accuracy;
    module = build();
    reset();
  }

  static Call call(NetworkProblem problem, Kernels kernels, PlanOptions options)
      throws UnsupportedProblemException {
    if (!problem.network().isChain()) {
      if (problem.training()) {
        throw new UnsupportedProblemException("networks with shortcuts run forward only");
      }
      return PlannedNetwork.call(problem, kernels, options);
    }
    ModuleNetwork network = new ModuleNetwork(problem.network(), kernels, options.accuracy());
    Network net = problem.network();
    Tensor images =
        Tensor.of(problem.images(), problem.batch(), net.channels(), net.height(), net.width());
    Tensor result = Tensor.zeros(network.module.outputShape(images.shape()));
    if (problem.training()) {
      return network.training(problem, images, result);
    }
    network.module.eval();
    return new PlannedCall(
        "Sequential",
        () -> network.module.forward(images, result),
        result,
        List.of(network.module, images, result));
  }

  private Sequential build() {
    Sequential.Builder builder = Sequential.builder();
    boolean images = true;
    for (Network.Step step : network.steps()) {
      if (step instanceof Network.Convolution c) {
        builder.add(
            Conv2d.builder(c.geometry().ic(), c.geometry().oc(), c.geometry().kh())
                .stride(c.geometry().sh())
                .padding(c.geometry().pt())
                .accuracy(accuracy)
                .build());
        relu(builder, c.relu());
      } else if (step instanceof Network.MaxPool p) {
        builder.add(
            MaxPool2d.builder(p.geometry().kh())
                .stride(p.geometry().sh())
                .padding(p.geometry().pt())
                .build());
      } else if (step instanceof Network.Linear l) {
        if (images) {
          builder.add(new Flatten());
          images = false;
        }
        builder.add(Linear.builder(l.in(), l.out()).build());
        relu(builder, l.relu());
      } else {
        builder.add(new Softmax());
      }
    }
    return builder.build().kernels(kernels);
  }

  private static void relu(Sequential.Builder builder, boolean wanted) {
    if (wanted) {
      builder.add(new ReLU());
    }
  }

  /** Gives every layer the network's weights, those of before any training. */
  private void reset() {
    List<Layer> weighted =
        module.layers().stream().filter(layer -> !layer.parameters().isEmpty()).toList();
    int next = 0;
    for (int i = 0; i < network.steps().size(); i++) {
      if (network.steps().get(i) instanceof Network.Weighted) {
        List<Parameter> parameters = weighted.get(next++).parameters();
        parameters.get(0).value().set(network.weights(i));
        parameters.get(1).value().set(network.bias(i));
      }
    }
  }

  private Call training(NetworkProblem problem, Tensor images, Tensor logits) {
    LongTensor labels = LongTensor.zeros(Shape.of(problem.batch()));
    labels.set(problem.labels());
    Tensor gradient = Tensor.zeros(logits.shape());
    CrossEntropyLoss loss = CrossEntropyLoss.builder().kernels(kernels).build();
    SGD optimizer =
        SGD.builder(module.parameters())
            .learningRate(NetworkProblem.LEARNING_RATE)
            .kernels(kernels)
            .build();
    Runnable step =
        () -> {
          module.forward(images, logits);
          loss.forward(logits, labels, gradient);
          optimizer.zeroGrad();
          module.backward(gradient, null);
          optimizer.step();
        };
    List<AutoCloseable> held = List.of(optimizer, module, images, logits, gradient, labels);
    return new PlannedCall("Sequential and optim.SGD", step, logits, held) {
      @Override
      public float[] result() {
        reset();
        step.run();
        return problem.slopes(parameters());
      }
    };
  }

  private float[] parameters() {
    float[] all = new float[(int) network.parameterElements()];
    int at = 0;
    for (Parameter parameter : module.parameters()) {
      float[] values = parameter.value().toArray();
      System.arraycopy(values, 0, all, at, values.length);
      at += values.length;
    }
    return all;
  }
}
