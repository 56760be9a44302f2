package io.github.conv4j.check;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Something that runs on one tensor and on any backend: a layer, a loss or an unpooling. */
interface Subject extends AutoCloseable {
  /** On one line what it is, as {@link ModuleText} reads it. */
  String text();

  /**
   * The shape of the result.
   *
   * @throws IllegalArgumentException if the input does not suit
   */
  Shape resultShape(Shape src);

  /** Further options of the command line that choose it; empty for none. */
  default String options() {
    return "";
  }

  /** What it can compute in its mode. */
  List<Direction> directions();

  /**
   * Runs once on a backend, always from the same state.
   *
   * @param kernels what computes
   * @param src not modified
   * @param data what everything beside src is made of: parameters, targets, the gradient of dst
   * @param wanted directions; what they need is computed, too
   * @return every result by its name
   */
  Map<String, Output> run(Kernels kernels, Tensor src, Data data, Set<Direction> wanted);

  /** One result. */
  record Output(Shape shape, float[] values) {
    static Output of(Tensor tensor) {
      return new Output(tensor.shape(), tensor.toArray());
    }

    static Output of(double number) {
      return new Output(Shape.of(1), new float[] {(float) number});
    }
  }

  /**
   * Seeded numbers.
   *
   * @param ownParameters whether parameters and buffers stay as they are
   */
  record Data(long seed, DataKind kind, boolean ownParameters) {
    /** A tensor of the kind; summands as in {@link TestData#exact}. */
    Tensor tensor(String name, Shape shape, long summands) {
      return Tensor.of(values(name, shape, summands), shape.toArray());
    }

    float[] values(String name, Shape shape, long summands) {
      int elements = Operand.elements(name, shape);
      return kind == DataKind.EXACT
          ? TestData.exact(seed, name, elements, Math.max(1, summands))
          : TestData.real(seed, name, elements);
    }
  }

  /** Frees what was made for the checks; never what the caller brought. */
  @Override
  default void close() {}
}
