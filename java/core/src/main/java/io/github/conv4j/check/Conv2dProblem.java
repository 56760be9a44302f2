package io.github.conv4j.check;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.ReferenceConv2d;
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
      Conv2dGeometry geometry,
      Direction direction,
      DataKind data,
      long seed,
      long sample,
      boolean bias,
      boolean relu,
      boolean transformable) {

    /** How many products one element of the main result adds up. */
    long summands() {
      long taps = geometry.kh() * geometry.kw();
      return switch (direction) {
        case FORWARD -> geometry.ic() / geometry.g() * taps;
        case BACKWARD_DATA -> geometry.oc() / geometry.g() * taps;
        case BACKWARD_WEIGHTS -> Math.max(1, geometry.n() * geometry.oh() * geometry.ow());
      };
    }
  }

  private interface Element {
    double at(long a, long b, long c, long d);
  }

  private final Task task;
  private final List<Operand> sources = new ArrayList<>();
  private final List<Expectation> expectations = new ArrayList<>();
  private final List<Tensor> results = new ArrayList<>();

  final Operand src;
  final Operand weights;
  final Operand bias;
  final Operand diffDst;

  Conv2dProblem(Task task) {
    this.task = task;
    Conv2dGeometry g = task.geometry();
    Direction direction = task.direction();
    boolean forward = direction == Direction.FORWARD;
    src = direction == Direction.BACKWARD_DATA ? null : source("src", g.srcShape());
    weights = direction == Direction.BACKWARD_WEIGHTS ? null : source("weights", g.weightsShape());
    bias = forward && task.bias() ? source("bias", g.biasShape()) : null;
    diffDst = forward ? null : source("diff_dst", g.dstShape());
    switch (direction) {
      case FORWARD -> expectDst(g, src.values(), weights.values());
      case BACKWARD_DATA -> expectDiffSrc(g, diffDst.values(), weights.values());
      case BACKWARD_WEIGHTS -> expectDiffWeights(g, src.values(), diffDst.values());
    }
  }

  private void expectDst(Conv2dGeometry g, float[] x, float[] w) {
    float[] b = bias == null ? null : bias.values();
    Expectation sums =
        expect(
            "dst",
            g.dstShape(),
            task.summands(),
            (n, oc, oh, ow) -> ReferenceConv2d.forward(g, x, w, b, n, oc, oh, ow),
            (n, oc, oh, ow) -> ReferenceConv2d.forwardMagnitude(g, x, w, b, n, oc, oh, ow));
    sums.requireTelling(Reach.of(g, Direction.FORWARD)::at);
    if (task.relu()) {
      for (int i = 0; i < sums.values().length; i++) {
        sums.values()[i] = sums.values()[i] < 0 ? 0 : sums.values()[i];
      }
    }
  }

  private void expectDiffSrc(Conv2dGeometry g, float[] dy, float[] w) {
    expect(
            "diff_src",
            g.srcShape(),
            task.summands(),
            (n, ic, ih, iw) -> ReferenceConv2d.backwardData(g, dy, w, n, ic, ih, iw),
            (n, ic, ih, iw) -> ReferenceConv2d.backwardDataMagnitude(g, dy, w, n, ic, ih, iw))
        .requireTelling(Reach.of(g, Direction.BACKWARD_DATA)::at);
  }

  private void expectDiffWeights(Conv2dGeometry g, float[] x, float[] dy) {
    expect(
            "diff_weights",
            g.weightsShape(),
            task.summands(),
            (oc, ic, kh, kw) -> ReferenceConv2d.backwardWeights(g, x, dy, oc, ic, kh, kw),
            (oc, ic, kh, kw) -> ReferenceConv2d.backwardWeightsMagnitude(g, x, dy, oc, ic, kh, kw))
        .requireTelling(Reach.of(g, Direction.BACKWARD_WEIGHTS)::at);
    expect(
        "diff_bias",
        g.biasShape(),
        task.summands(),
        (a, b, c, oc) -> ReferenceConv2d.diffBias(g, dy, oc),
        (a, b, c, oc) -> ReferenceConv2d.diffBiasMagnitude(g, dy, oc));
  }

  private Operand source(String name, Shape shape) {
    int elements = Operand.elements(name, shape);
    long seed = task.seed();
    boolean transformed =
        name.equals(task.direction() == Direction.BACKWARD_WEIGHTS ? "diff_dst" : "weights");
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

  private Expectation expect(
      String name, Shape shape, long summands, Element value, Element magnitude) {
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
      values[i] = (float) value.at(at / d / c / b, at / d / c % b, at / d % c, at % d);
      if (magnitudes != null) {
        magnitudes[i] = magnitude.at(at / d / c / b, at / d / c % b, at / d % c, at % d);
      }
    }
    Expectation expectation = new Expectation(name, shape, positions, values, magnitudes, summands);
    expectations.add(expectation);
    results.add(Tensor.empty(shape));
    return expectation;
  }

  /** A result's tensor, filled with NaN. */
  Tensor cleared(int index) {
    results.get(index).fill(Float.NaN);
    return results.get(index);
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
