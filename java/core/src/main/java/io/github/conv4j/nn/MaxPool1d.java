package io.github.conv4j.nn;

import io.github.conv4j.LongTensor;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Kernels;

/**
 * The largest value of each window of a signal.
 *
 * <pre>
 *   dst[n,c,o] = max over k of src[n, c, o*S-P+k*D]
 * </pre>
 *
 * <p>src [N, C, L] or [C, L], dst [N, C, OL] or [C, OL]; extents, padding, ties and NaN as in
 * {@link MaxPool2d}.
 */
public final class MaxPool1d extends Pool1d<MaxPool1d> {
  private final MaxPool2d images;

  private MaxPool1d(MaxPool2d images) {
    super(images);
    this.images = images;
  }

  /** Starts a max pooling whose stride is the window unless set. */
  public static Builder builder(long kernelSize) {
    return new Builder(kernelSize);
  }

  /**
   * The largest values [N, C, OL] and their indices in the signal, -1 for a window with no tap
   * inside it; in either mode, and no backward pass follows.
   *
   * @param src [N, C, L] or [C, L], not modified
   */
  public MaxPool2d.Result forwardWithIndices(Tensor src) {
    return Pooling.indexed(
        outputShape(src.shape()),
        MemoryFormat.CONTIGUOUS,
        (dst, at) -> forwardWithIndices(src, dst, at));
  }

  /**
   * The largest values and their indices in tensors of the caller's, in either mode; no backward
   * pass follows.
   *
   * @param src [N, C, L] or [C, L], not modified
   * @param dst [N, C, OL] or [C, OL], overwritten
   * @param indices the shape of dst, overwritten
   */
  public void forwardWithIndices(Tensor src, Tensor dst, LongTensor indices) {
    Signal signal = signal("dst", dst, src);
    if (!indices.shape().equals(signal.dst())) {
      throw new IllegalArgumentException(
          "indices has shape " + indices.shape() + "; it must be " + signal.dst());
    }
    ((ExtremeStep) images.step(signal.image(), src.memoryFormat())).withIndices(src, dst, indices);
  }

  @Override
  MaxPool1d self() {
    return this;
  }

  /** The settings in one line, those of images of height 1. */
  @Override
  public String toString() {
    return images.toString().replace("MaxPool2d", "MaxPool1d");
  }

  /** The settings of a pooling; defaults are stride = window, no padding, dense, rounding down. */
  public static final class Builder {
    private final MaxPool2d.Builder images;

    private Builder(long kernelSize) {
      images = MaxPool2d.builder(1, kernelSize);
    }

    /** Elements from one window to the next. */
    public Builder stride(long stride) {
      images.stride(1, stride);
      return this;
    }

    /** Padding at both ends, in elements. */
    public Builder padding(long padding) {
      return padding(padding, padding);
    }

    /** Padding before and after the signal, in elements. */
    public Builder padding(long begin, long end) {
      images.padding(0, begin, 0, end);
      return this;
    }

    /** Elements from one tap to the next; 1 is a dense window. */
    public Builder dilation(long dilation) {
      images.dilation(1, dilation);
      return this;
    }

    /** Whether the output extent is rounded up. */
    public Builder ceilMode(boolean wanted) {
      images.ceilMode(wanted);
      return this;
    }

    /** The backend; {@link io.github.conv4j.Conv4j#kernels()} by default. */
    public Builder kernels(Kernels backend) {
      images.kernels(backend);
      return this;
    }

    /**
     * Makes the layer.
     *
     * @throws IllegalArgumentException naming the setting that is wrong (kw, sw, pl, pr, dw: those
     *     of the width), its value and the value required
     */
    public MaxPool1d build() {
      return new MaxPool1d(images.build());
    }
  }
}
