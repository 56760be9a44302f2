package io.github.conv4j.oracle;

import io.github.conv4j.Shape;
import io.github.conv4j.kernel.PaddingMode;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LongArrayRef;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
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

  /** A copy of int64 values. */
  static Tensor tensor(long[] values, Shape shape) {
    if (values.length == 0) {
      return torch.zeros(extents(shape.toArray())).to(torch.ScalarType.Long);
    }
    return Tensor.create(values, shape.toArray());
  }

  /** The same values as a variable, for whose gradient libtorch can be asked. */
  static Tensor variable(Tensor tensor) {
    return tensor.detach().set_requires_grad(true);
  }

  /** Leaves in each variable the gradient that follows from that of a result. */
  static void backward(Tensor result, Tensor diffResult) {
    result.backward(diffResult, new BoolOptional(), false, new TensorArrayRefOptional());
  }

  /** The gradient that {@link #backward} left in a variable, in row-major order. */
  static float[] gradient(Tensor variable) {
    return floats(variable.grad());
  }

  /** Absolute values if they are wanted, as for the magnitudes of a sum. */
  static Tensor absolute(Tensor tensor, boolean wanted) {
    return wanted ? tensor.abs() : tensor;
  }

  /** at::Reduction of a loss. */
  static long reduction(boolean mean) {
    return mean ? 1 : 2;
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

  /** The tensor with padding at both ends of its last axis, then of the one before it. */
  static Tensor padded(Tensor tensor, PaddingMode mode, long... widths) {
    return mode == PaddingMode.ZEROS
        ? torch.constant_pad_nd(tensor, extents(widths))
        : torch.pad(tensor, extents(widths), mode.label(), new DoubleOptional());
  }

  /** The middle of an image that was padded. */
  static Tensor cropped(Tensor padded, long top, long left, long height, long width) {
    return padded.narrow(2, top, height).narrow(3, left, width);
  }
}
