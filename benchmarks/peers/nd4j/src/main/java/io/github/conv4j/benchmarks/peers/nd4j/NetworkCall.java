package io.github.conv4j.benchmarks.peers.nd4j;

import io.github.conv4j.benchmarks.competitor.Call;
import io.github.conv4j.benchmarks.competitor.UnsupportedProblemException;
import io.github.conv4j.benchmarks.problem.Network;
import io.github.conv4j.benchmarks.problem.NetworkProblem;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.factory.Nd4j;

/** A network as operations made ready beforehand, forward and, for training, back again. */
final class NetworkCall implements Call {
  private final NetworkProblem problem;
  private final Network network;
  private final INDArray images;
  private final List<INDArray> weights = new ArrayList<>();
  private final List<INDArray> biases = new ArrayList<>();
  private final List<INDArray> results = new ArrayList<>();
  private final List<Runnable> forward = new ArrayList<>();
  private final List<Runnable> backward = new ArrayList<>();
  private final List<INDArray> gradients = new ArrayList<>();

  NetworkCall(NetworkProblem problem) throws UnsupportedProblemException {
    this.problem = problem;
    network = problem.network();
    images =
        Operations.array(
            problem.images(),
            problem.batch(),
            network.channels(),
            network.height(),
            network.width());
    for (int i = 0; i < network.steps().size(); i++) {
      addForward(i);
    }
    if (problem.training()) {
      if (!network.isChain()) {
        throw new UnsupportedProblemException("networks with shortcuts run forward only");
      }
      addBackward();
    }
  }

  private INDArray read(Network.Step step) {
    return step.from() == Network.INPUT ? images : results.get(step.from());
  }

  private void addForward(int index) {
    Network.Step step = network.steps().get(index);
    INDArray src = read(step);
    INDArray weight = null;
    INDArray bias = null;
    if (step instanceof Network.Weighted weighted) {
      weight = Operations.array(network.weights(index), weighted.weightExtents());
      bias = Operations.array(network.bias(index), weighted.biasElements());
    }
    weights.add(weight);
    biases.add(bias);
    final INDArray dst;
    if (step instanceof Network.Convolution c) {
      Conv2dGeometry g = c.geometry().withBatch(problem.batch());
      dst = Operations.zeros(g.dstShape().toArray());
      add("conv2d", Operations.convolution(g), dst, src, weight, bias);
      if (c.plus() != Network.NONE) {
        add("add", new int[0], dst, dst, results.get(c.plus()));
      }
      relu(c.relu(), dst);
    } else if (step instanceof Network.MaxPool p) {
      Pool2dGeometry g = p.geometry();
      dst = Operations.zeros(problem.batch(), g.c(), g.oh(), g.ow());
      add("maxpool2d", Operations.pooling(g), dst, src);
    } else if (step instanceof Network.Linear l) {
      dst = Operations.zeros(problem.batch(), l.out());
      INDArray flat = src.reshape(problem.batch(), l.in());
      INDArray matrix = weight;
      INDArray row = bias;
      forward.add(() -> Nd4j.gemm(flat, matrix, dst, false, true, 1, 0).addiRowVector(row));
      relu(l.relu(), dst);
    } else {
      dst = Operations.zeros(problem.batch(), step.elements());
      add("softmax", new int[] {1}, dst, src);
    }
    results.add(dst);
  }

  private void add(String name, int[] arguments, INDArray output, INDArray... inputs) {
    CustomOp operation = Operations.operation(name, arguments, inputs, output);
    forward.add(() -> Nd4j.getExecutioner().exec(operation));
  }

  private void relu(boolean wanted, INDArray dst) {
    if (wanted) {
      add("relu", new int[0], dst, dst);
    }
  }

  /** From the mean cross entropy back to the parameters, which take their step at the end. */
  private void addBackward() {
    INDArray logits = results.get(results.size() - 1);
    long[] labels = problem.labels();
    INDArray classes = Operations.zeros(labels.length, network.classes());
    for (int i = 0; i < labels.length; i++) {
      classes.putScalar(i, labels[i], 1);
    }
    INDArray[] diff = {Operations.zeros(logits.shape())};
    CustomOp softmax =
        Operations.operation("softmax", new int[] {1}, new INDArray[] {logits}, diff[0]);
    INDArray loss = diff[0];
    double images = problem.batch();
    backward.add(
        () -> {
          Nd4j.getExecutioner().exec(softmax);
          loss.subi(classes).divi(images);
        });
    for (int i = network.steps().size() - 1; i >= 0; i--) {
      addBackward(i, diff);
    }
    backward.add(this::descend);
  }

