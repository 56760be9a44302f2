package io.github.conv4j.check;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.nn.CrossEntropyLoss;
import io.github.conv4j.nn.MSELoss;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** A loss with targets of its own: classes, some of them ignored, and then probabilities. */
abstract class LossSubject implements Subject {
  /** One row in so many is ignored. */
  private static final int IGNORED = 7;

  /** Frees what the loss was made with. */
  private final AutoCloseable owned;

  private LossSubject(AutoCloseable owned) {
    this.owned = owned;
  }

  @Override
  public Shape resultShape(Shape src) {
    return Shape.of(1);
  }

  @Override
  public List<Direction> directions() {
    return List.of(Direction.FORWARD, Direction.BACKWARD_DATA);
  }

  @Override
  public final void close() {
    if (owned instanceof Tensor tensor) {
      tensor.close();
    }
  }

  private interface Loss {
    double at(Tensor gradient);
  }

  /** The value, and the gradient under a name if it is wanted. */
  private static void put(
      String name, Loss loss, Tensor src, Set<Direction> wanted, Map<String, Output> results) {
    if (!wanted.contains(Direction.BACKWARD_DATA)) {
      results.put(name, Output.of(loss.at(null)));
      return;
    }
    try (Tensor gradient = Tensor.empty(src.shape(), src.memoryFormat())) {
      gradient.fill(Float.NaN);
      results.put(name, Output.of(loss.at(gradient)));
      results.put("gradient of " + name, Output.of(gradient));
    }
  }

  /**
   * A cross entropy.
   *
   * @param ignored the class whose rows do not count
   * @param owned what to close in the end; null for nothing
   */
  static Subject of(CrossEntropyLoss loss, long ignored, Tensor owned) {
    return new LossSubject(owned) {
      @Override
      public String text() {
        return loss.toString();
      }

      @Override
      public Map<String, Output> run(
          Kernels kernels, Tensor src, Data data, Set<Direction> wanted) {
        CrossEntropyLoss on = loss.withKernels(kernels);
        Shape shape = src.shape();
        Map<String, Output> results = new LinkedHashMap<>();
        try (LongTensor classes = classes(shape, data.seed(), ignored);
            Tensor probabilities =
                Subject.tensor(probabilities(shape, data), shape, src.memoryFormat())) {
          put("loss", to -> on.forward(src, classes, to), src, wanted, results);
          put(
              "loss against probabilities",
              to -> on.forward(src, probabilities, to),
              src,
              wanted,
              results);
        }
        return results;
      }
    };
  }

  /** A squared error. */
  static Subject of(MSELoss loss) {
    return new LossSubject(null) {
      @Override
      public String text() {
        return loss.toString();
      }

      @Override
      public Map<String, Output> run(
          Kernels kernels, Tensor src, Data data, Set<Direction> wanted) {
        MSELoss on = loss.withKernels(kernels);
        Map<String, Output> results = new LinkedHashMap<>();
        try (Tensor target = data.tensor("target", src.shape(), src.memoryFormat(), 1)) {
          put("loss", to -> on.forward(src, target, to), src, wanted, results);
        }
        return results;
      }
    };
  }

  private static LongTensor classes(Shape logits, long seed, long ignored) {
    long[] dims = new long[logits.rank() - 1];
    for (int axis = 0; axis < dims.length; axis++) {
      dims[axis] = logits.dim(axis == 0 ? 0 : axis + 1);
    }
    LongTensor classes = LongTensor.zeros(Shape.of(dims));
    SplittableRandom random = new SplittableRandom(seed);
    long[] values = new long[Math.toIntExact(classes.elements())];
    for (int i = 0; i < values.length; i++) {
      boolean kept = Math.floorMod(random.nextLong(), IGNORED) > 0;
      values[i] = kept ? Math.floorMod(random.nextLong(), logits.dim(1)) : ignored;
    }
    classes.set(values);
    return classes;
  }

  private static float[] probabilities(Shape shape, Data data) {
    float[] values =
        TestData.real(data.seed(), "probabilities", Operand.elements("probabilities", shape));
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.abs(values[i]);
    }
    return values;
  }
}
