package io.github.conv4j.oracle;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.RandomShapes;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.global.torch;

/** The squared error and its gradient; sums of integers agree bit for bit, means round. */
record SquaredErrorOracle() implements OracleOperator<SquaredErrorOracle.Case> {
  private static final Shape SINGLE = Shape.of(1);

  /** The tensors, and whether the mean is wanted instead of the sum. */
  record Case(Shape shape, boolean mean) {}

  @Override
  public String name() {
    return "mse_loss";
  }

  @Override
  public Case draw(RandomShapes shapes, SplittableRandom random) {
    return new Case(RandomTensors.any(random), random.nextBoolean());
  }

  @Override
  public List<String> algorithms() {
    return List.of();
  }

  @Override
  public Sources sources(Case c, DataKind data, long seed) {
    // The square of a difference is up to four products.
    long summands = 4 * Math.max(1, c.shape().elements());
    return new Sources(data, seed)
        .with("src", c.shape(), summands)
        .with("target", c.shape(), summands);
  }

  @Override
  public List<Expected> libtorch(Case c, Sources sources) {
    var src = Torch.variable(sources.torch("src"));
    var loss = torch.mse_loss(src, sources.torch("target"), Torch.reduction(c.mean()));
    loss.backward();
    float[] value = Torch.floats(loss);
    float[] diffSrc = Torch.gradient(src);
    boolean rounds = c.mean() || !sources.exact();
    long summands = Math.max(1, c.shape().elements());
    return List.of(
        Expected.sums("loss", SINGLE, value, rounds ? value : null, summands),
        Expected.sums(
            "diff_src", c.shape(), diffSrc, rounds ? Torch.floats(src.grad().abs()) : null, 1));
  }

  @Override
  public List<Actual> conv4j(Case c, Sources sources, Engine engine) {
    try (Tensor src = sources.tensor("src");
        Tensor target = sources.tensor("target");
        Tensor diffSrc = Tensor.zeros(c.shape())) {
      diffSrc.fill(Float.NaN);
      var losses = engine.kernels().losses(engine.options());
      double loss = losses.squaredError(c.mean(), src, target, diffSrc);
      return List.of(Actual.of(new float[] {(float) loss}), Actual.of(diffSrc.toArray()));
    }
  }
}
