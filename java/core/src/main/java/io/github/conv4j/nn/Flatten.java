package io.github.conv4j.nn;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;

/**
 * Images as rows of features: [N, C, H, W] becomes [N, C*H*W], and a single [C, H, W] becomes
 * [C*H*W]; [N, F] and [F] stay.
 *
 * <p>{@link #forward(Tensor)} copies nothing: its result shares the memory of src (see {@link
 * Tensor#reshape}), and likewise {@link #backward(Tensor)}. The forms that write into a tensor
 * copy.
 */
public final class Flatten extends SimpleLayer {
  private final ShapeCache<Shape> flat = new ShapeCache<>(this::outputShape, shape -> {});
  private Shape lastSrcShape;

  /** A layer without settings. */
  public Flatten() {}

  @Override
  public Tensor forward(Tensor src) {
    Tensor dst = src.reshape(outputShape(src.shape()).toArray());
    remember(src.shape());
    return dst;
  }

  @Override
  public void forward(Tensor src, Tensor dst) {
    requireShape("dst", dst, flat.get(src.shape()));
    dst.set(src);
    remember(src.shape());
  }

  /** What a forward pass leaves, where the caller has reshaped by itself. */
  void remember(Shape src) {
    if (isTraining()) {
      lastSrcShape = src;
    }
  }

  @Override
  public Tensor backward(Tensor diffDst) {
    requireShape("diff_dst", diffDst, flat.get(lastSrcShape()));
    return diffDst.reshape(lastSrcShape.toArray());
  }

  @Override
  public void backward(Tensor diffDst, Tensor diffSrc) {
    requireShape("diff_dst", diffDst, flat.get(lastSrcShape()));
    if (diffSrc != null) {
      requireShape("diff_src", diffSrc, lastSrcShape);
      diffSrc.set(diffDst);
    }
  }

  @Override
  Shape lastSrcShape() {
    return requireForward(lastSrcShape);
  }

  @Override
  void forget() {
    lastSrcShape = null;
  }

  @Override
  public Shape outputShape(Shape src) {
    switch (src.rank()) {
      case 1:
      case 2:
        return src;
      case 3:
        return Shape.of(src.elements());
      case 4:
        return Shape.of(src.dim(0), src.dim(1) * src.dim(2) * src.dim(3));
      default:
        throw new IllegalArgumentException(
            "src has shape " + src + "; it must be [N, C, H, W], [C, H, W], [N, F] or [F]");
    }
  }

  @Override
  public String toString() {
    return "Flatten()";
  }
}
