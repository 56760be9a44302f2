package io.github.conv4j.app;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.data.ImageDecoder;
import java.io.IOException;
import java.nio.file.Path;

/** Reads pictures as networks take them. */
final class PictureInput {
  private PictureInput() {}

  /** The shape of a batch of samples. */
  static Shape batch(Shape sample, long n) {
    return Shape.of(n, sample.dim(0), sample.dim(1), sample.dim(2));
  }

  /**
   * Reads a picture into a batch of one.
   *
   * @param invert whether light and dark are exchanged
   * @param dst [1, C, H, W] of one or three channels, overwritten; the picture is resized to H x W
   */
  static void read(Path image, Normalization normalization, boolean invert, Tensor dst)
      throws IOException {
    int height = (int) dst.shape().dim(2);
    int width = (int) dst.shape().dim(3);
    decoder(dst.shape().dim(1)).resize(height, width).decode(image, dst);
    finish(normalization, invert, dst);
  }

  /** Normalises values of 0 to 1. */
  static void finish(Normalization normalization, boolean invert, Tensor dst) {
    float[] values = dst.toArray();
    if (invert) {
      for (int i = 0; i < values.length; i++) {
        values[i] = 1 - values[i];
      }
    }
    normalization.apply(values);
    dst.set(values);
  }

  /** A decoder of grey or coloured pictures. */
  static ImageDecoder decoder(long channels) {
    return channels == 1 ? ImageDecoder.grey() : ImageDecoder.rgb();
  }
}
