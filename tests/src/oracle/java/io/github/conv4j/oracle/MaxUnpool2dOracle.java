package io.github.conv4j.oracle;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.RandomShapes;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.global.torch;

/**
 * Max unpooling, both ways, with indices of which many repeat: on one thread libtorch, too, keeps
 * the last of them. Nothing is added up, so every number has to agree bit for bit.
 */
record MaxUnpool2dOracle() implements OracleOperator<MaxUnpool2dOracle.Case> {
  /** The tensors before and after. */
  record Case(Shape srcShape, Shape dstShape) {}

  @Override
  public String name() {
    return "max_unpool2d";
  }

  @Override
  public Case draw(RandomShapes shapes, SplittableRandom random) {
    Shape src = RandomTensors.some(random, 4);
    long oh = src.dim(2) + random.nextLong(src.dim(2) + 2);
    long ow = src.dim(3) + random.nextLong(src.dim(3) + 2);
    return new Case(src, Shape.of(src.dim(0), src.dim(1), oh, ow));
  }

  @Override
  public List<String> algorithms() {
    return List.of();
  }

  @Override
  public Sources sources(Case c, DataKind data, long seed) {
    return new Sources(data, seed)
        .withTies("src", c.srcShape())
        .withTies("diff_dst", c.dstShape())
        .withIndices("indices", c.srcShape(), c.dstShape().dim(2) * c.dstShape().dim(3));
  }

  @Override
  public List<Expected> libtorch(Case c, Sources sources) {
    var src = Torch.variable(sources.torch("src"));
    var dst =
        torch.max_unpool2d(
            src,
            sources.torchIntegers("indices"),
            Torch.extents(c.dstShape().dim(2), c.dstShape().dim(3)));
    Torch.backward(dst, sources.torch("diff_dst"));
    return List.of(
        Expected.bits("dst", c.dstShape(), Torch.floats(dst), null),
        Expected.bits("diff_src", c.srcShape(), Torch.gradient(src), null));
  }

  @Override
  public List<Actual> conv4j(Case c, Sources sources, Engine engine) {
    try (Tensor src = sources.tensor("src", engine.format());
        LongTensor indices = sources.longTensor("indices", engine.format());
        Tensor dst = Tensor.zeros(c.dstShape(), engine.format());
        Tensor diffDst = sources.tensor("diff_dst", engine.format());
        Tensor diffSrc = Tensor.zeros(c.srcShape(), engine.format())) {
      dst.fill(Float.NaN);
      diffSrc.fill(7);
      engine.kernels().maxUnpool2d(src, indices, dst);
      engine.kernels().maxUnpool2dBackward(diffDst, indices, diffSrc);
      return List.of(Actual.of(dst.toArray()), Actual.of(diffSrc.toArray()));
    }
  }
}
