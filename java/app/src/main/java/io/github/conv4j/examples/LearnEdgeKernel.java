package io.github.conv4j.examples;

import io.github.conv4j.Conv4j;
import io.github.conv4j.Tensor;
import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.MSELoss;
import io.github.conv4j.nn.Reduction;
import io.github.conv4j.optim.SGD;

/** Learns the kernel [1, -1] from an image with two edges and the picture of its edges. */
public final class LearnEdgeKernel {
  private LearnEdgeKernel() {}

  /**
   * Prints the loss of each epoch and the learned kernel.
   *
   * @param args not used
   */
  public static void main(String... args) {
    float[] white = new float[6 * 8]; // 6 rows of 8 pixels, the middle black
    float[] edges = new float[6 * 7]; // 1 where white turns black, -1 where it turns back
    for (int row = 0; row < 6; row++) {
      for (int column : new int[] {0, 1, 6, 7}) {
        white[row * 8 + column] = 1;
      }
      edges[row * 7 + 1] = 1;
      edges[row * 7 + 5] = -1;
    }
    MSELoss loss = new MSELoss(Reduction.SUM, Conv4j.kernels());
    try (Tensor image = Tensor.of(white, 1, 1, 6, 8);
        Tensor target = Tensor.of(edges, 1, 1, 6, 7);
        Tensor diff = Tensor.zeros(1, 1, 6, 7);
        Conv2d conv = Conv2d.builder(1, 1, 1, 2).bias(false).seed(42).build();
        SGD optimizer = SGD.builder(conv.parameters()).learningRate(0.03).build()) {
      for (int epoch = 1; epoch <= 10; epoch++) {
        optimizer.zeroGrad();
        try (Tensor result = conv.forward(image)) {
          System.out.println("epoch " + epoch + ": " + loss.forward(result, target, diff));
          conv.backward(diff, null);
        }
        optimizer.step();
      }
      System.out.println("kernel " + conv.weight().get(0) + ", " + conv.weight().get(1));
    }
  }
}
