package io.github.conv4j.check;

import io.github.conv4j.Conv4jException;
import io.github.conv4j.LongTensor;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.CheckResult.TensorCheck;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.MaxPool2dBackward;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.MaxPoolOffsets;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.ReferenceMaxPool2d;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Checks the kernels of max and min pooling. A forward run chooses among its inputs, so values and
 * indices are compared bit for bit on any data; it runs once without and once with offsets. Exact
 * data hold many ties, signed zeros, NaN and infinities. A backward run takes the offsets of a
 * forward run of the kernels that are tested.
 */
public final class MaxPool2dCheck implements KernelCheck {
  private final Pool2dGeometry geometry;
  private final boolean least;
  private final Direction direction;
  private final Operand src;
  private final Operand diffDst;
  private final Tensor result;
  private final Expectation expectation;
  private final long[] positions;
  private final long[] indices;

  /**
   * A check of one direction of max pooling. Unlike that of a convolution, the reference computes
   * at once.
   *
   * @param geometry the extents of the forward pooling
   * @param direction forward or backward_data
   * @param data the kind of numbers
   * @param seed together with the geometry it decides on all numbers
   * @param sample elements of a result that are compared, corners and edges first; 0 for all
   */
  public MaxPool2dCheck(
      Pool2dGeometry geometry, Direction direction, DataKind data, long seed, long sample) {
    this(geometry, false, direction, data, seed, sample);
  }

  /** The same for max pooling, or for min pooling on the negated numbers. */
  MaxPool2dCheck(
      Pool2dGeometry geometry,
      boolean least,
      Direction direction,
      DataKind data,
      long seed,
      long sample) {
    if (direction == Direction.BACKWARD_WEIGHTS) {
      throw new IllegalArgumentException("direction is backward_weights; a pooling has no weights");
    }
    this.geometry = geometry;
    this.least = least;
    this.direction = direction;
    long mixed = TestData.seed(seed, geometry.toArray());
    boolean exact = data == DataKind.EXACT;
    int pixels = Operand.elements("src", geometry.srcShape());
    int windows = Operand.elements("dst", geometry.dstShape());
    float[] x =
        exact ? TestData.ties(mixed, "src", pixels, true) : TestData.real(mixed, "src", pixels);
    for (int i = 0; least && i < pixels; i++) {
      x[i] = -x[i];
    }
    long[] taps = taps(x, windows);
    boolean forward = direction == Direction.FORWARD;
    Shape shape = forward ? geometry.dstShape() : geometry.srcShape();
    positions = Sample.positions(shape, sample, mixed);
    src = Operand.of("src", x, geometry.srcShape());
    result = Tensor.empty(shape);
    if (forward) {
      diffDst = null;
      indices = indices(taps);
      expectation =
          new Expectation(
              "dst", shape, positions, Sample.pick(values(x, indices), positions), null, 1);
    } else {
      long overlaps = geometry.kh() * geometry.kw();
      float[] dy =
          exact
              ? TestData.exact(mixed, "diff_dst", windows, overlaps)
              : TestData.real(mixed, "diff_dst", windows);
      diffDst = Operand.of("diff_dst", dy, geometry.dstShape());
      indices = null;
      expectation = expectDiffSrc(dy, taps, exact, overlaps);
    }
  }

  private long[] taps(float[] x, int windows) {
    long[] taps = new long[windows];
    long OH = geometry.oh();
    long OW = geometry.ow();
    for (int i = 0; i < windows; i++) {
      long plane = i / OW / OH;
      long n = plane / geometry.c();
      long c = plane % geometry.c();
      taps[i] =
          least
              ? ReferenceMaxPool2d.minTap(geometry, x, n, c, i / OW % OH, i % OW)
              : ReferenceMaxPool2d.tap(geometry, x, n, c, i / OW % OH, i % OW);
    }
    return taps;
  }

  private long[] indices(long[] taps) {
    long[] found = new long[taps.length];
    long OH = geometry.oh();
    long OW = geometry.ow();
    for (int i = 0; i < found.length; i++) {
      found[i] = ReferenceMaxPool2d.index(geometry, taps[i], i / OW % OH, i % OW);
    }
    return found;
  }

