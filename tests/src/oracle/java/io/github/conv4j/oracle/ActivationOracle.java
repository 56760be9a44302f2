package io.github.conv4j.oracle;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.RandomShapes;
import io.github.conv4j.kernel.ElementwiseKernels;
import io.github.conv4j.kernel.UnaryFunction;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.global.torch;

/**
 * A function of single elements, both ways, with NaN and infinities. ReLU has to agree bit for bit
 * but for the sign of a zero, of which PyTorch says nothing. tanh and the sigmoid are allowed 4.5
 * ulp, and their gradients 12 units in the last place of that of the result: the slope is a
 * difference of numbers near 1.
 */
record ActivationOracle(UnaryFunction function) implements OracleOperator<Shape> {
  /** Beyond it tanh rounds to 1, and the sigmoid nearly so. */
  private static final float LIMIT = 12;

  @Override
  public String name() {
    return function.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public Shape draw(RandomShapes shapes, SplittableRandom random) {
    return RandomTensors.any(random);
  }

  @Override
  public List<String> algorithms() {
    return List.of();
  }

  @Override
  public Sources sources(Shape shape, DataKind data, long seed) {
    return new Sources(data, seed).withTies("src", shape, LIMIT).withTies("diff_dst", shape);
  }

  @Override
  public List<Expected> libtorch(Shape shape, Sources sources) {
    var src = Torch.variable(sources.torch("src"));
    var diffDst = sources.torch("diff_dst");
    var dst =
        switch (function) {
          case RELU -> torch.relu(src);
          case TANH -> torch.tanh(src);
          case SIGMOID -> torch.sigmoid(src);
        };
    Torch.backward(dst, diffDst);
    float[] values = Torch.floats(dst);
    if (function == UnaryFunction.RELU) {
      return List.of(
          Expected.values("dst", shape, values),
          Expected.bits("diff_src", shape, Torch.gradient(src), null));
    }
    return List.of(
        Expected.sums("dst", shape, values, Torch.floats(dst.abs()), 1),
        Expected.sums("diff_src", shape, Torch.gradient(src), Torch.floats(diffDst.abs()), 6));
  }

  @Override
  public List<Actual> conv4j(Shape shape, Sources sources, Engine engine) {
    ElementwiseKernels kernels = engine.kernels().elementwise(engine.options());
    try (Tensor src = sources.tensor("src");
        Tensor dst = Tensor.zeros(shape);
        Tensor diffDst = sources.tensor("diff_dst");
        Tensor diffSrc = Tensor.zeros(shape)) {
      dst.fill(7);
      diffSrc.fill(7);
      kernels.forward(function, src, dst);
      kernels.backward(function, dst, diffDst, diffSrc);
      return List.of(Actual.of(dst.toArray()), Actual.of(diffSrc.toArray()));
    }
  }
}
