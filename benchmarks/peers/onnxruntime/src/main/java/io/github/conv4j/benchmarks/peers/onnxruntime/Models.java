package io.github.conv4j.benchmarks.peers.onnxruntime;

import io.github.conv4j.benchmarks.problem.ConvolutionProblem;
import io.github.conv4j.benchmarks.problem.Network;
import io.github.conv4j.benchmarks.problem.NetworkProblem;
import io.github.conv4j.benchmarks.problem.PoolingProblem;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.util.List;

/** Models of one operator, or of a network. */
final class Models {
  private Models() {}

  static byte[] of(ConvolutionProblem problem) {
    Conv2dGeometry g = problem.geometry();
    Model model = new Model();
    model.initializer("weights", problem.weights(), g.weightsShape().toArray());
    model.node("Conv", List.of(Model.INPUT, "weights"), Model.OUTPUT, convolution(g));
    return model.finish(g.srcShape().toArray(), g.dstShape().toArray());
  }

  static byte[] of(PoolingProblem problem) {
    Pool2dGeometry g = problem.geometry();
    Model model = new Model();
    model.node(
        problem.isMax() ? "MaxPool" : "AveragePool",
        List.of(Model.INPUT),
        Model.OUTPUT,
        problem.isMax() ? maxPooling(g) : averagePooling(g));
    return model.finish(g.srcShape().toArray(), g.dstShape().toArray());
  }

  static byte[] of(NetworkProblem problem, long[] input, long[] output) {
    Network network = problem.network();
    Model model = new Model();
    for (int i = 0; i < network.steps().size(); i++) {
      Network.Step step = network.steps().get(i);
      if (step instanceof Network.Weighted weighted) {
        model.initializer("w" + i, network.weights(i), weighted.weightExtents());
        model.initializer("b" + i, network.bias(i), weighted.biasElements());
      }
      add(model, network, i);
    }
    return model.finish(input, output);
  }

  private static String name(Network network, int index) {
    if (index == Network.INPUT) {
      return Model.INPUT;
    }
    return index == network.steps().size() - 1 ? Model.OUTPUT : "t" + index;
  }

  private static void add(Model model, Network network, int index) {
    Network.Step step = network.steps().get(index);
    String from = name(network, step.from());
    String to = name(network, index);
    if (step instanceof Network.Convolution c) {
      boolean adds = c.plus() != Network.NONE;
      String sums = adds || c.relu() ? "sums" + index : to;
      List<String> inputs = List.of(from, "w" + index, "b" + index);
      model.node("Conv", inputs, sums, convolution(c.geometry()));
      if (adds) {
        String added = c.relu() ? "added" + index : to;
        model.node("Add", List.of(sums, name(network, c.plus())), added, List.of());
        sums = added;
      }
      relu(model, c.relu(), sums, to);
    } else if (step instanceof Network.MaxPool p) {
      model.node("MaxPool", List.of(from), to, maxPooling(p.geometry()));
    } else if (step instanceof Network.Linear l) {
      String sums = l.relu() ? "sums" + index : to;
      String flat = "flat" + index;
      model.node("Flatten", List.of(from), flat, List.of(Model.attribute("axis", 1)));
      List<String> inputs = List.of(flat, "w" + index, "b" + index);
      model.node("Gemm", inputs, sums, List.of(Model.attribute("transB", 1)));
      relu(model, l.relu(), sums, to);
    } else {
      model.node("Softmax", List.of(from), to, List.of(Model.attribute("axis", 1)));
    }
  }

  private static void relu(Model model, boolean wanted, String from, String to) {
    if (wanted) {
      model.node("Relu", List.of(from), to, List.of());
    }
  }

  private static List<Protobuf> convolution(Conv2dGeometry g) {
    return List.of(
        Model.attributes("kernel_shape", g.kh(), g.kw()),
        Model.attributes("strides", g.sh(), g.sw()),
        Model.attributes("pads", g.pt(), g.pl(), g.pb(), g.pr()),
        Model.attributes("dilations", g.dh(), g.dw()),
        Model.attribute("group", g.g()));
  }

  private static List<Protobuf> maxPooling(Pool2dGeometry g) {
    return List.of(
        Model.attributes("kernel_shape", g.kh(), g.kw()),
        Model.attributes("strides", g.sh(), g.sw()),
        Model.attributes("pads", g.pt(), g.pl(), g.pb(), g.pr()),
        Model.attributes("dilations", g.dh(), g.dw()),
        Model.attribute("ceil_mode", g.ceilMode() ? 1 : 0));
  }

  private static List<Protobuf> averagePooling(Pool2dGeometry g) {
    return List.of(
        Model.attributes("kernel_shape", g.kh(), g.kw()),
        Model.attributes("strides", g.sh(), g.sw()),
        Model.attributes("pads", g.pt(), g.pl(), g.pb(), g.pr()),
        Model.attribute("count_include_pad", 1),
        Model.attribute("ceil_mode", g.ceilMode() ? 1 : 0));
  }
}