  private float[] values(float[] x, long[] chosen) {
    float[] values = new float[chosen.length];
    for (int i = 0; i < values.length; i++) {
      long plane = i / geometry.ow() / geometry.oh();
      values[i] =
          chosen[i] < 0
              ? (least ? Float.POSITIVE_INFINITY : Float.NEGATIVE_INFINITY)
              : x[(int) (plane * geometry.ih() * geometry.iw() + chosen[i])];
    }
    return values;
  }

  private Expectation expectDiffSrc(float[] dy, long[] taps, boolean exact, long overlaps) {
    Shape shape = geometry.srcShape();
    int count = positions == null ? (int) shape.elements() : positions.length;
    float[] values = new float[count];
    double[] magnitudes = exact ? null : new double[count];
    for (int i = 0; i < count; i++) {
      long at = positions == null ? i : positions[i];
      long iw = at % geometry.iw();
      long ih = at / geometry.iw() % geometry.ih();
      long c = at / geometry.iw() / geometry.ih() % geometry.c();
      long n = at / geometry.iw() / geometry.ih() / geometry.c();
      values[i] = (float) ReferenceMaxPool2d.backward(geometry, dy, taps, n, c, ih, iw);
      if (magnitudes != null) {
        magnitudes[i] = ReferenceMaxPool2d.backwardMagnitude(geometry, dy, taps, n, c, ih, iw);
      }
    }
    return new Expectation("diff_src", shape, positions, values, magnitudes, overlaps);
  }

  @Override
  public Optional<CheckResult> run(Kernels kernels, PlanOptions options) {
    boolean backward = direction == Direction.BACKWARD_DATA;
    PlanOptions forwardOptions = backward ? options.withAlgorithm(null) : options;
    MaxPool2dForward forward;
    MaxPool2dBackward plan;
    try {
      forward =
          least
              ? kernels.minPool2dForward(geometry, forwardOptions)
              : kernels.maxPool2dForward(geometry, forwardOptions);
      plan = backward ? kernels.maxPool2dBackward(geometry, options) : null;
    } catch (Conv4jException e) {
      if (options.algorithm() != null) {
        return Optional.empty();
      }
      throw e;
    }
    return Optional.of(
        backward
            ? backward(forward, plan, options.memoryFormat())
            : forward(forward, options.memoryFormat()));
  }

  private CheckResult forward(MaxPool2dForward plan, MemoryFormat format) {
    List<TensorCheck> found = new ArrayList<>();
    result.fill(Float.NaN);
    Turned.run(format, src.tensor(), result, (x, y) -> plan.run(x, y, null));
    found.add(compare("dst without offsets"));
    result.fill(Float.NaN);
    try (MaxPoolOffsets offsets = plan.newOffsets();
        LongTensor chosen = LongTensor.zeros(geometry.dstShape(), format)) {
      Turned.run(format, src.tensor(), result, (x, y) -> plan.run(x, y, offsets));
      found.add(compare("dst"));
      offsets.toIndices(chosen);
      found.add(
          new TensorCheck(
              "indices", Comparison.exact(geometry.dstShape(), chosen.toArray(), indices)));
    }
    src.report(found);
    return new CheckResult(plan.algorithm(), plan.isa(), found);
  }

  private CheckResult backward(
      MaxPool2dForward forward, MaxPool2dBackward plan, MemoryFormat format) {
    List<TensorCheck> found = new ArrayList<>();
    result.fill(Float.NaN);
    try (MaxPoolOffsets offsets = forward.newOffsets();
        Tensor dst = Tensor.empty(geometry.dstShape())) {
      Turned.run(format, src.tensor(), dst, (x, y) -> forward.run(x, y, offsets));
      Turned.run(format, diffDst.tensor(), result, (dy, dx) -> plan.run(dy, offsets, dx));
    }
    found.add(compare("diff_src"));
    diffDst.report(found);
    return new CheckResult(plan.algorithm(), plan.isa(), found);
  }

  private TensorCheck compare(String name) {
    return new TensorCheck(name, expectation.compare(result.toArray(), false));
  }

  @Override
  public void close() {
    src.close();
    result.close();
    if (diffDst != null) {
      diffDst.close();
    }
  }
}
