package io.github.conv4j.oracle;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.RandomShapes;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.MaxPoolOffsets;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.LongArrayRef;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.global.torch;

/**
 * One direction of max pooling, or of min pooling, which libtorch lacks: there the max pooling of
 * the negated image stands for it. Integer data hold ties, signed zeros, NaN and infinities. A
 * window without a tap inside the image has the index -1 here and one outside the plane in PyTorch:
 * its index is not compared, and the gradient of a geometry that has such a window is not asked
 * for, since libtorch would write through that index.
 */
record MaxPool2dOracle(Direction direction, boolean min) implements OracleOperator<Pool2dGeometry> {
  @Override
  public String name() {
    return (min ? "min_pool2d." : "max_pool2d.") + direction.label();
  }

  /** libtorch takes one padding for both sides of an axis. */
  @Override
  public Pool2dGeometry draw(RandomShapes shapes, SplittableRandom random) {
    while (true) {
      Pool2dGeometry g = shapes.nextPool2d();
      try {
        return g.withPadding(g.pt(), g.pl(), g.pt(), g.pl());
      } catch (IllegalArgumentException e) {
        continue; // The window does not fit into the padded input: draw again.
      }
    }
  }

  @Override
  public String exclusion(Pool2dGeometry g) {
    return direction == Direction.BACKWARD_DATA ? exclusionOfGradient(g) : null;
  }

  static String exclusionOfGradient(Pool2dGeometry g) {
    return defined(g) != null ? "a window has no tap inside the image" : null;
  }

  @Override
  public List<String> algorithms() {
    return NativeKernels.maxPool2dAlgorithms(direction);
  }

  @Override
  public Sources sources(Pool2dGeometry g, DataKind data, long seed) {
    return new Sources(data, seed)
        .withTies("src", g.srcShape())
        .with("diff_dst", g.dstShape(), g.kh() * g.kw());
  }

  /** For each output whether its window has a tap inside the image; null if all have. */
  private static boolean[] defined(Pool2dGeometry g) {
    boolean[] defined = new boolean[Math.toIntExact(g.dstShape().elements())];
    boolean all = true;
    for (int i = 0; i < defined.length; i++) {
      defined[i] =
          meets(i / g.ow() % g.oh() * g.sh() - g.pt(), g.kh(), g.dh(), g.ih())
              && meets(i % g.ow() * g.sw() - g.pl(), g.kw(), g.dw(), g.iw());
      all &= defined[i];
    }
    return all ? null : defined;
  }

  private static boolean meets(long start, long kernel, long dilation, long extent) {
    for (long k = 0; k < kernel; k++) {
      long at = start + k * dilation;
      if (at >= 0 && at < extent) {
        return true;
      }
    }
    return false;
  }

  @Override
  public List<Expected> libtorch(Pool2dGeometry g, Sources sources) {
    var src = min ? sources.torch("src").neg() : sources.torch("src");
    LongArrayRef kernel = Torch.extents(g.kh(), g.kw());
    LongArrayRef stride = Torch.extents(g.sh(), g.sw());
    LongArrayRef padding = Torch.extents(g.pt(), g.pl());
    LongArrayRef dilation = Torch.extents(g.dh(), g.dw());
    T_TensorTensor_T pooled =
        torch.max_pool2d_with_indices(src, kernel, stride, padding, dilation, g.ceilMode());
    if (direction == Direction.FORWARD) {
      boolean[] defined = defined(g);
      return List.of(
          Expected.bits(
              "dst", g.dstShape(), Torch.floats(min ? pooled.get0().neg() : pooled.get0()), null),
          Expected.indices("indices", g.dstShape(), Torch.longs(pooled.get1()), defined));
    }
    var diffDst = sources.torch("diff_dst");
    var diffSrc =
        torch.max_pool2d_with_indices_backward(
            diffDst, src, kernel, stride, padding, dilation, g.ceilMode(), pooled.get1());
    float[] magnitudes =
        sources.exact()
            ? null
            : Torch.floats(
                torch.max_pool2d_with_indices_backward(
                    diffDst.abs(),
                    src,
                    kernel,
                    stride,
                    padding,
                    dilation,
                    g.ceilMode(),
                    pooled.get1()));
    return List.of(
        Expected.sums(
            "diff_src", g.srcShape(), Torch.floats(diffSrc), magnitudes, g.kh() * g.kw()));
  }

  @Override
  public List<Actual> conv4j(Pool2dGeometry g, Sources sources, Engine engine) {
    boolean forwards = direction == Direction.FORWARD;
    PlanOptions options = forwards ? engine.options() : engine.options().withAlgorithm(null);
    MaxPool2dForward forward =
        min
            ? engine.kernels().minPool2dForward(g, options)
            : engine.kernels().maxPool2dForward(g, options);
    try (Tensor src = sources.tensor("src", engine.format());
        Tensor dst = Tensor.zeros(g.dstShape(), engine.format());
        MaxPoolOffsets offsets = forward.newOffsets();
        LongTensor indices = LongTensor.zeros(g.dstShape(), engine.format())) {
      forward.run(src, dst, offsets);
      if (forwards) {
        offsets.toIndices(indices);
        return List.of(Actual.of(dst.toArray()), Actual.of(indices.toArray()));
      }
      try (Tensor diffDst = sources.tensor("diff_dst", engine.format());
          Tensor diffSrc = Tensor.zeros(g.srcShape(), engine.format())) {
        diffSrc.fill(Float.NaN);
        engine.kernels().maxPool2dBackward(g, engine.options()).run(diffDst, offsets, diffSrc);
        return List.of(Actual.of(diffSrc.toArray()));
      }
    }
  }
}
