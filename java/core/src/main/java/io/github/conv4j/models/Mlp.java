package io.github.conv4j.models;

import io.github.conv4j.nn.Flatten;
import io.github.conv4j.nn.Linear;
import io.github.conv4j.nn.ReLU;
import io.github.conv4j.nn.Sequential;
import java.util.SplittableRandom;

/**
 * A multilayer perceptron: fully connected layers with ReLU between them. With two widths it is
 * softmax (logistic) regression.
 */
public final class Mlp {
  private Mlp() {}

  /**
   * A network from [N, widths[0]], or images of as many elements, to [N, widths[last]]. Keys are
   * fc1, fc2 and so on, each with weight and bias, initially uniform in ±1/sqrt(fan_in) as PyTorch
   * has them.
   *
   * <pre>{@code
   * Sequential net = Mlp.create(seed, 784, 100, 100, 10); // 89,610 parameters
   * }</pre>
   *
   * @param seed of the initial values
   * @param widths features of the input, of each layer between, and of the output; at least two
   */
  public static Sequential create(long seed, long... widths) {
    if (widths.length < 2) {
      throw new IllegalArgumentException(
          "there are " + widths.length + " widths; input and output need one each");
    }
    SplittableRandom seeds = new SplittableRandom(seed);
    Sequential.Builder net = Sequential.builder().add("flatten", new Flatten());
    for (int i = 1; i < widths.length; i++) {
      net.add("fc" + i, Linear.builder(widths[i - 1], widths[i]).seed(seeds.nextLong()).build());
      if (i < widths.length - 1) {
        net.add("relu" + i, new ReLU());
      }
    }
    return net.build();
  }
}
