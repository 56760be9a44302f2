package io.github.conv4j.app;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.Comparison;
import io.github.conv4j.check.ErrorBound;
import io.github.conv4j.kernel.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs one operation on the default kernels and on the reference, with times and the worst
 * difference.
 *
 * <p>The reference takes a large picture in three bands of rows, at its top, in its middle and at
 * its bottom; their time, scaled to all rows, is then an estimate.
 */
final class Trial {
  private static final long REFERENCE_RESULTS = 3_000_000;
  private static final int MIN_RUNS = 3;
  private static final int MAX_RUNS = 15;
  private static final long MAX_NANOS = 100_000_000;
  private static final long WARM_UP_NANOS = 150_000_000;

  /**
   * What came of it.
   *
   * @param millis best time of the kernels
   * @param referenceMillis best time of the reference
   * @param estimated whether the reference ran on a part of the rows only
   * @param worst the largest absolute difference; infinite if one side alone is finite
   * @param agrees whether every difference is one that rounding explains, see {@link ErrorBound};
   *     in a pooling there must be none
   */
  record Result(
      double millis, double referenceMillis, boolean estimated, double worst, boolean agrees) {}

  private final Operation operation;
  private final boolean transforms;
  private final Kernels reference;
  private double worst;
  private boolean agrees = true;

  private Trial(Operation operation, String algorithm, Kernels reference) {
    this.operation = operation;
    this.transforms = algorithm.startsWith("winograd");
    this.reference = reference;
  }

  /** Has the operations compiled by the JVM, so that the first to be timed is not the slowest. */
  static void warmUp(Kernels kernels, List<Operation> operations) {
    for (Operation operation : operations) {
      try (Tensor src = Tensor.zeros(1, 1, 48, 48);
          Operation.Step step = operation.prepare(kernels, src);
          Tensor dst = Tensor.empty(step.dstShape())) {
        long start = System.nanoTime();
        while (System.nanoTime() - start < WARM_UP_NANOS) {
          step.run(src, dst);
        }
      }
    }
  }

  /**
   * Runs the operation.
   *
   * @param step the operation prepared on the kernels to try
   * @param reference the kernels to compare with
   * @param src [planes, 1, IH, IW], values not negative, not modified
   * @param dst [planes, 1, OH, OW], overwritten by the kernels to try
   */
  static Result run(
      Operation operation, Operation.Step step, Kernels reference, Tensor src, Tensor dst) {
    Trial trial = new Trial(operation, step.algorithm(), reference);
    double millis = best(() -> step.run(src, dst));
    List<int[]> bands = bands(dst.shape());
    long rows = 0;
    double referenceMillis = 0;
    for (int[] band : bands) {
      referenceMillis += trial.compare(src, dst, band[0], band[1]);
      rows += band[1] - band[0];
    }
    long allRows = dst.shape().dim(2);
    return new Result(
        millis, referenceMillis * allRows / rows, rows < allRows, trial.worst, trial.agrees);
  }

  /** First and last row of each band, the last exclusive. */
  private static List<int[]> bands(Shape dst) {
    int oh = (int) dst.dim(2);
    long resultsOfRow = dst.dim(0) * dst.dim(3);
    int rows = (int) Math.max(1, REFERENCE_RESULTS / resultsOfRow / 3);
    List<int[]> bands = new ArrayList<>();
    if (oh <= 3L * rows) {
      bands.add(new int[] {0, oh});
    } else {
      bands.add(new int[] {0, rows});
      bands.add(new int[] {(oh - rows) / 2, (oh + rows) / 2});
      bands.add(new int[] {oh - rows, oh});
    }
    return bands;
  }

  /** Compares the rows of dst from first to last, exclusive; the reference's best time. */
  private double compare(Tensor src, Tensor dst, int first, int last) {
    int ih = (int) src.shape().dim(2);
    int begin = first * operation.stride() - operation.top();
    int end = (last - 1) * operation.stride() - operation.top() + operation.kh();
    int above = Math.max(0, -begin);
    int below = Math.max(0, end - ih);
    try (Tensor part = rows(src, begin + above, end - below);
        Operation.Step step = operation.prepare(reference, part, above, below);
        Tensor expected = Tensor.empty(step.dstShape());
        Tensor magnitude = Tensor.zeros(step.dstShape())) {
      double millis = best(() -> step.run(part, expected));
      if (operation.kernel() != null) {
        Operation sum = Operation.filter(operation.kernel().absolute(), 0, operation.stride());
        try (Operation.Step sumStep = sum.prepare(reference, part, above, below)) {
          sumStep.run(part, magnitude);
        }
      }
      try (Tensor found = rows(dst, first, last)) {
        Comparison comparison = compare(found, expected, magnitude);
        worst = Math.max(worst, comparison.worstAbsolute());
        agrees &= comparison.passed();
      }
      return millis;
    }
  }

  private Comparison compare(Tensor found, Tensor expected, Tensor magnitude) {
    float[] actual = found.toArray();
    float[] wanted = expected.toArray();
    if (operation.kernel() == null) {
      return Comparison.exact(expected.shape(), actual, wanted);
    }
    float[] sums = magnitude.toArray();
    double[] magnitudes = new double[wanted.length];
    double largest = 0;
    for (int i = 0; i < magnitudes.length; i++) {
      magnitudes[i] = sums[i];
      largest = Math.max(largest, magnitudes[i]);
    }
    if (!transforms) {
      double bound = ErrorBound.ofSum(operation.kernel().taps().length);
      return Comparison.bounded(expected.shape(), actual, wanted, magnitudes, bound);
    }
    Arrays.fill(magnitudes, largest);
    return Comparison.bounded(expected.shape(), actual, wanted, magnitudes, ErrorBound.TRANSFORMED);
  }

  private static Tensor rows(Tensor src, long first, long last) {
    long planes = src.shape().dim(0);
    long ih = src.shape().dim(2);
    long iw = src.shape().dim(3);
    long length = (last - first) * iw;
    Tensor part = Tensor.empty(Shape.of(planes, 1, last - first, iw));
    for (long plane = 0; plane < planes; plane++) {
      part.buffer(plane * length, length).put(src.buffer((plane * ih + first) * iw, length));
    }
    return part;
  }

  private static double best(Runnable run) {
    long start = System.nanoTime();
    long best = Long.MAX_VALUE;
    for (int i = 0; i < MAX_RUNS && (i < MIN_RUNS || System.nanoTime() - start < MAX_NANOS); i++) {
      long before = System.nanoTime();
      run.run();
      best = Math.min(best, System.nanoTime() - before);
    }
    return best / 1e6;
  }
}
