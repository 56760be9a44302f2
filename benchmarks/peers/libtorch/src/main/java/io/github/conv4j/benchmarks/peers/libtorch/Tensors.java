package io.github.conv4j.benchmarks.peers.libtorch;

import io.github.conv4j.benchmarks.competitor.Call;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.LongArrayRef;
import org.bytedeco.pytorch.Tensor;

/** Tensors and lists of extents, made so that nothing they point to is collected. */
final class Tensors {
  /** Numbers of lists, which do not own them, out of the collector's reach. */
  private static final List<LongPointer> NUMBERS = new ArrayList<>();

  private Tensors() {}

  /** Extents, which live as long as the process: a list does not own its numbers. */
  static LongArrayRef extents(long... values) {
    LongPointer numbers = new LongPointer(values);
    NUMBERS.add(numbers);
    return new LongArrayRef(numbers, values.length);
  }

  /** The values in row-major order. */
  static float[] floats(Tensor tensor) {
    Tensor dense = tensor.contiguous();
    float[] values = new float[Math.toIntExact(dense.numel())];
    dense.data_ptr_float().get(values);
    return values;
  }

  /** A call that makes a new tensor, as libtorch's functions do; the one before is freed. */
  static Call call(String implementation, Supplier<Tensor> body, Tensor... held) {
    return new Call() {
      private Tensor last;

      @Override
      public String implementation() {
        return implementation;
      }

      @Override
      public void run() {
        free();
        last = body.get();
      }

      @Override
      public float[] result() {
        return floats(last);
      }

      @Override
      public void close() {
        free();
        for (Tensor tensor : held) {
          tensor.close();
        }
      }

      private void free() {
        if (last != null) {
          last.close();
          last = null;
        }
      }
    };
  }
}
