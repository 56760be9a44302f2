package io.github.conv4j.oracle;

import io.github.conv4j.Shape;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.LongArrayRef;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * The way into libtorch and back. Everything made here belongs to the caller's pointer scope and
 * lives until that is closed; a LongArrayRef does not own its numbers, so they lie in a pointer of
 * the scope, too.
 */
final class Torch {
  private Torch() {}

  /** A copy of values. */
  static Tensor tensor(float[] values, Shape shape) {
    if (values.length == 0) {
      return torch.zeros(extents(shape.toArray()));
    }
    return Tensor.create(values, shape.toArray());
  }

  /** Extents, strides or paddings. */
  static LongArrayRef extents(long... values) {
    return new LongArrayRef(new LongPointer(values), values.length);
  }

  /** A tensor or nothing. */
  static TensorOptional optional(Tensor tensor) {
    return tensor == null ? new TensorOptional() : new TensorOptional(tensor);
  }

  /** The elements in row-major order. */
  static float[] floats(Tensor tensor) {
    Tensor dense = tensor.contiguous();
    float[] values = new float[Math.toIntExact(dense.numel())];
    if (values.length > 0) {
      dense.data_ptr_float().get(values);
    }
    return values;
  }

  /** The elements of an int64 tensor in row-major order. */
  static long[] longs(Tensor tensor) {
    Tensor dense = tensor.contiguous();
    long[] values = new long[Math.toIntExact(dense.numel())];
    if (values.length > 0) {
      dense.data_ptr_long().get(values);
    }
    return values;
  }

  /** The middle of an image that was padded. */
  static Tensor cropped(Tensor padded, long top, long left, long height, long width) {
    return padded.narrow(2, top, height).narrow(3, left, width);
  }
}
