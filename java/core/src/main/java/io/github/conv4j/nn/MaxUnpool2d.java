package io.github.conv4j.nn;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Kernels;
import java.util.Objects;

/**
 * Puts the results of a max pooling back where they stood.
 *
 * <pre>
 *   dst = 0, then dst[index] = src within each plane; of a repeated index the last one stays
 *   OH = (H-1)*SH - PT - PB + KH, OW alike, unless dst is given
 * </pre>
 *
 * <p>src and indices [N, C, H, W] or [C, H, W] as {@link MaxPool2d#forwardWithIndices} gives them,
 * dst [N, C, OH, OW]. An index below 0, which max pooling gives for a window with no tap inside the
 * image, or beyond the plane of dst is refused. As it takes two inputs it is no {@link Layer}; it
 * keeps nothing, and any number of threads may use it.
 */
public final class MaxUnpool2d {
  private final Window window;
  private final Kernels kernels;

  private MaxUnpool2d(Window window, Kernels kernels) {
    this.window = window;
    this.kernels = kernels;
    requireAtLeast("kernel height", window.kh(), 1);
    requireAtLeast("kernel width", window.kw(), 1);
    requireAtLeast("vertical stride", window.sh(), 1);
    requireAtLeast("horizontal stride", window.sw(), 1);
    requireAtLeast("padding at the top", window.pt(), 0);
    requireAtLeast("padding at the left", window.pl(), 0);
    requireAtLeast("padding at the bottom", window.pb(), 0);
    requireAtLeast("padding at the right", window.pr(), 0);
    if (window.dh() != 1 || window.dw() != 1) {
      throw new IllegalArgumentException(
          "dilation is "
              + window.dh()
              + "x"
              + window.dw()
              + "; max unpooling has none, it must be 1x1");
    }
  }

  private static void requireAtLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " is " + value + "; it must be at least " + least);
    }
  }

  /** Starts an unpooling of square windows, whose stride is the window unless set. */
  public static Builder builder(long kernelSize) {
    return new Builder(kernelSize, kernelSize);
  }

  /** Starts an unpooling of rectangular windows, whose stride is the window unless set. */
  public static Builder builder(long kernelHeight, long kernelWidth) {
    return new Builder(kernelHeight, kernelWidth);
  }

  /**
   * The result in a new tensor of {@link #outputShape}, which the caller closes.
   *
   * @param src not modified
   * @param indices of the shape of src, not modified
   */
  public Tensor forward(Tensor src, LongTensor indices) {
    Tensor dst = Tensor.empty(outputShape(src.shape()), src.memoryFormat());
    try {
      forward(src, indices, dst);
      return dst;
    } catch (RuntimeException | Error e) {
      dst.close();
      throw e;
    }
  }

  /**
   * The result in a tensor of the caller's.
   *
   * @param src not modified
   * @param indices of the shape of src, not modified
   * @param dst of the shape of src but for any height and width, overwritten
   */
  public void forward(Tensor src, LongTensor indices, Tensor dst) {
    kernels.maxUnpool2d(src, indices, dst);
  }

  /**
   * The gradient of src in a new tensor, which the caller closes: diff_src = diff_dst[index].
   *
   * @param diffDst of the shape of the result, not modified
   * @param indices as they were forward, not modified
   */
  public Tensor backward(Tensor diffDst, LongTensor indices) {
    Tensor diffSrc = Tensor.empty(indices.shape(), indices.memoryFormat());
    try {
      backward(diffDst, indices, diffSrc);
      return diffSrc;
    } catch (RuntimeException | Error e) {
      diffSrc.close();
      throw e;
    }
  }

  /**
   * The gradient of src in a tensor of the caller's.
   *
   * @param diffDst of the shape of the result, not modified
   * @param indices as they were forward, not modified
   * @param diffSrc of the shape of the indices, overwritten
   */
  public void backward(Tensor diffDst, LongTensor indices, Tensor diffSrc) {
    kernels.maxUnpool2dBackward(diffDst, indices, diffSrc);
  }

  /**
   * The shape of the result where no other is given.
   *
   * @throws IllegalArgumentException if src is not [N, C, H, W] or [C, H, W], or an extent of the
   *     result would be below 1
   */
  public Shape outputShape(Shape src) {
    long[] image = Pooling.image(src);
    Window w = window;
    long oh = extent("height", image[2], w.kh(), w.sh(), w.pt(), w.pb());
    long ow = extent("width", image[3], w.kw(), w.sw(), w.pl(), w.pr());
    return Pooling.resized(src, oh, ow);
  }

  private static long extent(String axis, long in, long kernel, long stride, long begin, long end) {
    long out;
    try {
      long padding = Math.addExact(begin, end);
      out = Math.addExact(Math.multiplyExact(in - 1, stride), Math.subtractExact(kernel, padding));
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("the output " + axis + " is beyond 2^63", e);
    }
    if (out < 1) {
      throw new IllegalArgumentException(
          "the output "
              + axis
              + " is "
              + out
              + " ("
              + (in - 1)
              + "*"
              + stride
              + " - "
              + begin
              + " - "
              + end
              + " + "
              + kernel
              + "); it must be at least 1");
    }
    return out;
  }

  /** This unpooling on another backend. */
  public MaxUnpool2d withKernels(Kernels backend) {
    return new MaxUnpool2d(window, Objects.requireNonNull(backend, "kernels"));
  }

  /** The settings in one line. */
  @Override
  public String toString() {
    return String.format(
        "MaxUnpool2d(kernelSize=%dx%d, stride=%dx%d, padding=%d,%d,%d,%d)",
        window.kh(),
        window.kw(),
        window.sh(),
        window.sw(),
        window.pt(),
        window.pl(),
        window.pb(),
        window.pr());
  }

  /**
   * The settings of an unpooling, those of the pooling that it undoes; defaults are stride = window
   * and no padding. A dilation other than 1 is refused.
   */
  public static final class Builder extends WindowBuilder<Builder> {
    private Builder(long kernelHeight, long kernelWidth) {
      super(kernelHeight, kernelWidth, kernelHeight, kernelWidth);
    }

    @Override
    Builder self() {
      return this;
    }

    /**
     * Makes the unpooling.
     *
     * @throws IllegalArgumentException naming the setting that is wrong, its value and the value
     *     required
     */
    public MaxUnpool2d build() {
      return new MaxUnpool2d(window(), kernels());
    }
  }
}
