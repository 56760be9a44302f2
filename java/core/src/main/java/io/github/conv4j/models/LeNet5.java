package io.github.conv4j.models;

import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.Flatten;
import io.github.conv4j.nn.Linear;
import io.github.conv4j.nn.MaxPool2d;
import io.github.conv4j.nn.ReLU;
import io.github.conv4j.nn.Sequential;
import java.util.SplittableRandom;

/**
 * LeNet-5 for digits of 28x28 pixels: 61,706 parameters.
 *
 * <p>LeCun, Bottou, Bengio and Haffner, Gradient-Based Learning Applied to Document Recognition,
 * 1998; as it is taught today, with ReLU, maximum pooling, a second convolution that reads all six
 * maps, and a linear layer for the output.
 */
public final class LeNet5 {
  private static final int CLASSES = 10;

  private LeNet5() {}

  /**
   * A network from [N, 1, 28, 28] to scores [N, 10]. Keys are conv1, conv2, fc1, fc2 and fc3, each
   * with weight and bias, initially uniform in ±1/sqrt(fan_in) as PyTorch has them.
   *
   * @param seed of the initial values
   */
  public static Sequential create(long seed) {
    SplittableRandom seeds = new SplittableRandom(seed);
    return Sequential.builder()
        .add("conv1", Conv2d.builder(1, 6, 5).padding(2).seed(seeds.nextLong()).build())
        .add("relu1", new ReLU())
        .add("pool1", MaxPool2d.builder(2).build())
        .add("conv2", Conv2d.builder(6, 16, 5).seed(seeds.nextLong()).build())
        .add("relu2", new ReLU())
        .add("pool2", MaxPool2d.builder(2).build())
        .add("flatten", new Flatten())
        .add("fc1", Linear.builder(16 * 5 * 5, 120).seed(seeds.nextLong()).build())
        .add("relu3", new ReLU())
        .add("fc2", Linear.builder(120, 84).seed(seeds.nextLong()).build())
        .add("relu4", new ReLU())
        .add("fc3", Linear.builder(84, CLASSES).seed(seeds.nextLong()).build())
        .build();
  }
}
