package io.github.conv4j.nn;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;

/** One step of a {@link Sequential} in evaluation: a layer, or several that were fused. */
interface InferenceStep extends AutoCloseable {
  /** May be called by many threads at once. */
  void run(Tensor src, Tensor dst);

  Shape outputShape(Shape src);

  /** Whether the result is the input under another shape, so that nothing need be computed. */
  default boolean isReshape() {
    return false;
  }

  /** Frees what the step made for itself; never a layer of the caller's. */
  @Override
  default void close() {}

  /** A layer as it is. */
  static InferenceStep of(Layer layer) {
    return new InferenceStep() {
      @Override
      public void run(Tensor src, Tensor dst) {
        layer.forward(src, dst);
      }

      @Override
      public Shape outputShape(Shape src) {
        return layer.outputShape(src);
      }

      @Override
      public boolean isReshape() {
        return layer instanceof Flatten;
      }
    };
  }
}
