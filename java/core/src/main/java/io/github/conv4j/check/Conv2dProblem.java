package io.github.conv4j.check;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Direction;
import java.util.ArrayList;
import java.util.List;

/**
 * The sources of one convolution, tensors for its results, and what the reference expects there. A
 * source that the direction does not read is null.
 */
final class Conv2dProblem implements AutoCloseable {

  /**
   * What is to be computed.
   *
   * @param seed of all values, the geometry mixed in
   * @param sample elements of each result that the reference computes, 0 for all
   * @param bias whether a forward convolution has one
   * @param relu whether a forward convolution ends in one
   * @param transformable whether exact data must survive a Winograd transform
   */
  record Task(
      Convolution convolution,
      Direction direction,
      DataKind data,
      long seed,
      long sample,
      boolean bias,
      boolean relu,
      boolean transformable) {

    Task withSeed(long other) {
      return new Task(convolution, direction, data, other, sample, bias, relu, transformable);
    }

    /** How many products one element of the results adds up. */
    long summands() {
      return convolution.summands(direction);
    }
  }

  private static final int ATTEMPTS = 20;

  private interface Element {
    double at(long a, long b, long c, long d, boolean absolute);
  }

  private final Task task;
  private final List<Operand> sources = new ArrayList<>();
  private final List<Expectation> expectations = new ArrayList<>();
  private final List<Tensor> results = new ArrayList<>();

  final Operand src;
  final Operand weights;
  final Operand bias;
  final Operand diffDst;

  /** Whether the most important result could show a mistake, see {@link Expectation#isTelling}. */
  private boolean telling;

  /**
   * Draws the sources. Where all windows read the same few pixels, the sum of their gradients may
   * be 0 by chance, and then every result is: others are drawn in their place.
   *
   * @throws IllegalStateException if most expected elements are 0 whatever is drawn
   */
  static Conv2dProblem of(Task task) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      long seed = attempt == 0 ? task.seed() : TestData.seed(task.seed(), attempt);
      Conv2dProblem problem = new Conv2dProblem(task.withSeed(seed));
      if (problem.telling) {
        return problem;
      }
      problem.close();
    }
    throw new IllegalStateException("most expected elements are 0; they would hide errors");
  }

  private Conv2dProblem(Task task) {
    this.task = task;
    Convolution c = task.convolution();
    Direction direction = task.direction();
    boolean forward = direction == Direction.FORWARD;
    src = direction == Direction.BACKWARD_DATA ? null : source("src", c.srcShape());
    weights = direction == Direction.BACKWARD_WEIGHTS ? null : source("weights", c.weightsShape());
    bias = forward && task.bias() ? source("bias", c.biasShape()) : null;
    diffDst = forward ? null : source("diff_dst", c.dstShape());
    switch (direction) {
      case FORWARD -> expectDst(c, src.values(), weights.values());
      case BACKWARD_DATA -> expectDiffSrc(c, diffDst.values(), weights.values());
      case BACKWARD_WEIGHTS -> expectDiffWeights(c, src.values(), diffDst.values());
    }
  }

  private void expectDst(Convolution c, float[] x, float[] w) {
    float[] b = bias == null ? null : bias.values();
    Expectation sums =
        expect(
            "dst",
            c.dstShape(),
            (n, oc, oh, ow, absolute) -> c.dst(x, w, b, n, oc, oh, ow, absolute));
    telling = sums.isTelling(c.reach(Direction.FORWARD)::at);
    if (task.relu()) {
      for (int i = 0; i < sums.values().length; i++) {
        sums.values()[i] = sums.values()[i] < 0 ? 0 : sums.values()[i];
      }
    }
  }

  private void expectDiffSrc(Convolution c, float[] dy, float[] w) {
    telling =
        expect(
                "diff_src",
                c.srcShape(),
                (n, ic, ih, iw, absolute) -> c.diffSrc(dy, w, n, ic, ih, iw, absolute))
            .isTelling(c.reach(Direction.BACKWARD_DATA)::at);
  }

  private void expectDiffWeights(Convolution c, float[] x, float[] dy) {
    telling =
        expect(
                "diff_weights",
                c.weightsShape(),
                (i, j, kh, kw, absolute) -> c.diffWeights(x, dy, i, j, kh, kw, absolute))
            .isTelling(c.reach(Direction.BACKWARD_WEIGHTS)::at);
    expect("diff_bias", c.biasShape(), (i, j, k, oc, absolute) -> c.diffBias(dy, oc, absolute));
  }

  private Operand source(String name, Shape shape) {
    int elements = Operand.elements(name, shape);
    long seed = task.seed();
    boolean transformed = name.equals(task.convolution().divided(task.direction()));
    float[] values;
    if (task.data() == DataKind.REAL) {
      values = TestData.real(seed, name, elements);
    } else if (!task.transformable()) {
      values = TestData.exact(seed, name, elements, task.summands());
    } else if (transformed) {
      values = TestData.transformable(seed, name, elements);
    } else {
      values = TestData.besideTransformable(seed, name, elements, task.summands());
    }
    Operand operand = Operand.of(name, values, shape);
    sources.add(operand);
    return operand;
  }

  private Expectation expect(String name, Shape shape, Element element) {
    int elements = Operand.elements(name, shape);
    long[] positions = Sample.positions(shape, task.sample(), task.seed());
    int count = positions == null ? elements : positions.length;
    float[] values = new float[count];
    double[] magnitudes = task.data() == DataKind.EXACT ? null : new double[count];
    // A bias is a row of a rank 4 tensor.
    int rank = shape.rank();
    long d = shape.dim(rank - 1);
    long c = rank < 4 ? 1 : shape.dim(2);
    long b = rank < 4 ? 1 : shape.dim(1);
    for (int i = 0; i < count; i++) {
      long at = positions == null ? i : positions[i];
      values[i] = (float) element.at(at / d / c / b, at / d / c % b, at / d % c, at % d, false);
      if (magnitudes != null) {
        magnitudes[i] = element.at(at / d / c / b, at / d / c % b, at / d % c, at % d, true);
      }
    }
    Expectation expectation =
        new Expectation(name, shape, positions, values, magnitudes, task.summands());
    expectations.add(expectation);
    results.add(Tensor.empty(shape));
    return expectation;
  }

  /** The tensors of a run, the results filled with NaN. */
  Convolution.Tensors tensors() {
    results.forEach(result -> result.fill(Float.NaN));
    return new Convolution.Tensors(
        tensor(src),
        tensor(weights),
        tensor(bias),
        tensor(diffDst),
        results.get(0),
        results.size() > 1 ? results.get(1) : null);
  }

  private static Tensor tensor(Operand operand) {
    return operand == null ? null : operand.tensor();
  }

  /** Compares every result after a run, and looks whether the run wrote to a source. */
  List<CheckResult.TensorCheck> compare(boolean transforms) {
    List<CheckResult.TensorCheck> found = new ArrayList<>();
    for (int i = 0; i < results.size(); i++) {
      Expectation expectation = expectations.get(i);
      // The sum of diff_dst is a plain one whatever is done with the weights.
      boolean plain = expectation.shape().rank() == 1;
      found.add(
          new CheckResult.TensorCheck(
              expectation.tensor(),
              expectation.compare(results.get(i).toArray(), transforms && !plain)));
    }
    sources.forEach(source -> source.report(found));
    return found;
  }

  @Override
  public void close() {
    sources.forEach(Operand::close);
    results.forEach(Tensor::close);
  }
}