  private void addBackward(int index, INDArray[] diff) {
    Network.Step step = network.steps().get(index);
    INDArray src = read(step);
    INDArray dst = results.get(index);
    boolean relu =
        step instanceof Network.Convolution c && c.relu()
            || step instanceof Network.Linear l && l.relu();
    if (relu) {
      back("relu_bp", new int[0], new INDArray[] {dst, diff[0]}, diff[0]);
    }
    INDArray diffSrc = Operations.zeros(src.shape());
    if (step instanceof Network.MaxPool p) {
      back(
          "maxpool2d_bp", Operations.pooling(p.geometry()), new INDArray[] {src, diff[0]}, diffSrc);
    } else {
      INDArray weight = weights.get(index);
      INDArray diffWeight = Operations.zeros(weight.shape());
      INDArray diffBias = Operations.zeros(biases.get(index).shape());
      gradients.add(0, diffBias);
      gradients.add(0, diffWeight);
      if (step instanceof Network.Convolution c) {
        back(
            "conv2d_bp",
            Operations.convolution(c.geometry()),
            new INDArray[] {src, weight, biases.get(index), diff[0]},
            diffSrc,
            diffWeight,
            diffBias);
      } else {
        linear(
            src.reshape(problem.batch(), ((Network.Linear) step).in()),
            diff[0],
            weight,
            diffSrc,
            diffWeight,
            diffBias);
      }
    }
    diff[0] = diffSrc;
  }

  private void linear(
      INDArray flat,
      INDArray diff,
      INDArray weight,
      INDArray diffSrc,
      INDArray diffWeight,
      INDArray diffBias) {
    INDArray flatDiff = diffSrc.reshape(flat.shape());
    backward.add(
        () -> {
          diffWeight.assign(diff.transpose().mmul(flat));
          diffBias.assign(diff.sum(0));
          flatDiff.assign(diff.mmul(weight));
        });
  }

  private void back(String name, int[] arguments, INDArray[] inputs, INDArray... outputs) {
    CustomOp operation = Operations.operation(name, arguments, inputs, outputs);
    backward.add(() -> Nd4j.getExecutioner().exec(operation));
  }

  private void descend() {
    int next = 0;
    for (int i = 0; i < weights.size(); i++) {
      if (weights.get(i) != null) {
        weights.get(i).subi(gradients.get(next++).muli(NetworkProblem.LEARNING_RATE));
        biases.get(i).subi(gradients.get(next++).muli(NetworkProblem.LEARNING_RATE));
      }
    }
  }

  @Override
  public String implementation() {
    return problem.training() ? "operations, gradients and step by hand" : "operations";
  }

  @Override
  public void run() {
    forward.forEach(Runnable::run);
    backward.forEach(Runnable::run);
  }

  /** After training: the slopes that one step from the start went down. */
  @Override
  public float[] result() {
    if (!problem.training()) {
      return Operations.floats(results.get(results.size() - 1));
    }
    for (int i = 0; i < weights.size(); i++) {
      if (weights.get(i) != null) {
        weights.get(i).assign(Operations.array(network.weights(i), weights.get(i).shape()));
        biases.get(i).assign(Operations.array(network.bias(i), biases.get(i).shape()));
      }
    }
    run();
    float[] all = new float[(int) network.parameterElements()];
    int at = 0;
    for (int i = 0; i < weights.size(); i++) {
      for (INDArray array : new INDArray[] {weights.get(i), biases.get(i)}) {
        if (array != null) {
          float[] values = Operations.floats(array);
          System.arraycopy(values, 0, all, at, values.length);
          at += values.length;
        }
      }
    }
    return problem.slopes(all);
  }

  @Override
  public void close() {
    backward.clear();
    results.forEach(INDArray::close);
    weights.stream().filter(a -> a != null).forEach(INDArray::close);
  }
}
