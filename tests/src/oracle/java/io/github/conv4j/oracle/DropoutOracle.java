package io.github.conv4j.oracle;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.RandomShapes;
import io.github.conv4j.nn.Dropout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.global.torch;

/**
 * Dropout where PyTorch defines its result: in evaluation, and in training where nothing or
 * everything is dropped, with the gradient. Which elements are dropped otherwise is each library's
 * own.
 */
record DropoutOracle() implements OracleOperator<DropoutOracle.Case> {
  /** The tensor, the mode and the probability, which is 0 or 1 in training. */
  record Case(Shape shape, boolean training, double p) {}

  @Override
  public String name() {
    return "dropout";
  }

  @Override
  public Case draw(RandomShapes shapes, SplittableRandom random) {
    boolean training = random.nextBoolean();
    double p = training ? random.nextInt(2) : random.nextDouble();
    return new Case(RandomTensors.any(random), training, p);
  }

  @Override
  public List<String> algorithms() {
    return List.of();
  }

  @Override
  public Sources sources(Case c, DataKind data, long seed) {
    return new Sources(data, seed).withTies("src", c.shape()).withTies("diff_dst", c.shape());
  }

  @Override
  public List<Expected> libtorch(Case c, Sources sources) {
    var src = Torch.variable(sources.torch("src"));
    var dst = torch.dropout(src, c.p(), c.training());
    List<Expected> all = new ArrayList<>();
    all.add(Expected.bits("dst", c.shape(), Torch.floats(dst), null));
    if (c.training()) {
      // With p = 0 libtorch gives the very variable back.
      Torch.backward(dst, sources.torch("diff_dst"));
      all.add(Expected.bits("diff_src", c.shape(), Torch.gradient(src), null));
    }
    return all;
  }

  @Override
  public List<Actual> conv4j(Case c, Sources sources, Engine engine) {
    List<Actual> all = new ArrayList<>();
    try (Dropout layer = new Dropout(c.p(), 1, engine.forLayers());
        Tensor src = sources.tensor("src");
        Tensor dst = Tensor.zeros(c.shape());
        Tensor diffDst = sources.tensor("diff_dst");
        Tensor diffSrc = Tensor.zeros(c.shape())) {
      if (!c.training()) {
        layer.eval();
      }
      dst.fill(7);
      diffSrc.fill(7);
      layer.forward(src, dst);
      all.add(Actual.of(dst.toArray()));
      if (c.training()) {
        layer.backward(diffDst, diffSrc);
        all.add(Actual.of(diffSrc.toArray()));
      }
      return all;
    }
  }
}
