package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/** Elements of the reference: results from a function that gives one, tensors block by block. */
final class Elements {
  private static final int BLOCK = 1 << 16;

  private Elements() {}

  /** What is done with count elements from first on. */
  interface Block {
    void take(long first, int count);
  }

  /**
   * Goes through a tensor in row-major order, so that the 100 million weights of a VGG do not have
   * to fit the heap.
   */
  static void inBlocks(Tensor tensor, Block block) {
    for (long first = 0; first < tensor.elements(); first += BLOCK) {
      block.take(first, (int) Math.min(BLOCK, tensor.elements() - first));
    }
  }

  /** A copy of some elements of a tensor in row-major order. */
  static float[] part(Tensor tensor, long first, int count) {
    float[] values = new float[count];
    tensor.copyTo(first, values);
    return values;
  }

  /** The element at four indices. */
  interface Element {
    double at(long a, long b, long c, long d);
  }

  /** All elements of a dense array of four axes, in row-major order. */
  static double[] all(long A, long B, long C, long D, Element element) {
    double[] values = new double[Math.toIntExact(A * B * C * D)];
    int i = 0;
    for (long a = 0; a < A; a++) {
      for (long b = 0; b < B; b++) {
        for (long c = 0; c < C; c++) {
          for (long d = 0; d < D; d++) {
            values[i++] = element.at(a, b, c, d);
          }
        }
      }
    }
    return values;
  }

  /** Each value rounded to the nearest float. */
  static float[] rounded(double[] values) {
    float[] rounded = new float[values.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) values[i];
    }
    return rounded;
  }
}
