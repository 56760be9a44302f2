package io.github.conv4j.check;

import io.github.conv4j.Conv4jException;
import io.github.conv4j.LongTensor;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.CheckResult.TensorCheck;
import io.github.conv4j.kernel.AdaptiveMaxPool2dForward;
import io.github.conv4j.kernel.AdaptivePool2dGeometry;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.ReferenceKernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Checks the kernels of adaptive max pooling: values and indices, with and without the latter, then
 * the gradient and the unpooling that follow the indices. All of it is compared bit for bit; exact
 * data hold many ties, signed zeros, NaN and infinities, and gradients are always integers.
 */
public final class AdaptiveMaxPool2dCheck implements KernelCheck {
  private final AdaptivePool2dGeometry geometry;
  private final Operand src;
  private final Operand diffDst;
  private final Tensor dst;
  private final Tensor diffSrc;
  private final Tensor gathered;
  private final long[] positions;
  private final long[] backPositions;

  /** What the reference makes of them. */
  private final float[] values;

  private final long[] chosen;
  private final float[] added;
  private final float[] unpooled;
  private final float[] back;

  /**
   * A check. The reference computes at once.
   *
   * @param geometry the extents
   * @param data the kind of numbers
   * @param seed together with the geometry it decides on all numbers
   * @param sample elements of a result that are compared, corners and edges first; 0 for all
   */
  public AdaptiveMaxPool2dCheck(
      AdaptivePool2dGeometry geometry, DataKind data, long seed, long sample) {
    this.geometry = geometry;
    long mixed = TestData.seed(seed, geometry.toArray());
    int pixels = Operand.elements("src", geometry.srcShape());
    int windows = Operand.elements("dst", geometry.dstShape());
    float[] x =
        data == DataKind.EXACT
            ? TestData.ties(mixed, "src", pixels, true)
            : TestData.real(mixed, "src", pixels);
    float[] dy = TestData.exact(mixed, "diff_dst", windows, Math.max(1, windows));
    src = Operand.of("src", x, geometry.srcShape());
    diffDst = Operand.of("diff_dst", dy, geometry.dstShape());
    dst = Tensor.empty(geometry.dstShape());
    diffSrc = Tensor.empty(geometry.srcShape());
    gathered = Tensor.empty(geometry.dstShape());
    positions = Sample.positions(geometry.dstShape(), sample, mixed);
    backPositions = Sample.positions(geometry.srcShape(), sample, mixed);
    Kernels reference = ReferenceKernels.instance();
    try (LongTensor indices = LongTensor.zeros(geometry.dstShape())) {
      reference
          .adaptiveMaxPool2dForward(geometry, PlanOptions.DEFAULT)
          .run(src.tensor(), dst, indices);
      values = dst.toArray();
      chosen = indices.toArray();
      reference.adaptiveMaxPool2dBackward(diffDst.tensor(), indices, diffSrc);
      added = diffSrc.toArray();
      reference.maxUnpool2d(diffDst.tensor(), indices, diffSrc);
      unpooled = diffSrc.toArray();
      reference.maxUnpool2dBackward(src.tensor(), indices, gathered);
      back = gathered.toArray();
    }
  }

  @Override
  public Optional<CheckResult> run(Kernels kernels, PlanOptions options) {
    AdaptiveMaxPool2dForward plan = plan(kernels, options);
    if (plan == null) {
      return Optional.empty();
    }
    MemoryFormat format = options.memoryFormat();
    List<TensorCheck> found = new ArrayList<>();
    dst.fill(Float.NaN);
    Turned.run(format, src.tensor(), dst, (x, y) -> plan.run(x, y, null));
    found.add(compare("dst without indices", dst, positions, values));
    dst.fill(Float.NaN);
    long[] wrong = new long[chosen.length];
    Arrays.fill(wrong, -1);
    try (LongTensor indices = LongTensor.zeros(geometry.dstShape(), format)) {
      indices.set(wrong);
      Turned.run(format, src.tensor(), dst, (x, y) -> plan.run(x, y, indices));
      found.add(compare("dst", dst, positions, values));
      TensorCheck places =
          new TensorCheck(
              "indices", Comparison.exact(geometry.dstShape(), indices.toArray(), chosen));
      found.add(places);
      if (places.comparison().passed()) {
        follow(kernels, indices, found);
      }
    }
    src.report(found);
    diffDst.report(found);
    return Optional.of(new CheckResult(plan.algorithm(), plan.isa(), found));
  }

  /** Null if the algorithm that the options name does not take the geometry. */
  private AdaptiveMaxPool2dForward plan(Kernels kernels, PlanOptions options) {
    try {
      return kernels.adaptiveMaxPool2dForward(geometry, options);
    } catch (Conv4jException e) {
      if (options.algorithm() != null) {
        return null;
      }
      throw e;
    }
  }

  private void follow(Kernels kernels, LongTensor indices, List<TensorCheck> found) {
    MemoryFormat format = indices.memoryFormat();
    diffSrc.fill(Float.NaN);
    Turned.run(
        format,
        diffDst.tensor(),
        diffSrc,
        (dy, dx) -> kernels.adaptiveMaxPool2dBackward(dy, indices, dx));
    found.add(compare("diff_src", diffSrc, backPositions, added));
    diffSrc.fill(Float.NaN);
    Turned.run(format, diffDst.tensor(), diffSrc, (x, y) -> kernels.maxUnpool2d(x, indices, y));
    found.add(compare("unpooled diff_dst", diffSrc, backPositions, unpooled));
    gathered.fill(Float.NaN);
    Turned.run(
        format, src.tensor(), gathered, (dy, dx) -> kernels.maxUnpool2dBackward(dy, indices, dx));
    found.add(compare("gathered src", gathered, positions, back));
  }

  private static TensorCheck compare(String name, Tensor actual, long[] at, float[] expected) {
    Shape shape = actual.shape();
    float[] picked = Sample.pick(actual.toArray(), at);
    return new TensorCheck(name, Comparison.exact(shape, at, picked, Sample.pick(expected, at)));
  }

  @Override
  public void close() {
    src.close();
    diffDst.close();
    dst.close();
    diffSrc.close();
    gathered.close();
  }
}
