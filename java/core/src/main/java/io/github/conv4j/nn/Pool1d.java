package io.github.conv4j.nn;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Kernels;
import java.util.List;
import java.util.Optional;

/**
 * A pooling of signals: that of images of height 1, whose tensors are the signals' under another
 * shape.
 *
 * @param <T> the layer itself
 */
abstract sealed class Pool1d<T extends Pool1d<T>> implements Layer permits MaxPool1d, AvgPool1d {
  private final Pooling<?> images;
  private Shape lastSrcShape;

  Pool1d(Pooling<?> images) {
    this.images = images;
  }

  abstract T self();

  /** [N, C, 1, L] for [N, C, L], and [C, 1, L] for [C, L]. */
  static Shape flat(Shape signal) {
    return switch (signal.rank()) {
      case 2 -> Shape.of(signal.dim(0), 1, signal.dim(1));
      case 3 -> Shape.of(signal.dim(0), signal.dim(1), 1, signal.dim(2));
      default ->
          throw new IllegalArgumentException(
              "src has shape " + signal + "; it must be [N, C, L] or [C, L]");
    };
  }

  /** The same elements with height 1, to be closed by the caller. */
  static Tensor view(String name, Tensor signal, Shape required) {
    if (!signal.shape().equals(required)) {
      throw new IllegalArgumentException(
          name + " has shape " + signal.shape() + "; it must be " + required);
    }
    if (signal.isClosed()) {
      throw new IllegalStateException(name + " is closed");
    }
    return signal.reshape(flat(required).toArray());
  }

  @Override
  public Shape outputShape(Shape src) {
    Shape dst = images.outputShape(flat(src));
    long length = dst.dim(dst.rank() - 1);
    return src.rank() == 2
        ? Shape.of(src.dim(0), length)
        : Shape.of(src.dim(0), src.dim(1), length);
  }

  @Override
  public Tensor forward(Tensor src) {
    Tensor dst = Tensor.empty(outputShape(src.shape()));
    try {
      forward(src, dst);
      return dst;
    } catch (RuntimeException | Error e) {
      dst.close();
      throw e;
    }
  }

  @Override
  public void forward(Tensor src, Tensor dst) {
    try (Tensor from = view("src", src, src.shape());
        Tensor to = view("dst", dst, outputShape(src.shape()))) {
      images.forward(from, to);
    }
    if (images.isTraining()) {
      lastSrcShape = src.shape();
    }
  }

  @Override
  public Tensor backward(Tensor diffDst) {
    requireForward();
    Tensor diffSrc = Tensor.empty(lastSrcShape);
    try {
      backward(diffDst, diffSrc);
      return diffSrc;
    } catch (RuntimeException | Error e) {
      diffSrc.close();
      throw e;
    }
  }

  @Override
  public void backward(Tensor diffDst, Tensor diffSrc) {
    requireForward();
    if (diffSrc == null) {
      return;
    }
    try (Tensor from = view("diff_dst", diffDst, outputShape(lastSrcShape));
        Tensor to = view("diff_src", diffSrc, lastSrcShape)) {
      images.backward(from, to);
    }
  }

  /** Nothing to learn. */
  @Override
  public List<Parameter> parameters() {
    return List.of();
  }

  @Override
  public T train() {
    images.train();
    return self();
  }

  @Override
  public T eval() {
    images.eval();
    lastSrcShape = null;
    return self();
  }

  @Override
  public boolean isTraining() {
    return images.isTraining();
  }

  @Override
  public Optional<Kernels> kernels() {
    return images.kernels();
  }

  @Override
  public T kernels(Kernels backend) {
    images.kernels(backend);
    lastSrcShape = null;
    return self();
  }

  @Override
  public void close() {
    images.close();
    lastSrcShape = null;
  }

  private void requireForward() {
    if (lastSrcShape == null) {
      throw new IllegalStateException("backward needs a forward pass in training mode before it");
    }
  }
}
