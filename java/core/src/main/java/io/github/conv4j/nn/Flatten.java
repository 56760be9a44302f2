package io.github.conv4j.nn;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;

/**
 * Images as rows of features: [N, C, H, W] becomes [N, C*H*W], and a single [C, H, W] becomes
 * [C*H*W]; [N, F] and [F] stay.
 *
 * <p>{@link #forward(Tensor)} copies nothing: its result shares the memory of src (see {@link
 * Tensor#reshape}), and likewise {@link #backward(Tensor)}. The forms that write into a tensor
 * copy. Images that lie channels last are copied always, as the features are in the order C, H, W
 * whatever the memory format.
 */
public final class Flatten extends SimpleLayer {
  private final ShapeCache<Shape> flat =
      new ShapeCache<>((src, format) -> outputShape(src), shape -> {});
  private Shape lastSrcShape;
  private MemoryFormat lastFormat;

  /** A layer without settings. */
  public Flatten() {}

  @Override
  public Tensor forward(Tensor src) {
    if (src.memoryFormat() != MemoryFormat.CONTIGUOUS) {
      return super.forward(src);
    }
    Tensor dst = src.reshape(outputShape(src.shape()).toArray());
    remember(src);
    return dst;
  }

  @Override
  public void forward(Tensor src, Tensor dst) {
    requireShape("dst", dst, flat.get(src));
    dst.set(src);
    remember(src);
  }

  /** What a forward pass leaves, where the caller has reshaped by itself. */
  void remember(Tensor src) {
    if (isTraining()) {
      lastSrcShape = src.shape();
      lastFormat = src.memoryFormat();
    }
  }

  @Override
  public Tensor backward(Tensor diffDst) {
    requireShape("diff_dst", diffDst, flat.get(lastSrcShape(), lastFormat));
    return lastFormat == MemoryFormat.CONTIGUOUS
        ? diffDst.reshape(lastSrcShape.toArray())
        : super.backward(diffDst);
  }

  @Override
  public void backward(Tensor diffDst, Tensor diffSrc) {
    requireShape("diff_dst", diffDst, flat.get(lastSrcShape(), lastFormat));
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
  MemoryFormat lastSrcFormat() {
    return requireForward(lastFormat);
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
