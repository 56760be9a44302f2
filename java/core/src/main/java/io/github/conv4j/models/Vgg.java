package io.github.conv4j.models;

import io.github.conv4j.nn.AdaptiveAvgPool2d;
import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.Dropout;
import io.github.conv4j.nn.Flatten;
import io.github.conv4j.nn.Linear;
import io.github.conv4j.nn.MaxPool2d;
import io.github.conv4j.nn.ReLU;
import io.github.conv4j.nn.Sequential;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * VGG with 11, 13, 16 or 19 layers of weights, for RGB pictures of 224x224 pixels or any others of
 * at least 32x32: five blocks of 3x3 convolutions, each halved by pooling, an average pooling to
 * 7x7, and three fully connected layers with dropout.
 *
 * <p>Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition,
 * 2015 (configurations A, B, D and E). Names and initial values are torchvision's, whose weights
 * can be loaded: {@code features.0.weight} to {@code classifier.6.bias}. With 1000 classes there
 * are 132,863,336, 133,047,848, 138,357,544 or 143,667,240 parameters.
 */
public final class Vgg {
  /** ImageNet's. */
  public static final long IMAGENET_CLASSES = 1000;

  /** How many convolutions each block has, by the layers of weights. */
  private static final Map<Integer, int[]> BLOCKS =
      Map.of(
          11, new int[] {1, 1, 2, 2, 2},
          13, new int[] {2, 2, 2, 2, 2},
          16, new int[] {2, 2, 3, 3, 3},
          19, new int[] {2, 2, 4, 4, 4});

  private static final long[] CHANNELS = {64, 128, 256, 512, 512};
  private static final long POOLED = 7;
  private static final long HIDDEN = 4096;
  private static final double DROPOUT = 0.5;

  private Vgg() {}

  /**
   * A network from [N, 3, H, W] to scores [N, 1000], of pictures as ImageNet's.
   *
   * @param layers 11, 13, 16 or 19
   * @param seed of the initial values and of what dropout drops
   */
  public static Sequential create(int layers, long seed) {
    return create(layers, IMAGENET_CLASSES, seed);
  }

  /**
   * A network from [N, 3, H, W] to scores [N, classes].
   *
   * @param layers 11, 13, 16 or 19
   * @param classes at least 1
   * @param seed of the initial values and of what dropout drops
   */
  public static Sequential create(int layers, long classes, long seed) {
    int[] blocks = BLOCKS.get(layers);
    if (blocks == null) {
      throw new IllegalArgumentException(
          "layers is " + layers + "; there are VGG-11, 13, 16 and 19");
    }
    if (classes < 1) {
      throw new IllegalArgumentException("classes is " + classes + "; it must be at least 1");
    }
    SplittableRandom seeds = new SplittableRandom(seed);
    return Sequential.builder()
        .add("features", features(blocks, seeds))
        .add("avgpool", new AdaptiveAvgPool2d(POOLED, POOLED))
        .add("flatten", new Flatten())
        .add("classifier", classifier(classes, seeds))
        .build();
  }

  private static Sequential features(int[] blocks, SplittableRandom seeds) {
    Sequential.Builder features = Sequential.builder();
    long from = 3;
    for (int block = 0; block < blocks.length; block++) {
      for (int i = 0; i < blocks[block]; i++) {
        features.add(convolution(from, CHANNELS[block], seeds.nextLong())).add(new ReLU());
        from = CHANNELS[block];
      }
      features.add(MaxPool2d.builder(2).build());
    }
    return features.build();
  }

  private static Conv2d convolution(long from, long to, long seed) {
    Conv2d convolution = Conv2d.builder(from, to, 3).padding(1).seed(seed).build();
    Initialization.kaimingNormal(convolution.weight(), seed);
    convolution.bias().fill(0);
    return convolution;
  }

  private static Sequential classifier(long classes, SplittableRandom seeds) {
    return Sequential.of(
        linear(CHANNELS[CHANNELS.length - 1] * POOLED * POOLED, HIDDEN, seeds.nextLong()),
        new ReLU(),
        new Dropout(DROPOUT, seeds.nextLong()),
        linear(HIDDEN, HIDDEN, seeds.nextLong()),
        new ReLU(),
        new Dropout(DROPOUT, seeds.nextLong()),
        linear(HIDDEN, classes, seeds.nextLong()));
  }

  private static Linear linear(long from, long to, long seed) {
    Linear linear = Linear.builder(from, to).seed(seed).build();
    Initialization.normal(linear.weight(), 0.01, seed);
    linear.bias().fill(0);
    return linear;
  }
}
