package io.github.conv4j.oracle;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.RandomShapes;
import io.github.conv4j.kernel.NormalizationKernels;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.global.torch;

/**
 * Softmax or its logarithm along the channels, both ways, among integers with rows of NaN and
 * infinities. The error of exp(x - max) grows with max - x, whose rounding it enlarges, and is
 * handed on to the gradient.
 */
record SoftmaxOracle(boolean log) implements OracleOperator<Shape> {
  private static final float LIMIT = 8;

  @Override
  public String name() {
    return log ? "log_softmax" : "softmax";
  }

  @Override
  public Shape draw(RandomShapes shapes, SplittableRandom random) {
    while (true) {
      Shape shape = RandomTensors.any(random);
      if (shape.dim(channelAxis(shape)) > 0) {
        return shape;
      }
    }
  }

  @Override
  public List<String> algorithms() {
    return List.of();
  }

  private static Rows rows(Shape shape) {
    return Rows.of(shape, channelAxis(shape));
  }

  /** The second axis of a batch, the first where there is none. */
  private static int channelAxis(Shape shape) {
    return shape.rank() % 2 == 0 ? 1 : 0;
  }

  @Override
  public Sources sources(Shape shape, DataKind data, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Rows rows = rows(shape);
    Sources sources =
        new Sources(data, seed).with("src", shape, 1).with("diff_dst", shape, rows.channels());
    return data == DataKind.EXACT
        ? sources.map("src", x -> rows.special(random, x))
        : sources.map("src", x -> x * LIMIT);
  }

  @Override
  public List<Expected> libtorch(Shape shape, Sources sources) {
    var src = Torch.variable(sources.torch("src"));
    int axis = channelAxis(shape);
    var result = log ? torch.log_softmax(src, axis) : torch.softmax(src, axis);
    Torch.backward(result, sources.torch("diff_dst"));
    float[] dst = Torch.floats(result);
    float[] diffDst = sources.values("diff_dst");
    Rows rows = rows(shape);
    double[] depths = rows.depths(sources.values("src"));
    double[] deepest = rows.largest(depths);
    float[] ofDst = new float[dst.length];
    double[] products = new double[dst.length];
    for (int i = 0; i < dst.length; i++) {
      double grown = 1 + depths[i];
      ofDst[i] = (float) (log ? grown + Math.abs(dst[i]) : grown * dst[i]);
      products[i] = Math.abs(log ? diffDst[i] : diffDst[i] * dst[i]);
    }
    double[] sums = rows.sums(products);
    float[] ofDiffSrc = new float[dst.length];
    for (int i = 0; i < dst.length; i++) {
      double grown = 1 + deepest[rows.row(i)];
      double sum = grown * sums[rows.row(i)];
      double slope = log ? Math.exp(dst[i]) : dst[i];
      ofDiffSrc[i] =
          (float)
              (log
                  ? Math.abs(diffDst[i]) + grown * slope * sum
                  : grown * slope * (Math.abs(diffDst[i]) + sum));
    }
    int channels = rows.channels();
    return List.of(
        Expected.sums("dst", shape, dst, ofDst, channels),
        Expected.sums("diff_src", shape, Torch.gradient(src), ofDiffSrc, channels));
  }

  @Override
  public List<Actual> conv4j(Shape shape, Sources sources, Engine engine) {
    NormalizationKernels kernels = engine.kernels().normalization(engine.options());
    try (Tensor src = sources.tensor("src");
        Tensor dst = Tensor.zeros(shape);
        Tensor diffDst = sources.tensor("diff_dst");
        Tensor diffSrc = Tensor.zeros(shape)) {
      dst.fill(7);
      diffSrc.fill(7);
      kernels.softmax(log, src, dst);
      kernels.softmaxBackward(log, dst, diffDst, diffSrc);
      return List.of(Actual.of(dst.toArray()), Actual.of(diffSrc.toArray()));
    }
  }
}
