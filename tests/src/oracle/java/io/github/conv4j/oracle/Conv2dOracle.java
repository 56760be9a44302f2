package io.github.conv4j.oracle;

import io.github.conv4j.Tensor;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.RandomShapes;
import io.github.conv4j.kernel.Conv2dBackwardData;
import io.github.conv4j.kernel.Conv2dBackwardWeights;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PreparedWeights;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.LongArrayRefOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.global.torch;

/**
 * One direction of a convolution. libtorch takes one padding for both sides of an axis: where the
 * geometry has two, the image is padded with zeros beforehand and its gradient cropped afterwards.
 * Only finite numbers are compared: beside a NaN in the padding's weight PyTorch's backends differ.
 */
record Conv2dOracle(Direction direction) implements OracleOperator<Conv2dGeometry> {
  @Override
  public String name() {
    return "conv2d." + direction.label();
  }

  @Override
  public Conv2dGeometry draw(RandomShapes shapes, SplittableRandom random) {
    Conv2dGeometry drawn = shapes.nextConv2d();
    Conv2dGeometry even = evenly(drawn);
    return even != null && random.nextBoolean() ? even : drawn;
  }

  /** The geometry with libtorch's own padding, null if the kernel does not fit into that. */
  private static Conv2dGeometry evenly(Conv2dGeometry g) {
    boolean fits =
        g.dh() * (g.kh() - 1) < g.ih() + 2 * g.pt() && g.dw() * (g.kw() - 1) < g.iw() + 2 * g.pl();
    return fits ? g.withPadding(g.pt(), g.pl(), g.pt(), g.pl()) : null;
  }

  @Override
  public List<String> algorithms() {
    return NativeKernels.conv2dAlgorithms(direction);
  }

  private long summands(Conv2dGeometry g) {
    long taps = g.kh() * g.kw();
    return switch (direction) {
      case FORWARD -> g.ic() / g.g() * taps;
      case BACKWARD_DATA -> g.oc() / g.g() * taps;
      case BACKWARD_WEIGHTS -> Math.max(1, g.n() * g.oh() * g.ow());
    };
  }

  @Override
  public Sources sources(Conv2dGeometry g, DataKind data, long seed) {
    long summands = summands(g);
    return new Sources(data, seed)
        .with("src", g.srcShape(), summands)
        .with("weights", g.weightsShape(), summands)
        .with("bias", g.biasShape(), summands)
        .with("diff_dst", g.dstShape(), summands);
  }

  @Override
  public List<Expected> libtorch(Conv2dGeometry g, Sources sources) {
    var src = sources.torch("src");
    var weights = sources.torch("weights");
    var bias = sources.torch("bias");
    var diffDst = sources.torch("diff_dst");
    long summands = summands(g);
    if (direction == Direction.FORWARD) {
      var dst = forward(g, src, weights, bias);
      var magnitudes =
          sources.exact() ? null : Torch.floats(forward(g, src.abs(), weights.abs(), bias.abs()));
      return List.of(Expected.sums("dst", g.dstShape(), Torch.floats(dst), magnitudes, summands));
    }
    var gradients = backward(g, diffDst, src, weights);
    var magnitudes = sources.exact() ? null : backward(g, diffDst.abs(), src.abs(), weights.abs());
    if (direction == Direction.BACKWARD_DATA) {
      return List.of(
          Expected.sums(
              "diff_src",
              g.srcShape(),
              Torch.floats(image(g, gradients.get0())),
              magnitudes == null ? null : Torch.floats(image(g, magnitudes.get0())),
              summands));
    }
    return List.of(
        Expected.sums(
            "diff_weights",
            g.weightsShape(),
            Torch.floats(gradients.get1()),
            magnitudes == null ? null : Torch.floats(magnitudes.get1()),
            summands),
        Expected.sums(
            "diff_bias",
            g.biasShape(),
            Torch.floats(gradients.get2()),
            magnitudes == null ? null : Torch.floats(magnitudes.get2()),
            summands));
  }

