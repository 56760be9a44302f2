package io.github.conv4j.oracle;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.RandomShapes;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.nn.AvgPool1d;
import io.github.conv4j.nn.Layer;
import io.github.conv4j.nn.MaxPool1d;
import io.github.conv4j.nn.MaxPool2d;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.global.torch;

/**
 * Max or average pooling of signals as a layer, both ways. As with images, a max pooling that has a
 * window without a tap inside the signal is excluded, and average pooling's gradient may round.
 */
record Pool1dOracle(boolean max) implements OracleOperator<Pool1dOracle.Case> {
  /**
   * A pooling of images of one row.
   *
   * @param line the extents
   * @param countIncludePad whether an average's divisor counts the padding
   */
  record Case(Pool2dGeometry line, boolean countIncludePad) {}

  @Override
  public String name() {
    return max ? "max_pool1d" : "avg_pool1d";
  }

  /** libtorch takes one padding for both ends. */
  @Override
  public Case draw(RandomShapes shapes, SplittableRandom random) {
    while (true) {
      Pool2dGeometry g = shapes.nextPool2d();
      try {
        Pool2dGeometry line =
            new Pool2dGeometry(
                g.n(),
                g.c(),
                1,
                g.iw(),
                1,
                g.kw(),
                1,
                g.sw(),
                0,
                g.pl(),
                0,
                g.pl(),
                1,
                max ? g.dw() : 1,
                g.ceilMode());
        return new Case(line, random.nextBoolean());
      } catch (IllegalArgumentException e) {
        continue; // The window does not fit into the padded signal: draw again.
      }
    }
  }

  @Override
  public String exclusion(Case c) {
    return max ? MaxPool2dOracle.exclusionOfGradient(c.line()) : null;
  }

  @Override
  public List<String> algorithms() {
    return List.of();
  }

  private static Shape signals(Shape images) {
    return Shape.of(images.dim(0), images.dim(1), images.dim(3));
  }

  @Override
  public Sources sources(Case c, DataKind data, long seed) {
    return new Sources(data, seed)
        .withTies("src", signals(c.line().srcShape()))
        .with("diff_dst", signals(c.line().dstShape()), c.line().kw());
  }

  @Override
  public List<Expected> libtorch(Case c, Sources sources) {
    Shape srcShape = signals(c.line().srcShape());
    Shape dstShape = signals(c.line().dstShape());
    long kw = c.line().kw();
    var src = Torch.variable(sources.torch("src"));
    var again = Torch.variable(sources.torch("src"));
    var diffDst = sources.torch("diff_dst");
    List<Expected> all = new ArrayList<>();
    if (max) {
      var pooled = maxima(c, src);
      all.add(Expected.bits("dst", dstShape, Torch.floats(pooled.get0()), null));
      all.add(Expected.indices("indices", dstShape, Torch.longs(pooled.get1()), null));
      Torch.backward(pooled.get0(), diffDst);
      Torch.backward(maxima(c, again).get0(), diffDst.abs());
    } else {
      var dst = averages(c, src);
      float[] magnitudes =
          sources.exact() ? null : Torch.floats(averages(c, sources.torch("src").abs()));
      all.add(Expected.sums("dst", dstShape, Torch.floats(dst), magnitudes, kw));
      Torch.backward(dst, diffDst);
      Torch.backward(averages(c, again), diffDst.abs());
    }
    float[] magnitudes = max && sources.exact() ? null : Torch.gradient(again);
    all.add(Expected.sums("diff_src", srcShape, Torch.gradient(src), magnitudes, kw));
    return all;
  }

  private static org.bytedeco.pytorch.T_TensorTensor_T maxima(
      Case c, org.bytedeco.pytorch.Tensor src) {
    Pool2dGeometry g = c.line();
    return torch.max_pool1d_with_indices(
        src,
        Torch.extents(g.kw()),
        Torch.extents(g.sw()),
        Torch.extents(g.pl()),
        Torch.extents(g.dw()),
        g.ceilMode());
  }

  private static org.bytedeco.pytorch.Tensor averages(Case c, org.bytedeco.pytorch.Tensor src) {
    Pool2dGeometry g = c.line();
    return torch.avg_pool1d(
        src,
        Torch.extents(g.kw()),
        Torch.extents(g.sw()),
        Torch.extents(g.pl()),
        g.ceilMode(),
        c.countIncludePad());
  }

  private MaxPool1d maxLayer(Case c, Engine engine) {
    Pool2dGeometry g = c.line();
    return MaxPool1d.builder(g.kw())
        .stride(g.sw())
        .padding(g.pl())
        .dilation(g.dw())
        .ceilMode(g.ceilMode())
        .kernels(engine.forLayers())
        .build();
  }

  private static AvgPool1d avgLayer(Case c, Engine engine) {
    Pool2dGeometry g = c.line();
    return AvgPool1d.builder(g.kw())
        .stride(g.sw())
        .padding(g.pl())
        .ceilMode(g.ceilMode())
        .countIncludePad(c.countIncludePad())
        .kernels(engine.forLayers())
        .build();
  }

  @Override
  public List<Actual> conv4j(Case c, Sources sources, Engine engine) {
    List<Actual> all = new ArrayList<>();
    try (Layer layer = max ? maxLayer(c, engine) : avgLayer(c, engine);
        Tensor src = sources.tensor("src");
        Tensor diffDst = sources.tensor("diff_dst");
        Tensor dst = layer.forward(src);
        Tensor diffSrc = layer.backward(diffDst)) {
      all.add(Actual.of(dst.toArray()));
      if (layer instanceof MaxPool1d pooling) {
        try (MaxPool2d.Result found = pooling.forwardWithIndices(src);
            LongTensor indices = found.indices()) {
          all.add(Actual.of(indices.toArray()));
        }
      }
      all.add(Actual.of(diffSrc.toArray()));
      return all;
    }
  }
}
