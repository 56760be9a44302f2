package io.github.conv4j.check;

import io.github.conv4j.MemoryFormat;
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

  /** Whether src may lie channels last. */
  default boolean takesChannelsLast(Shape src) {
    return isImage(src);
  }

  /** Whether a tensor of the shape can lie channels last. */
  static boolean isImage(Shape shape) {
    return shape.rank() == 3 || shape.rank() == 4;
  }

  /** How a result lies: like src, as long as it is an image. */
  static MemoryFormat formatOf(Shape result, Tensor src) {
    return isImage(result) ? src.memoryFormat() : MemoryFormat.CONTIGUOUS;
  }

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

  /** A tensor of values in row-major order, whatever its format. */
  static Tensor tensor(float[] values, Shape shape, MemoryFormat format) {
    Tensor tensor = Tensor.empty(shape, format);
    tensor.set(values);
    return tensor;
  }

  /**
   * Seeded numbers.
   *
   * @param ownParameters whether parameters and buffers stay as they are
   */
  record Data(long seed, DataKind kind, boolean ownParameters) {
    /** A tensor of the kind; summands as in {@link TestData#exact}. */
    Tensor tensor(String name, Shape shape, MemoryFormat format, long summands) {
      return Subject.tensor(values(name, shape, summands), shape, format);
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
