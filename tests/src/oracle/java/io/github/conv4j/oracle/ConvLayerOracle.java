package io.github.conv4j.oracle;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.RandomShapes;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.nn.Conv1d;
import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.LongArrayRef;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * What the layers add to the convolution: signals, and padding by name; result and all gradients.
 * Padding by name is asked of libtorch's function with zeros, since its layer exchanges height and
 * width in the other modes.
 */
record ConvLayerOracle(boolean line, boolean same) implements OracleOperator<ConvLayerOracle.Case> {
  /**
   * A convolution; of signals, one whose images and kernels have one row.
   *
   * @param geometry with the padding in pixels, also where it is given by name
   * @param mode what lies outside
   */
  record Case(Conv2dGeometry geometry, PaddingMode mode) {}

  @Override
  public String name() {
    return (line ? "conv1d" : "conv2d") + (same ? ".same" : "");
  }

  @Override
  public Case draw(RandomShapes shapes, SplittableRandom random) {
    while (true) {
      PaddingMode mode = same ? PaddingMode.ZEROS : PaddingMode.values()[random.nextInt(4)];
      Conv2dGeometry g = shapes.nextConv2d(mode);
      if (same) {
        long height = g.dh() * (g.kh() - 1);
        long width = g.dw() * (g.kw() - 1);
        g =
            g.withPadding(height / 2, width / 2, height - height / 2, width - width / 2)
                .withStride(1, 1);
      }
      if (line) {
        g =
            new Conv2dGeometry(
                g.n(), g.ic(), 1, g.iw(), g.oc(), 1, g.kw(), 1, g.sw(), 0, g.pl(), 0, g.pr(), 1,
                g.dw(), g.g());
      }
      if (g.multiplyAdds() < OracleTest.MULTIPLY_ADDS) {
        return new Case(g, mode);
      }
    }
  }

  @Override
  public List<String> algorithms() {
    return List.of();
  }

  private static long summands(Conv2dGeometry g) {
    long taps = g.kh() * g.kw() * Math.max(g.ic(), g.oc()) / g.g();
    return Math.max(taps * (1 + g.pl() + g.pr()), Math.max(1, g.n() * g.oh() * g.ow()));
  }

  /** The shape of an image, or without its row that of a signal. */
  private Shape shape(Shape image) {
    return line ? Shape.of(image.dim(0), image.dim(1), image.dim(3)) : image;
  }

  @Override
  public Sources sources(Case c, DataKind data, long seed) {
    Conv2dGeometry g = c.geometry();
    return new Sources(data, seed)
        .with("src", shape(g.srcShape()), summands(g))
        .with("weights", shape(g.weightsShape()), summands(g))
        .with("bias", g.biasShape(), summands(g))
        .with("diff_dst", shape(g.dstShape()), summands(g));
  }

  @Override
  public List<Expected> libtorch(Case c, Sources sources) {
    Conv2dGeometry g = c.geometry();
    List<float[]> results = results(c, sources, false);
    List<float[]> magnitudes = sources.exact() ? null : results(c, sources, true);
    List<String> names = List.of("dst", "diff_src", "diff_weights", "diff_bias");
    List<Shape> shapes =
        List.of(shape(g.dstShape()), shape(g.srcShape()), shape(g.weightsShape()), g.biasShape());
    List<Expected> all = new ArrayList<>();
    for (int i = 0; i < results.size(); i++) {
      float[] magnitude = magnitudes == null ? null : magnitudes.get(i);
      all.add(Expected.sums(names.get(i), shapes.get(i), results.get(i), magnitude, summands(g)));
    }
    return all;
  }

  private List<float[]> results(Case c, Sources sources, boolean absolute) {
    var src = Torch.variable(Torch.absolute(sources.torch("src"), absolute));
    var weights = Torch.variable(Torch.absolute(sources.torch("weights"), absolute));
    var bias = Torch.variable(Torch.absolute(sources.torch("bias"), absolute));
    var dst = forward(c, src, weights, bias);
    Torch.backward(dst, Torch.absolute(sources.torch("diff_dst"), absolute));
    return List.of(
        Torch.floats(dst), Torch.gradient(src), Torch.gradient(weights), Torch.gradient(bias));
  }

  private org.bytedeco.pytorch.Tensor forward(
      Case c,
      org.bytedeco.pytorch.Tensor src,
      org.bytedeco.pytorch.Tensor weights,
      org.bytedeco.pytorch.Tensor bias) {
    Conv2dGeometry g = c.geometry();
    TensorOptional offset = Torch.optional(bias);
    LongArrayRef stride = line ? Torch.extents(g.sw()) : Torch.extents(g.sh(), g.sw());
    LongArrayRef dilation = line ? Torch.extents(g.dw()) : Torch.extents(g.dh(), g.dw());
    if (same) {
      return line
          ? torch.conv1d(src, weights, offset, stride, "same", dilation, g.g())
          : torch.conv2d(src, weights, offset, stride, "same", dilation, g.g());
    }
    LongArrayRef none = Torch.extents(0);
    var padded = Torch.padded(src, c.mode(), g.pl(), g.pr());
    return torch.conv1d(padded, weights, offset, stride, none, dilation, g.g());
  }

  private Layer layer(Case c, Engine engine) {
    Conv2dGeometry g = c.geometry();
    if (!line) {
      return Conv2d.builder(g.ic(), g.oc(), g.kh(), g.kw())
          .paddingSame()
          .dilation(g.dh(), g.dw())
          .groups(g.g())
          .kernels(engine.forLayers())
          .build();
    }
    Conv1d.Builder builder =
        Conv1d.builder(g.ic(), g.oc(), g.kw())
            .stride(g.sw())
            .dilation(g.dw())
            .groups(g.g())
            .paddingMode(c.mode())
            .kernels(engine.forLayers());
    return same ? builder.paddingSame().build() : builder.padding(g.pl(), g.pr()).build();
  }

  @Override
  public List<Actual> conv4j(Case c, Sources sources, Engine engine) {
    try (Layer layer = layer(c, engine);
        Tensor src = sources.tensor("src");
        Tensor diffDst = sources.tensor("diff_dst")) {
      layer.parameters().get(0).value().set(sources.values("weights"));
      layer.parameters().get(1).value().set(sources.values("bias"));
      try (Tensor dst = layer.forward(src);
          Tensor diffSrc = layer.backward(diffDst)) {
        return List.of(
            Actual.of(dst.toArray()),
            Actual.of(diffSrc.toArray()),
            Actual.of(layer.parameters().get(0).gradient().toArray()),
            Actual.of(layer.parameters().get(1).gradient().toArray()));
      }
    }
  }
}
