package io.github.conv4j.app;

import io.github.conv4j.Conv4j;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.Dropout;
import io.github.conv4j.nn.Flatten;
import io.github.conv4j.nn.Layer;
import io.github.conv4j.nn.Linear;
import io.github.conv4j.nn.ReLU;
import io.github.conv4j.nn.Sequential;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How long the layers of a network take in evaluation, one by one, each convolution with the ReLU
 * behind it, as the network itself runs them.
 *
 * @param rows the layers that compute something
 * @param whole seconds that a pass of the whole network takes
 * @param multiplyAdds of such a pass
 */
record LayerTimes(List<Row> rows, double whole, long multiplyAdds) {
  /** One layer: its name and type, what it gives, its work, seconds, and what computed it. */
  record Row(
      String name,
      String type,
      Shape output,
      long multiplyAdds,
      double seconds,
      String algorithm) {}

  /**
   * Measures, after one pass that is not counted.
   *
   * @param net in evaluation, as it is afterwards
   * @param src not modified
   * @param repeat passes of which the median is taken
   */
  static LayerTimes measure(Sequential net, Tensor src, int repeat) {
    List<NamedLayer> layers = NamedLayer.of(net);
    List<Row> rows = new ArrayList<>();
    double whole;
    try (Progress progress = new Progress("vgg19", layers.size() + 1L)) {
      try (Tensor dst = Tensor.empty(net.outputShape(src.shape()))) {
        whole = median(net, src, dst, repeat);
      }
      progress.step();
      Tensor from = src;
      for (int i = 0; i < layers.size(); i++) {
        NamedLayer named = layers.get(i);
        boolean fused =
            named.layer() instanceof Conv2d
                && i + 1 < layers.size()
                && layers.get(i + 1).layer() instanceof ReLU;
        Tensor to =
            row(
                named,
                fused ? Sequential.of(named.layer(), layers.get(++i).layer()) : null,
                from,
                repeat,
                rows);
        progress.step();
        if (from != src) {
          from.close();
        }
        from = to;
      }
      if (from != src) {
        from.close();
      }
    }
    net.eval();
    return new LayerTimes(rows, whole, net.multiplyAdds(src.shape()));
  }

  /** Times one layer, adds its row, and returns its result, which the caller closes. */
  private static Tensor row(
      NamedLayer named, Sequential fused, Tensor src, int repeat, List<Row> rows) {
    Layer layer = fused == null ? named.layer() : fused.eval();
    Tensor dst = Tensor.empty(layer.outputShape(src.shape()));
    double seconds = median(layer, src, dst, repeat);
    if (fused != null) {
      fused.train(); // frees what was folded and prepared for it
    }
    if (!(layer instanceof Flatten) && !(layer instanceof Dropout)) {
      String type = named.layer().getClass().getSimpleName() + (fused == null ? "" : " + ReLU");
      rows.add(
          new Row(
              named.name(),
              type,
              dst.shape(),
              layer.multiplyAdds(src.shape()),
              seconds,
              algorithm(named.layer(), src.shape(), fused != null)));
    }
    return dst;
  }

  private static String algorithm(Layer layer, Shape src, boolean relu) {
    Kernels kernels = Conv4j.kernels();
    if (layer instanceof Conv2d convolution) {
      PlanOptions options = PlanOptions.DEFAULT.withRelu(relu);
      return kernels.conv2dForward(convolution.geometry(src), options).algorithm();
    }
    return layer instanceof Linear ? "product" : "-";
  }

  private static double median(Layer layer, Tensor src, Tensor dst, int repeat) {
    layer.forward(src, dst);
    double[] seconds = new double[repeat];
    for (int i = 0; i < repeat; i++) {
      long start = System.nanoTime();
      layer.forward(src, dst);
      seconds[i] = (System.nanoTime() - start) / 1e9;
    }
    Arrays.sort(seconds);
    return seconds[repeat / 2];
  }

  /** The table, with the sum of the layers and the whole network. */
  void print(PrintWriter lines) {
    String row = "%-14s %-17s %-20s %9s %9s  %s%n";
    lines.println();
    lines.printf(row, "layer", "type", "output", "ms", "GFLOP/s", "algorithm");
    double sum = 0;
    for (Row each : rows) {
      sum += each.seconds;
      lines.printf(
          row,
          each.name,
          each.type,
          each.output,
          number("%.3f", each.seconds * 1e3),
          each.multiplyAdds == 0 ? "-" : rate(each.multiplyAdds, each.seconds),
          each.algorithm);
    }
    lines.printf(row, "sum", "", "", number("%.3f", sum * 1e3), rate(multiplyAdds, sum), "");
    lines.printf(
        row, "whole network", "", "", number("%.3f", whole * 1e3), rate(multiplyAdds, whole), "");
  }

  private static String rate(long multiplyAdds, double seconds) {
    return number("%.1f", 2e-9 * multiplyAdds / seconds);
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
