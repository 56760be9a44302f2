package io.github.conv4j.models;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/** Initial weights that are not a layer's own; the same for the same seed. */
final class Initialization {
  /** Elements that share a generator: they follow from the seed and their block alone. */
  private static final int BLOCK = 1 << 16;

  private Initialization() {}

  /**
   * Normally distributed with mean 0 and a variance of 2 / fan_out, fan_out the products that one
   * element of src takes part in: He et al., Delving Deep into Rectifiers, 2015.
   *
   * @param weight [OC, IC, KH, KW], overwritten
   */
  static void kaimingNormal(Tensor weight, long seed) {
    Shape shape = weight.shape();
    normal(weight, Math.sqrt(2.0 / (shape.dim(0) * shape.dim(2) * shape.dim(3))), seed);
  }

  /** Normally distributed with mean 0. */
  static void normal(Tensor tensor, double deviation, long seed) {
    long blocks = (tensor.elements() + BLOCK - 1) / BLOCK;
    LongStream.range(0, blocks)
        .parallel()
        .forEach(
            block -> {
              long first = block * BLOCK;
              float[] values = new float[(int) Math.min(BLOCK, tensor.elements() - first)];
              SplittableRandom random = new SplittableRandom(seed + block);
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) (deviation * random.nextGaussian());
              }
              tensor.set(first, values);
            });
  }
}
