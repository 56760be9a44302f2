package io.github.conv4j.check;

import io.github.conv4j.Conv4jException;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.CheckResult.TensorCheck;
import io.github.conv4j.kernel.AvgPool2dBackward;
import io.github.conv4j.kernel.AvgPool2dForward;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.Plan;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.PoolWindows;
import io.github.conv4j.kernel.ReferenceAvgPool2d;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Checks the kernels of average pooling, at a fixed stride and adaptive. On exact data a forward
 * run rounds nothing but the one division, and a backward run nothing at all, since each element of
 * diff_dst is a multiple of its window's divisor: results are compared bit for bit. Some of the
 * pixels are then NaN or infinite, which shows where they spread to.
 */
public final class AvgPool2dCheck implements KernelCheck {
  /** One pixel in so many is not finite. */
  private static final int RARE = 97;

  private final PoolWindows geometry;
  private final boolean forward;
  private final Operand from;
  private final Tensor result;
  private final Expectation expectation;

  /**
   * A check of one direction. The reference computes at once.
   *
   * @param shape the geometry of the forward pooling
   * @param direction forward or backward_data
   * @param data the kind of numbers
   * @param seed together with the geometry it decides on all numbers
   * @param sample elements of a result that are compared, corners and edges first; 0 for all
   */
  public AvgPool2dCheck(
      AvgPool2dCase shape, Direction direction, DataKind data, long seed, long sample) {
    if (direction == Direction.BACKWARD_WEIGHTS) {
      throw new IllegalArgumentException("direction is backward_weights; a pooling has no weights");
    }
    this.geometry = shape.geometry();
    this.forward = direction == Direction.FORWARD;
    long mixed = TestData.seed(seed, shape.numbers());
    boolean exact = data == DataKind.EXACT;
    String name = forward ? "src" : "diff_dst";
    Shape sourceShape = forward ? geometry.srcShape() : geometry.dstShape();
    int elements = Operand.elements(name, sourceShape);
    float[] source =
        exact
            ? TestData.exact(mixed, name, elements, Math.max(1, longestSum()))
            : TestData.real(mixed, name, elements);
    if (exact && !forward) {
      multiplyByDivisors(source);
    }
    if (exact) {
      for (int i = Math.floorMod(mixed, RARE); i < elements; i += RARE) {
        source[i] =
            i % 3 == 0 ? Float.NaN : i % 3 == 1 ? Float.POSITIVE_INFINITY : Float.NEGATIVE_INFINITY;
      }
    }
    Shape shapeOfResult = forward ? geometry.dstShape() : geometry.srcShape();
    Operand.elements("the result", shapeOfResult);
    from = Operand.of(name, source, sourceShape);
    result = Tensor.empty(shapeOfResult);
    expectation = expect(Sample.positions(shapeOfResult, sample, mixed), exact);
  }

  /** Pixels of the largest window, or windows over one pixel. */
  private long longestSum() {
    if (!forward) {
      return geometry.dstShape().elements();
    }
    long rows = 0;
    for (long oh = 0; oh < geometry.oh(); oh++) {
      rows = Math.max(rows, geometry.rowEnd(oh) - geometry.rowBegin(oh));
    }
    long columns = 0;
    for (long ow = 0; ow < geometry.ow(); ow++) {
      columns = Math.max(columns, geometry.columnEnd(ow) - geometry.columnBegin(ow));
    }
    return rows * columns;
  }

  private void multiplyByDivisors(float[] diffDst) {
    for (int i = 0; i < diffDst.length; i++) {
      long divisor = geometry.divisor(i / geometry.ow() % geometry.oh(), i % geometry.ow());
      diffDst[i] *= (float) divisor;
    }
  }

  private Expectation expect(long[] positions, boolean exact) {
    Shape shape = result.shape();
    int count = positions == null ? (int) shape.elements() : positions.length;
    float[] values = new float[count];
    double[] magnitudes = exact ? null : new double[count];
    float[] x = from.values();
    for (int i = 0; i < count; i++) {
      long at = positions == null ? i : positions[i];
      long w = at % shape.dim(3);
      long h = at / shape.dim(3) % shape.dim(2);
      long c = at / shape.dim(3) / shape.dim(2) % shape.dim(1);
      long n = at / shape.dim(3) / shape.dim(2) / shape.dim(1);
      values[i] =
          (float)
              (forward
                  ? ReferenceAvgPool2d.forward(geometry, x, n, c, h, w)
                  : ReferenceAvgPool2d.backward(geometry, x, n, c, h, w));
      if (magnitudes != null) {
        magnitudes[i] =
            forward
                ? ReferenceAvgPool2d.forwardMagnitude(geometry, x, n, c, h, w)
                : ReferenceAvgPool2d.backwardMagnitude(geometry, x, n, c, h, w);
      }
    }
    String name = forward ? "dst" : "diff_src";
    return new Expectation(name, shape, positions, values, magnitudes, longestSum() + 1);
  }

  @Override
  public Optional<CheckResult> run(Kernels kernels, PlanOptions options) {
    Plan plan;
    try {
      plan =
          forward
              ? kernels.avgPool2dForward(geometry, options)
              : kernels.avgPool2dBackward(geometry, options);
    } catch (Conv4jException e) {
      if (options.algorithm() != null) {
        return Optional.empty();
      }
      throw e;
    }
    result.fill(Float.NaN);
    if (forward) {
      Turned.run(options.memoryFormat(), from.tensor(), result, ((AvgPool2dForward) plan)::run);
    } else {
      Turned.run(options.memoryFormat(), from.tensor(), result, ((AvgPool2dBackward) plan)::run);
    }
    List<TensorCheck> found = new ArrayList<>();
    found.add(new TensorCheck(expectation.tensor(), expectation.compare(result.toArray(), false)));
    from.report(found);
    return Optional.of(new CheckResult(plan.algorithm(), plan.isa(), found));
  }

  @Override
  public void close() {
    from.close();
    result.close();
  }
}
