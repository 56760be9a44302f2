package io.github.conv4j.examples;

import io.github.conv4j.Tensor;
import io.github.conv4j.io.Picture;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.nn.Conv2d;
import java.io.IOException;
import java.nio.file.Path;

/** Sharpens a picture: the same 3x3 kernel on every colour. */
public final class FilterImage {
  private static final float[] SHARPEN = {0, -1, 0, -1, 5, -1, 0, -1, 0};

  private FilterImage() {}

  /**
   * Reads a picture, filters it and writes it.
   *
   * @param args a PNG or JPEG file to read, and a PNG file to write
   * @throws IOException if a file cannot be read or written
   */
  public static void main(String... args) throws IOException {
    if (args.length != 2) {
      System.out.println("usage: FilterImage IN OUT.png");
      return;
    }
    Picture picture = Picture.read(Path.of(args[0])).flattened();
    int channels = picture.planes().length;
    try (Tensor src = picture.toTensor(); // [channels, height, width] of 0 to 255
        Conv2d filter =
            Conv2d.depthwiseBuilder(channels, 1, 3)
                .padding(1)
                .paddingMode(PaddingMode.REPLICATE)
                .bias(false)
                .build()) {
      for (int c = 0; c < channels; c++) {
        filter.weight().set((long) c * SHARPEN.length, SHARPEN);
      }
      filter.eval();
      try (Tensor dst = filter.forward(src)) {
        Picture.of(dst).write(Path.of(args[1])); // rounded, and clamped to 0 to 255
        System.out.println(args[1] + ": " + dst.shape());
      }
    }
  }
}
