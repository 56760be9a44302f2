package io.github.conv4j.nn;

import io.github.conv4j.LongTensor;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Kernels;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * What all poolings of images have in common: nothing to learn, and one step for each shape and
 * memory format of the input.
 *
 * @param <T> the layer itself
 */
abstract sealed class Pooling<T extends Pooling<T>> implements Layer
    permits MaxPool2d, MinPool2d, AvgPool2d, AdaptiveAvgPool2d, AdaptiveMaxPool2d {

  /**
   * The plans of one shape and format of src, and what a forward pass leaves for the backward pass.
   */
  interface Step {
    /**
     * @param remember whether a backward pass follows
     */
    void forward(Tensor src, Tensor dst, boolean remember);

    void backward(Tensor diffDst, Tensor diffSrc);

    void close();
  }

  /** Makes the step for a backend, a shape of src and a format. */
  interface CreateStep {
    Step create(Kernels kernels, Shape src, MemoryFormat format);
  }

  private final ShapeCache<Step> steps;
  private Kernels kernels;
  private boolean training = true;
  private volatile boolean closed;

  /** The last forward pass in training mode. */
  private Step lastStep;

  private Shape lastSrcShape;
  private MemoryFormat lastFormat;

  /**
   * @param kernels the backend
   * @param create the step for a backend, a shape of src, which it checks, and a format
   */
  Pooling(Kernels kernels, CreateStep create) {
    this.kernels = Objects.requireNonNull(kernels, "kernels");
    this.steps =
        new ShapeCache<>((src, format) -> create.create(this.kernels, src, format), Step::close);
  }

  abstract T self();

  /** The step for a src, for a layer that is not closed. */
  final Step step(Tensor src) {
    return step(src.shape(), src.memoryFormat());
  }

  /** The step for images of a shape that lie in a format. */
  final Step step(Shape images, MemoryFormat format) {
    requireOpen();
    return steps.get(images, format);
  }

  /** The shape of src with another height and width. */
  static Shape resized(Shape src, long height, long width) {
    long[] dims = src.toArray();
    dims[dims.length - 2] = height;
    dims[dims.length - 1] = width;
    return Shape.of(dims);
  }

  /**
   * The extents n, c, h and w of an image tensor.
   *
   * @throws IllegalArgumentException if the shape is not [N, C, H, W] or [C, H, W]
   */
  static long[] image(Shape src) {
    return switch (src.rank()) {
      case 3 -> new long[] {1, src.dim(0), src.dim(1), src.dim(2)};
      case 4 -> src.toArray();
      default ->
          throw new IllegalArgumentException(
              "src has shape " + src + "; it must be [N, C, H, W] or [C, H, W]");
    };
  }

  @Override
  public Tensor forward(Tensor src) {
    Tensor dst = Tensor.empty(outputShape(src.shape()), src.memoryFormat());
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
    forward(src.shape(), src, dst);
  }

  /** The forward pass of a tensor that stands for images of the given shape. */
  final void forward(Shape images, Tensor src, Tensor dst) {
    Step step = step(images, src.memoryFormat());
    if (!training) {
      step.forward(src, dst, false);
      return;
    }
    lastStep = null;
    step.forward(src, dst, true);
    lastStep = step;
    lastSrcShape = images;
    lastFormat = src.memoryFormat();
  }

  /** Values and indices in new tensors of the given shape and format. */
  static MaxPool2d.Result indexed(
      Shape shape, MemoryFormat format, BiConsumer<Tensor, LongTensor> forward) {
    Tensor values = Tensor.empty(shape, format);
    LongTensor indices = null;
    try {
      indices = LongTensor.zeros(shape, format);
      forward.accept(values, indices);
      return new MaxPool2d.Result(values, indices);
    } catch (RuntimeException | Error e) {
      values.close();
      if (indices != null) {
        indices.close();
      }
      throw e;
    }
  }

  @Override
  public Tensor backward(Tensor diffDst) {
    requireForward();
    Tensor diffSrc = Tensor.empty(lastSrcShape, lastFormat);
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
    if (diffSrc != null) {
      lastStep.backward(diffDst, diffSrc);
    }
  }

  /** Nothing to learn. */
  @Override
  public List<Parameter> parameters() {
    return List.of();
  }

  @Override
  public T train() {
    training = true;
    return self();
  }

  @Override
  public T eval() {
    training = false;
    lastStep = null;
    return self();
  }

  @Override
  public boolean isTraining() {
    return training;
  }

  @Override
  public Optional<Kernels> kernels() {
    return Optional.of(kernels);
  }

  @Override
  public T kernels(Kernels backend) {
    kernels = Objects.requireNonNull(backend, "kernels");
    lastStep = null;
    steps.clear();
    return self();
  }

  @Override
  public void close() {
    closed = true;
    lastStep = null;
    steps.clear();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the layer is closed");
    }
  }

  private void requireForward() {
    requireOpen();
    if (lastStep == null) {
      throw new IllegalStateException("backward needs a forward pass in training mode before it");
    }
  }
}
