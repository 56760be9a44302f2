package io.github.conv4j.oracle;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.RandomShapes;
import io.github.conv4j.kernel.AdaptivePool2dGeometry;
import io.github.conv4j.kernel.AvgPool2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.PoolWindows;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * One direction of average pooling, at a fixed stride (every divisor, rounding up) or adaptive.
 * libtorch divides before it adds backwards, and twice in an adaptive pooling: only a forward run
 * at a fixed stride has to agree exactly, on integers with NaN and infinities.
 */
record AvgPool2dOracle(Direction direction, boolean adaptive)
    implements OracleOperator<PoolWindows> {
  @Override
  public String name() {
    return (adaptive ? "adaptive_avg_pool2d." : "avg_pool2d.") + direction.label();
  }

  @Override
  public PoolWindows draw(RandomShapes shapes, SplittableRandom random) {
    while (true) {
      Pool2dGeometry g = shapes.nextPool2d();
      if (adaptive) {
        long oh = 1 + random.nextLong(g.ih() + 3);
        long ow = 1 + random.nextLong(g.iw() + 3);
        return new AdaptivePool2dGeometry(g.n(), g.c(), g.ih(), g.iw(), oh, ow);
      }
      try {
        // libtorch takes one padding for both sides of an axis.
        Pool2dGeometry window = g.withDilation(1, 1).withPadding(g.pt(), g.pl(), g.pt(), g.pl());
        AvgPool2dGeometry drawn =
            AvgPool2dGeometry.of(window).withCountIncludePad(random.nextBoolean());
        long divisor = random.nextLong(-9, 10);
        return random.nextInt(4) == 0 && divisor != 0 ? drawn.withDivisorOverride(divisor) : drawn;
      } catch (IllegalArgumentException e) {
        continue; // The window does not fit into the padded input: draw again.
      }
    }
  }

  @Override
  public List<String> algorithms() {
    return NativeKernels.avgPool2dAlgorithms(direction);
  }

  @Override
  public Sources sources(PoolWindows g, DataKind data, long seed) {
    return new Sources(data, seed)
        .withTies("src", g.srcShape())
        .with("diff_dst", g.dstShape(), summands(g));
  }

  /** Pixels of a window forwards, windows of a pixel backwards, at most. */
  private long summands(PoolWindows g) {
    if (g instanceof AvgPool2dGeometry fixed) {
      return fixed.window().kh() * fixed.window().kw();
    }
    return direction == Direction.FORWARD
        ? (g.ih() / g.oh() + 2) * (g.iw() / g.ow() + 2)
        : (g.oh() / g.ih() + 2) * (g.ow() / g.iw() + 2);
  }

  @Override
  public List<Expected> libtorch(PoolWindows g, Sources sources) {
    var src = sources.torch("src");
    if (direction == Direction.FORWARD) {
      float[] dst = Torch.floats(pooled(g, src));
      float[] magnitudes =
          sources.exact() && !adaptive ? null : Torch.floats(pooled(g, src.abs()).abs());
      return List.of(Expected.sums("dst", g.dstShape(), dst, magnitudes, summands(g)));
    }
    var diffDst = sources.torch("diff_dst");
    float[] diffSrc = Torch.floats(gradient(g, src, diffDst));
    float[] magnitudes = Torch.floats(gradient(g, src, diffDst.abs()).abs());
    Shape shape = g.srcShape();
    return List.of(Expected.sums("diff_src", shape, diffSrc, magnitudes, summands(g)));
  }

  private static org.bytedeco.pytorch.Tensor pooled(
      PoolWindows windows, org.bytedeco.pytorch.Tensor src) {
    if (windows instanceof AvgPool2dGeometry fixed) {
      Pool2dGeometry g = fixed.window();
      return torch.avg_pool2d(
          src,
          Torch.extents(g.kh(), g.kw()),
          Torch.extents(g.sh(), g.sw()),
          Torch.extents(g.pt(), g.pl()),
          g.ceilMode(),
          fixed.countIncludePad(),
          fixed.divisorOverride().isPresent()
              ? new LongOptional(fixed.divisorOverride().getAsLong())
              : new LongOptional());
    }
    return torch.adaptive_avg_pool2d(src, Torch.extents(windows.oh(), windows.ow()));
  }

  private static org.bytedeco.pytorch.Tensor gradient(
      PoolWindows windows, org.bytedeco.pytorch.Tensor src, org.bytedeco.pytorch.Tensor diffDst) {
    var variable = Torch.variable(src);
    Torch.backward(pooled(windows, variable), diffDst);
    return variable.grad();
  }

  @Override
  public List<Actual> conv4j(PoolWindows g, Sources sources, Engine engine) {
    if (direction == Direction.FORWARD) {
      try (Tensor src = sources.tensor("src", engine.format());
          Tensor dst = Tensor.zeros(g.dstShape(), engine.format())) {
        dst.fill(7);
        engine.kernels().avgPool2dForward(g, engine.options()).run(src, dst);
        return List.of(Actual.of(dst.toArray()));
      }
    }
    try (Tensor diffDst = sources.tensor("diff_dst", engine.format());
        Tensor diffSrc = Tensor.zeros(g.srcShape(), engine.format())) {
      diffSrc.fill(Float.NaN);
      engine.kernels().avgPool2dBackward(g, engine.options()).run(diffDst, diffSrc);
      return List.of(Actual.of(diffSrc.toArray()));
    }
  }
}
