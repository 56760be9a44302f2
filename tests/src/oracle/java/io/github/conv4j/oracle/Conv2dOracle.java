package io.github.conv4j.oracle;

import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.RandomShapes;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.kernel.PlanOptions;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.LongArrayRefOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.global.torch;

/**
 * One direction of a convolution with one padding mode. libtorch's convolution takes zeros alone
 * and one padding for both sides of an axis: otherwise the image is padded beforehand, and its
 * gradient cropped or, by autograd, folded back afterwards. Only finite numbers are compared:
 * beside a NaN in the padding's weight PyTorch's backends differ.
 */
record Conv2dOracle(PaddingMode mode, Direction direction)
    implements OracleOperator<Conv2dGeometry> {
  @Override
  public String name() {
    return (mode == PaddingMode.ZEROS ? "conv2d." : "conv2d." + mode.label() + ".")
        + direction.label();
  }

  @Override
  public Conv2dGeometry draw(RandomShapes shapes, SplittableRandom random) {
    Conv2dGeometry drawn = shapes.nextConv2d(mode);
    Conv2dGeometry even = mode == PaddingMode.ZEROS ? evenly(drawn) : null;
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
      case BACKWARD_DATA -> g.oc() / g.g() * taps * copies(g);
      case BACKWARD_WEIGHTS -> Math.max(1, g.n() * g.oh() * g.ow());
    };
  }

  /** How often a pixel can stand in the padded image. */
  private long copies(Conv2dGeometry g) {
    return mode == PaddingMode.ZEROS ? 1 : (1 + g.pt() + g.pb()) * (1 + g.pl() + g.pr());
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

  /** Whether libtorch's convolution pads by itself. */
  private boolean padsItself(Conv2dGeometry g) {
    return mode == PaddingMode.ZEROS && g.pt() == g.pb() && g.pl() == g.pr();
  }

  private org.bytedeco.pytorch.Tensor padded(Conv2dGeometry g, org.bytedeco.pytorch.Tensor src) {
    return padsItself(g) ? src : Torch.padded(src, mode, g.pl(), g.pr(), g.pt(), g.pb());
  }

  private long[] padding(Conv2dGeometry g) {
    return padsItself(g) ? new long[] {g.pt(), g.pl()} : new long[] {0, 0};
  }

  /** The gradient of the image from that of the padded image. */
  private org.bytedeco.pytorch.Tensor image(
      Conv2dGeometry g, org.bytedeco.pytorch.Tensor diffPadded) {
    if (padsItself(g)) {
      return diffPadded;
    }
    var src = Torch.variable(torch.zeros(Torch.extents(g.srcShape().toArray())));
    Torch.backward(padded(g, src), diffPadded);
    return src.grad();
  }

  private org.bytedeco.pytorch.Tensor forward(
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
    PlanOptions options = engine.options().withPaddingMode(mode);
    Kernels kernels = engine.kernels();
    return switch (direction) {
      case FORWARD ->
          ConvolutionRuns.run(
              kernels.conv2dForward(g, options), sources, engine.format(), g.dstShape());
      case BACKWARD_DATA ->
          ConvolutionRuns.run(
              kernels.conv2dBackwardData(g, options), sources, engine.format(), g.srcShape());
      case BACKWARD_WEIGHTS ->
          ConvolutionRuns.run(
              kernels.conv2dBackwardWeights(g, options),
              sources,
              engine.format(),
              g.weightsShape(),
              g.biasShape());
    };
  }
}
