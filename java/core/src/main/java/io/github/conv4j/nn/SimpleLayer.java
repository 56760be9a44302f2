package io.github.conv4j.nn;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import java.util.List;

/** What layers without a window have in common: the mode, and the forms that make their result. */
abstract class SimpleLayer implements Layer {
  private boolean training = true;

  /** The shape of the last forward pass's input. */
  abstract Shape lastSrcShape();

  /** The format of the last forward pass's input. */
  abstract MemoryFormat lastSrcFormat();

  /** Drops what the last forward pass left for the backward pass. */
  abstract void forget();

  /** What the last forward pass left; refuses if there was none in training mode. */
  static <T> T requireForward(T left) {
    if (left == null) {
      throw new IllegalStateException("backward needs a forward pass in training mode before it");
    }
    return left;
  }

  /** Refuses a tensor of another shape. */
  static void requireShape(String name, Tensor found, Shape required) {
    if (!found.shape().equals(required)) {
      throw new IllegalArgumentException(
          name + " has shape " + found.shape() + "; it must be " + required);
    }
  }

  @Override
  public Tensor forward(Tensor src) {
    Shape shape = outputShape(src.shape());
    Tensor dst = Tensor.empty(shape, Formats.ofResult(src.memoryFormat(), shape));
    try {
      forward(src, dst);
      return dst;
    } catch (RuntimeException | Error e) {
      dst.close();
      throw e;
    }
  }

  @Override
  public Tensor backward(Tensor diffDst) {
    Tensor diffSrc = Tensor.empty(lastSrcShape(), lastSrcFormat());
    try {
      backward(diffDst, diffSrc);
      return diffSrc;
    } catch (RuntimeException | Error e) {
      diffSrc.close();
      throw e;
    }
  }

  /** Nothing to learn, unless the layer says otherwise. */
  @Override
  public List<Parameter> parameters() {
    return List.of();
  }

  @Override
  public Layer train() {
    training = true;
    return this;
  }

  @Override
  public Layer eval() {
    training = false;
    forget();
    return this;
  }

  @Override
  public final boolean isTraining() {
    return training;
  }

  @Override
  public void close() {
    forget();
  }
}
