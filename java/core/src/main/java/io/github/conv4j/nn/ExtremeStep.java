package io.github.conv4j.nn;

import io.github.conv4j.LongTensor;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.MaxPool2dBackward;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.MaxPoolOffsets;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;

/** The plans and offsets of a max or min pooling for one geometry and memory format. */
final class ExtremeStep implements Pooling.Step {
  private final Kernels kernels;
  private final Pool2dGeometry geometry;
  private final PlanOptions options;
  private final MaxPool2dForward forward;
  private MaxPool2dBackward backward;
  private MaxPoolOffsets offsets;

  /** Beside those that a backward pass needs. */
  private MaxPoolOffsets asked;

  ExtremeStep(Kernels kernels, Pool2dGeometry geometry, MemoryFormat format, boolean least) {
    this.kernels = kernels;
    this.geometry = geometry;
    this.options = PlanOptions.DEFAULT.withMemoryFormat(format);
    this.forward =
        least
            ? kernels.minPool2dForward(geometry, options)
            : kernels.maxPool2dForward(geometry, options);
  }

  @Override
  public void forward(Tensor src, Tensor dst, boolean remember) {
    if (remember && offsets == null) {
      offsets = forward.newOffsets();
    }
    forward.run(src, dst, remember ? offsets : null);
  }

  @Override
  public void backward(Tensor diffDst, Tensor diffSrc) {
    if (backward == null) {
      backward = kernels.maxPool2dBackward(geometry, options);
    }
    backward.run(diffDst, offsets, diffSrc);
  }

  /** Values and indices, which no backward pass follows; calls take turns. */
  synchronized void withIndices(Tensor src, Tensor values, LongTensor indices) {
    if (asked == null) {
      asked = forward.newOffsets();
    }
    forward.run(src, values, asked);
    asked.toIndices(indices);
  }

  @Override
  public synchronized void close() {
    if (offsets != null) {
      offsets.close();
    }
    if (asked != null) {
      asked.close();
    }
  }
}
