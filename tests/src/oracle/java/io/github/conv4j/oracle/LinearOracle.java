package io.github.conv4j.oracle;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.RandomShapes;
import io.github.conv4j.kernel.LinearKernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.global.torch;

/** The fully connected layer with all its gradients, with and without a bias. */
record LinearOracle() implements OracleOperator<LinearOracle.Case> {
  /** Rows [..., IN] of one to three axes, the elements of a result, and whether a bias is added. */
  record Case(Shape srcShape, long out, boolean biased) {
    long in() {
      return srcShape.dim(srcShape.rank() - 1);
    }

    Shape weightsShape() {
      return Shape.of(out, in());
    }

    Shape dstShape() {
      long[] dims = srcShape.toArray();
      dims[dims.length - 1] = out;
      return Shape.of(dims);
    }

    /** Products of an element of any result, at most. */
    long summands() {
      return Math.max(Math.max(in(), out), srcShape.elements() / in());
    }
  }

  @Override
  public String name() {
    return "linear";
  }

  @Override
  public Case draw(RandomShapes shapes, SplittableRandom random) {
    while (true) {
      Shape src = RandomTensors.some(random, 1 + random.nextInt(3));
      long out = RandomTensors.extent(random);
      if (src.elements() * out <= OracleTest.MULTIPLY_ADDS) {
        return new Case(src, out, random.nextInt(4) != 0);
      }
    }
  }

  @Override
  public List<String> algorithms() {
    return List.of("simd", "openblas");
  }

  @Override
  public Sources sources(Case c, DataKind data, long seed) {
    return new Sources(data, seed)
        .with("src", c.srcShape(), c.summands())
        .with("weights", c.weightsShape(), c.summands())
        .with("bias", Shape.of(c.out()), c.summands())
        .with("diff_dst", c.dstShape(), c.summands());
  }

  @Override
  public List<Expected> libtorch(Case c, Sources sources) {
    List<float[]> results = results(c, sources, false);
    List<float[]> magnitudes = sources.exact() ? null : results(c, sources, true);
    List<String> names = List.of("dst", "diff_src", "diff_weights", "diff_bias");
    List<Shape> shapes = List.of(c.dstShape(), c.srcShape(), c.weightsShape(), Shape.of(c.out()));
    List<Expected> all = new ArrayList<>();
    for (int i = 0; i < results.size(); i++) {
      float[] magnitude = magnitudes == null ? null : magnitudes.get(i);
      all.add(Expected.sums(names.get(i), shapes.get(i), results.get(i), magnitude, c.summands()));
    }
    return all;
  }

  private static List<float[]> results(Case c, Sources sources, boolean absolute) {
    var src = Torch.variable(Torch.absolute(sources.torch("src"), absolute));
    var weights = Torch.variable(Torch.absolute(sources.torch("weights"), absolute));
    var bias = Torch.variable(Torch.absolute(sources.torch("bias"), absolute));
    var dst = torch.linear(src, weights, Torch.optional(c.biased() ? bias : null));
    Torch.backward(dst, Torch.absolute(sources.torch("diff_dst"), absolute));
    List<float[]> all =
        new ArrayList<>(
            Arrays.asList(Torch.floats(dst), Torch.gradient(src), Torch.gradient(weights)));
    if (c.biased()) {
      all.add(Torch.gradient(bias));
    }
    return all;
  }

  @Override
  public List<Actual> conv4j(Case c, Sources sources, Engine engine) {
    LinearKernels linear = engine.kernels().linear(engine.options());
    try (Tensor src = sources.tensor("src");
        Tensor weights = sources.tensor("weights");
        Tensor bias = sources.tensor("bias");
        Tensor dst = Tensor.zeros(c.dstShape());
        Tensor diffDst = sources.tensor("diff_dst");
        Tensor diffSrc = Tensor.zeros(c.srcShape());
        Tensor diffWeights = Tensor.zeros(c.weightsShape());
        Tensor diffBias = Tensor.zeros(c.out())) {
      for (Tensor result : List.of(dst, diffSrc, diffWeights, diffBias)) {
        result.fill(Float.NaN);
      }
      linear.forward(src, weights, c.biased() ? bias : null, dst);
      linear.backwardData(diffDst, weights, diffSrc);
      linear.backwardWeights(src, diffDst, diffWeights, c.biased() ? diffBias : null);
      List<Actual> all = new ArrayList<>();
      all.add(Actual.of(dst.toArray()));
      all.add(Actual.of(diffSrc.toArray()));
      all.add(Actual.of(diffWeights.toArray()));
      if (c.biased()) {
        all.add(Actual.of(diffBias.toArray()));
      }
      return all;
    }
  }
}
