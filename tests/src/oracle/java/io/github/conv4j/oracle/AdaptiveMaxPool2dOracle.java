package io.github.conv4j.oracle;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.RandomShapes;
import io.github.conv4j.kernel.AdaptivePool2dGeometry;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.global.torch;

/** Adaptive max pooling, both ways; integer data hold ties, signed zeros, NaN and infinities. */
record AdaptiveMaxPool2dOracle() implements OracleOperator<AdaptivePool2dGeometry> {
  @Override
  public String name() {
    return "adaptive_max_pool2d";
  }

  @Override
  public AdaptivePool2dGeometry draw(RandomShapes shapes, SplittableRandom random) {
    Pool2dGeometry g = shapes.nextPool2d();
    long oh = 1 + random.nextLong(g.ih() + 3);
    long ow = 1 + random.nextLong(g.iw() + 3);
    return new AdaptivePool2dGeometry(g.n(), g.c(), g.ih(), g.iw(), oh, ow);
  }

  @Override
  public List<String> algorithms() {
    return NativeKernels.adaptiveMaxPool2dAlgorithms();
  }

  @Override
  public Sources sources(AdaptivePool2dGeometry g, DataKind data, long seed) {
    return new Sources(data, seed)
        .withTies("src", g.srcShape())
        .with("diff_dst", g.dstShape(), summands(g));
  }

  private static long summands(AdaptivePool2dGeometry g) {
    return (g.oh() / g.ih() + 2) * (g.ow() / g.iw() + 2);
  }

  @Override
  public List<Expected> libtorch(AdaptivePool2dGeometry g, Sources sources) {
    var src = sources.torch("src");
    var diffDst = sources.torch("diff_dst");
    T_TensorTensor_T pooled = torch.adaptive_max_pool2d(src, Torch.extents(g.oh(), g.ow()));
    var diffSrc = torch.adaptive_max_pool2d_backward(diffDst, src, pooled.get1());
    float[] magnitudes =
        sources.exact()
            ? null
            : Torch.floats(torch.adaptive_max_pool2d_backward(diffDst.abs(), src, pooled.get1()));
    return List.of(
        Expected.bits("dst", g.dstShape(), Torch.floats(pooled.get0()), null),
        Expected.indices("indices", g.dstShape(), Torch.longs(pooled.get1()), null),
        Expected.sums("diff_src", g.srcShape(), Torch.floats(diffSrc), magnitudes, summands(g)));
  }

  @Override
  public List<Actual> conv4j(AdaptivePool2dGeometry g, Sources sources, Engine engine) {
    try (Tensor src = sources.tensor("src", engine.format());
        Tensor dst = Tensor.zeros(g.dstShape(), engine.format());
        LongTensor indices = LongTensor.zeros(g.dstShape(), engine.format());
        Tensor diffDst = sources.tensor("diff_dst", engine.format());
        Tensor diffSrc = Tensor.zeros(g.srcShape(), engine.format())) {
      diffSrc.fill(Float.NaN);
      engine.kernels().adaptiveMaxPool2dForward(g, engine.options()).run(src, dst, indices);
      engine.kernels().adaptiveMaxPool2dBackward(diffDst, indices, diffSrc);
      return List.of(
          Actual.of(dst.toArray()), Actual.of(indices.toArray()), Actual.of(diffSrc.toArray()));
    }
  }
}
