package io.github.conv4j;

import io.github.conv4j.kernel.Conv2dBackwardData;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.PreparedWeights;
import java.util.ArrayList;
import java.util.List;

/** One direction of a convolution as a function of arrays. */
final class NativeConvolution {
  private NativeConvolution() {}

  /** A direction with one of its algorithms on one instruction set. */
  record Variant(Direction direction, String algorithm, String isa) {
    PlanOptions options() {
      return PlanOptions.DEFAULT.withAlgorithm(algorithm).withIsa(isa);
    }

    @Override
    public String toString() {
      return direction.label() + " " + algorithm + " " + isa;
    }
  }

  /** Every algorithm of every direction on every instruction set that the CPU has. */
  static List<Variant> variants() {
    List<Variant> variants = new ArrayList<>();
    for (String isa : Conv4j.isas()) {
      for (Direction direction : Direction.values()) {
        for (String algorithm : NativeKernels.conv2dAlgorithms(direction)) {
          variants.add(new Variant(direction, algorithm, isa));
        }
      }
    }
    return variants;
  }

  /** The shapes of the two operands of a direction. */
  static Shape[] operands(Conv2dGeometry g, Direction direction) {
    return switch (direction) {
      case FORWARD -> new Shape[] {g.srcShape(), g.weightsShape()};
      case BACKWARD_DATA -> new Shape[] {g.dstShape(), g.weightsShape()};
      case BACKWARD_WEIGHTS -> new Shape[] {g.srcShape(), g.dstShape()};
    };
  }

  /** The shape of the main result of a direction. */
  static Shape result(Conv2dGeometry g, Direction direction) {
    return switch (direction) {
      case FORWARD -> g.dstShape();
      case BACKWARD_DATA -> g.srcShape();
      case BACKWARD_WEIGHTS -> g.weightsShape();
    };
  }

  /**
   * The main result of a direction.
   *
   * @param a src, or diff_dst of a backward_data
   * @param b weights, or diff_dst of a backward_weights
   */
  static float[] compute(
      Kernels kernels,
      PlanOptions options,
      Conv2dGeometry g,
      Direction direction,
      float[] a,
      float[] b) {
    Shape[] shapes = operands(g, direction);
    try (Tensor first = Tensor.of(a, shapes[0].toArray());
        Tensor second = Tensor.of(b, shapes[1].toArray());
        Tensor result = Fixtures.filled(Float.NaN, result(g, direction))) {
      switch (direction) {
        case FORWARD -> {
          Conv2dForward plan = kernels.conv2dForward(g, options);
          try (PreparedWeights weights = plan.prepare(second)) {
            plan.run(first, weights, null, result);
          }
        }
        case BACKWARD_DATA -> {
          Conv2dBackwardData plan = kernels.conv2dBackwardData(g, options);
          try (PreparedWeights weights = plan.prepare(second)) {
            plan.run(first, weights, result);
          }
        }
        case BACKWARD_WEIGHTS ->
            kernels.conv2dBackwardWeights(g, options).run(first, second, result, null);
      }
      return result.toArray();
    }
  }
}
