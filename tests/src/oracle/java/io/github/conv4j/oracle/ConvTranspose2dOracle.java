package io.github.conv4j.oracle;

import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.RandomShapes;
import io.github.conv4j.kernel.ConvTranspose2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.LongArrayRefOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * One direction of a transposed convolution, with output padding and groups. libtorch takes one
 * padding for both sides of an axis: where the geometry has two, its unpadded result is cropped,
 * and the gradient of that padded with zeros.
 */
record ConvTranspose2dOracle(Direction direction)
    implements OracleOperator<ConvTranspose2dGeometry> {
  @Override
  public String name() {
    return "conv_transpose2d." + direction.label();
  }

  @Override
  public ConvTranspose2dGeometry draw(RandomShapes shapes, SplittableRandom random) {
    ConvTranspose2dGeometry drawn = shapes.nextConvTranspose2d();
    if (random.nextBoolean()) {
      return drawn;
    }
    long vertical = Math.min(drawn.pt(), drawn.pb());
    long horizontal = Math.min(drawn.pl(), drawn.pr());
    return drawn.withPadding(vertical, horizontal, vertical, horizontal);
  }

  @Override
  public List<String> algorithms() {
    return NativeKernels.convTranspose2dAlgorithms(direction);
  }

  private long summands(ConvTranspose2dGeometry g) {
    long taps = g.kh() * g.kw();
    return switch (direction) {
      case FORWARD -> g.ic() / g.g() * taps;
      case BACKWARD_DATA -> g.oc() / g.g() * taps;
      case BACKWARD_WEIGHTS -> Math.max(1, g.n() * Math.max(g.ih() * g.iw(), g.oh() * g.ow()));
    };
  }

  @Override
  public Sources sources(ConvTranspose2dGeometry g, DataKind data, long seed) {
    long summands = summands(g);
    return new Sources(data, seed)
        .with("src", g.srcShape(), summands)
        .with("weights", g.weightsShape(), summands)
        .with("bias", g.biasShape(), summands)
        .with("diff_dst", g.dstShape(), summands);
  }

  @Override
  public List<Expected> libtorch(ConvTranspose2dGeometry g, Sources sources) {
    Tensor src = sources.torch("src");
    Tensor weights = sources.torch("weights");
    Tensor bias = sources.torch("bias");
    Tensor diffDst = sources.torch("diff_dst");
    long summands = summands(g);
    boolean exact = sources.exact();
    if (direction == Direction.FORWARD) {
      float[] dst = Torch.floats(forward(g, src, weights, bias));
      float[] magnitudes =
          exact ? null : Torch.floats(forward(g, src.abs(), weights.abs(), bias.abs()));
      return List.of(Expected.sums("dst", g.dstShape(), dst, magnitudes, summands));
    }
    var gradients = backward(g, diffDst, src, weights);
    var magnitudes = exact ? null : backward(g, diffDst.abs(), src.abs(), weights.abs());
    if (direction == Direction.BACKWARD_DATA) {
      return List.of(
          Expected.sums(
              "diff_src",
              g.srcShape(),
              Torch.floats(gradients.get0()),
              exact ? null : Torch.floats(magnitudes.get0()),
              summands));
    }
    return List.of(
        Expected.sums(
            "diff_weights",
            g.weightsShape(),
            Torch.floats(gradients.get1()),
            exact ? null : Torch.floats(magnitudes.get1()),
            summands),
        Expected.sums(
            "diff_bias",
            g.biasShape(),
            Torch.floats(gradients.get2()),
            exact ? null : Torch.floats(magnitudes.get2()),
            summands));
  }

  private static boolean isEven(ConvTranspose2dGeometry g) {
    return g.pt() == g.pb() && g.pl() == g.pr();
  }

  private static long[] padding(ConvTranspose2dGeometry g) {
    return isEven(g) ? new long[] {g.pt(), g.pl()} : new long[] {0, 0};
  }

  private static Tensor forward(
      ConvTranspose2dGeometry g, Tensor src, Tensor weights, Tensor bias) {
    Tensor dst =
        torch.conv_transpose2d(
            src,
            weights,
            Torch.optional(bias),
            Torch.extents(g.sh(), g.sw()),
            Torch.extents(padding(g)),
            Torch.extents(g.oph(), g.opw()),
            g.g(),
            Torch.extents(g.dh(), g.dw()));
    return isEven(g) ? dst : Torch.cropped(dst, g.pt(), g.pl(), g.oh(), g.ow());
  }

  private T_TensorTensorTensor_T backward(
      ConvTranspose2dGeometry g, Tensor diffDst, Tensor src, Tensor weights) {
    boolean data = direction == Direction.BACKWARD_DATA;
    Tensor whole =
        isEven(g)
            ? diffDst
            : torch.constant_pad_nd(diffDst, Torch.extents(g.pl(), g.pr(), g.pt(), g.pb()));
    return torch.convolution_backward(
        whole,
        src,
        weights,
        new LongArrayRefOptional(Torch.extents(g.oc())),
        Torch.extents(g.sh(), g.sw()),
        Torch.extents(padding(g)),
        Torch.extents(g.dh(), g.dw()),
        true,
        Torch.extents(g.oph(), g.opw()),
        g.g(),
        new BoolPointer(3).put(0, data).put(1, !data).put(2, !data));
  }

  @Override
  public List<Actual> conv4j(ConvTranspose2dGeometry g, Sources sources, Engine engine) {
    PlanOptions options = engine.options();
    Kernels kernels = engine.kernels();
    return switch (direction) {
      case FORWARD ->
          ConvolutionRuns.run(
              kernels.convTranspose2dForward(g, options), sources, engine.format(), g.dstShape());
      case BACKWARD_DATA ->
          ConvolutionRuns.run(
              kernels.convTranspose2dBackwardData(g, options),
              sources,
              engine.format(),
              g.srcShape());
      case BACKWARD_WEIGHTS ->
          ConvolutionRuns.run(
              kernels.convTranspose2dBackwardWeights(g, options),
              sources,
              engine.format(),
              g.weightsShape(),
              g.biasShape());
    };
  }
}
