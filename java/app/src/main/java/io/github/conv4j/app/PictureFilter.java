package io.github.conv4j.app;

import io.github.conv4j.Tensor;
import io.github.conv4j.io.Picture;
import io.github.conv4j.kernel.Kernels;

/** Runs operations on the planes of pictures, each a batch of images of one channel. */
final class PictureFilter {
  private PictureFilter() {}

  /**
   * The result of an operation on every plane.
   *
   * @param forAlpha the operation on the opacity, of the same stride
   * @param magnitude whether negative results lose their sign
   */
  static Picture apply(
      Kernels kernels,
      Picture picture,
      Operation operation,
      Operation forAlpha,
      boolean magnitude) {
    byte[] opacity = null;
    if (picture.alpha() != null) {
      Picture alpha =
          new Picture(picture.width(), picture.height(), new byte[][] {picture.alpha()}, null);
      opacity = apply(kernels, alpha, forAlpha, forAlpha, false).planes()[0];
    }
    try (Tensor src = toTensor(picture);
        Operation.Step step = operation.prepare(kernels, src);
        Tensor dst = Tensor.empty(step.dstShape())) {
      step.run(src, dst);
      return toPicture(dst, magnitude).withAlpha(opacity);
    }
  }

  /** The planes as [planes, 1, height, width], 0 to 255. */
  static Tensor toTensor(Picture picture) {
    try (Tensor planes = picture.toTensor()) {
      return planes.reshape(picture.planes().length, 1, picture.height(), picture.width());
    }
  }

  /**
   * Values rounded to the nearest integer and clamped to 0 to 255.
   *
   * @param dst [planes, 1, height, width], not modified
   * @param magnitude whether negative values lose their sign first
   */
  static Picture toPicture(Tensor dst, boolean magnitude) {
    if (!magnitude) {
      return Picture.of(dst);
    }
    float[] values = dst.toArray();
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.abs(values[i]);
    }
    try (Tensor positive = Tensor.of(values, dst.shape().toArray())) {
      return Picture.of(positive);
    }
  }
}