  private static boolean isEven(Conv2dGeometry g) {
    return g.pt() == g.pb() && g.pl() == g.pr();
  }

  private static org.bytedeco.pytorch.Tensor padded(
      Conv2dGeometry g, org.bytedeco.pytorch.Tensor src) {
    return isEven(g)
        ? src
        : torch.constant_pad_nd(src, Torch.extents(g.pl(), g.pr(), g.pt(), g.pb()));
  }

  private static long[] padding(Conv2dGeometry g) {
    return isEven(g) ? new long[] {g.pt(), g.pl()} : new long[] {0, 0};
  }

  private static org.bytedeco.pytorch.Tensor image(
      Conv2dGeometry g, org.bytedeco.pytorch.Tensor diffSrc) {
    return isEven(g) ? diffSrc : Torch.cropped(diffSrc, g.pt(), g.pl(), g.ih(), g.iw());
  }

  private static org.bytedeco.pytorch.Tensor forward(
      Conv2dGeometry g,
      org.bytedeco.pytorch.Tensor src,
      org.bytedeco.pytorch.Tensor weights,
      org.bytedeco.pytorch.Tensor bias) {
    return torch.conv2d(
        padded(g, src),
        weights,
        Torch.optional(bias),
        Torch.extents(g.sh(), g.sw()),
        Torch.extents(padding(g)),
        Torch.extents(g.dh(), g.dw()),
        g.g());
  }

  private T_TensorTensorTensor_T backward(
      Conv2dGeometry g,
      org.bytedeco.pytorch.Tensor diffDst,
      org.bytedeco.pytorch.Tensor src,
      org.bytedeco.pytorch.Tensor weights) {
    boolean data = direction == Direction.BACKWARD_DATA;
    return torch.convolution_backward(
        diffDst,
        padded(g, src),
        weights,
        new LongArrayRefOptional(Torch.extents(g.oc())),
        Torch.extents(g.sh(), g.sw()),
        Torch.extents(padding(g)),
        Torch.extents(g.dh(), g.dw()),
        false,
        Torch.extents(0, 0),
        g.g(),
        new BoolPointer(3).put(0, data).put(1, !data).put(2, !data));
  }

  @Override
  public List<Actual> conv4j(Conv2dGeometry g, Sources sources, Engine engine) {
    try (Tensor src = sources.tensor("src");
        Tensor weights = sources.tensor("weights");
        Tensor bias = sources.tensor("bias");
        Tensor diffDst = sources.tensor("diff_dst")) {
      return switch (direction) {
        case FORWARD -> {
          Conv2dForward plan = engine.kernels().conv2dForward(g, engine.options());
          try (PreparedWeights prepared = plan.prepare(weights);
              Tensor dst = Tensor.zeros(g.dstShape())) {
            dst.fill(Float.NaN);
            plan.run(src, prepared, bias, dst);
            yield List.of(Actual.of(dst.toArray()));
          }
        }
        case BACKWARD_DATA -> {
          Conv2dBackwardData plan = engine.kernels().conv2dBackwardData(g, engine.options());
          try (PreparedWeights prepared = plan.prepare(weights);
              Tensor diffSrc = Tensor.zeros(g.srcShape())) {
            diffSrc.fill(Float.NaN);
            plan.run(diffDst, prepared, diffSrc);
            yield List.of(Actual.of(diffSrc.toArray()));
          }
        }
        case BACKWARD_WEIGHTS -> {
          Conv2dBackwardWeights plan = engine.kernels().conv2dBackwardWeights(g, engine.options());
          try (Tensor diffWeights = Tensor.zeros(g.weightsShape());
              Tensor diffBias = Tensor.zeros(g.biasShape())) {
            diffWeights.fill(Float.NaN);
            diffBias.fill(Float.NaN);
            plan.run(src, diffDst, diffWeights, diffBias);
            yield List.of(Actual.of(diffWeights.toArray()), Actual.of(diffBias.toArray()));
          }
        }
      };
    }
  }
}
