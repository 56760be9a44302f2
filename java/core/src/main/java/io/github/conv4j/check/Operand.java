package io.github.conv4j.check;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import java.util.List;

/** A source of a check: its values for the reference, and a tensor of them for the kernels. */
record Operand(String name, float[] values, Tensor tensor) implements AutoCloseable {

  static Operand of(String name, float[] values, Shape shape) {
    return new Operand(name, values, Tensor.of(values, shape.toArray()));
  }

  /** The number of elements, which has to fit into a Java array. */
  static int elements(String name, Shape shape) {
    if (shape.elements() > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          name + " " + shape + " has more elements than the reference can hold");
    }
    return (int) shape.elements();
  }

  /** Adds a difference if a run wrote to this source. */
  void report(List<CheckResult.TensorCheck> found) {
    Comparison comparison = Comparison.exact(tensor.shape(), tensor.toArray(), values);
    if (!comparison.passed()) {
      found.add(new CheckResult.TensorCheck(name + " after the run", comparison));
    }
  }

  @Override
  public void close() {
    tensor.close();
  }
}
