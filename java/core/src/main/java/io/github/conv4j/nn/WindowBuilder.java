package io.github.conv4j.nn;

import io.github.conv4j.Conv4j;
import io.github.conv4j.kernel.Kernels;
import java.util.Objects;

/**
 * The settings that every layer with a moving window has; no padding and a dense window unless set.
 *
 * @param <B> the layer's own builder
 */
public abstract sealed class WindowBuilder<B extends WindowBuilder<B>>
    permits Conv2d.Builder,
        ConvTranspose2d.Builder,
        MaxPool2d.Builder,
        MinPool2d.Builder,
        AvgPool2d.Builder,
        MaxUnpool2d.Builder {
  private Window window;
  private Kernels kernels;

  WindowBuilder(long kernelHeight, long kernelWidth, long strideHeight, long strideWidth) {
    this.window =
        new Window(kernelHeight, kernelWidth, strideHeight, strideWidth, 0, 0, 0, 0, 1, 1);
  }

  abstract B self();

  final Window window() {
    return window;
  }

  /** The backend that was set, or the default. */
  final Kernels kernels() {
    return kernels == null ? Conv4j.kernels() : kernels;
  }

  /** Pixels from one window to the next, in both directions. */
  public B stride(long stride) {
    return stride(stride, stride);
  }

  /** Pixels from one window to the next, downwards and to the right. */
  public B stride(long height, long width) {
    Window w = window;
    window =
        new Window(w.kh(), w.kw(), height, width, w.pt(), w.pl(), w.pb(), w.pr(), w.dh(), w.dw());
    return self();
  }

  /** Padding on all four sides, in pixels. */
  public B padding(long padding) {
    return padding(padding, padding, padding, padding);
  }

  /** Padding above and below, and left and right, in pixels. */
  public B padding(long height, long width) {
    return padding(height, width, height, width);
  }

  /** Padding on each side, in pixels. */
  public B padding(long top, long left, long bottom, long right) {
    Window w = window;
    window = new Window(w.kh(), w.kw(), w.sh(), w.sw(), top, left, bottom, right, w.dh(), w.dw());
    return self();
  }

  /** Pixels from one tap to the next, in both directions; 1 is a dense window. */
  public B dilation(long dilation) {
    return dilation(dilation, dilation);
  }

  /** Pixels from one tap to the next, downwards and to the right. */
  public B dilation(long height, long width) {
    Window w = window;
    window =
        new Window(w.kh(), w.kw(), w.sh(), w.sw(), w.pt(), w.pl(), w.pb(), w.pr(), height, width);
    return self();
  }

  /** The backend; {@link Conv4j#kernels()} by default. */
  public B kernels(Kernels backend) {
    kernels = Objects.requireNonNull(backend, "kernels");
    return self();
  }
}
