package io.github.conv4j.nn;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Kernels;
import java.util.List;
import java.util.Optional;

/**
 * A pooling of signals: that of images of height 1, whose plans take a tensor without that axis.
 *
 * @param <T> the layer itself
 */
abstract sealed class Pool1d<T extends Pool1d<T>> implements Layer permits MaxPool1d, AvgPool1d {
  private final Pooling<?> images;
  private final ShapeCache<Signal> signals =
      new ShapeCache<>((src, format) -> signal(src), signal -> {});

  /** The last forward pass in training mode. */
  private Signal last;

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

  /** Shapes that belong together: of src, of src as images of height 1, and of dst. */
  record Signal(Shape src, Shape image, Shape dst) {}

  private Signal signal(Shape src) {
    return new Signal(src, flat(src), outputShape(src));
  }

  /** The shapes for src, of which dst has one. */
  final Signal signal(String name, Tensor dst, Tensor src) {
    Signal signal = signals.get(src);
    require(name, dst, signal.dst);
    return signal;
  }

  private static void require(String name, Tensor found, Shape required) {
    if (!found.shape().equals(required)) {
      throw new IllegalArgumentException(
          name + " has shape " + found.shape() + "; it must be " + required);
    }
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
    Signal signal = signal("dst", dst, src);
    images.forward(signal.image, src, dst);
    if (images.isTraining()) {
      last = signal;
    }
  }

  @Override
  public Tensor backward(Tensor diffDst) {
    requireForward();
    Tensor diffSrc = Tensor.empty(last.src);
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
    require("diff_dst", diffDst, last.dst);
    require("diff_src", diffSrc, last.src);
    images.backward(diffDst, diffSrc);
  }

  /** Nothing to learn. */
  @Override
  public List<Parameter> parameters() {
    return List.of();
  }

  @Override
  public ReceptiveField receptiveField(ReceptiveField src) {
    return images.receptiveField(src);
  }

  @Override
  public T train() {
    images.train();
    return self();
  }

  @Override
  public T eval() {
    images.eval();
    last = null;
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
    last = null;
    return self();
  }

  @Override
  public void close() {
    images.close();
    last = null;
  }

  private void requireForward() {
    if (last == null) {
      throw new IllegalStateException("backward needs a forward pass in training mode before it");
    }
  }
}
