package io.github.conv4j.models;

import io.github.conv4j.nn.AdaptiveAvgPool2d;
import io.github.conv4j.nn.BatchNorm2d;
import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.Flatten;
import io.github.conv4j.nn.Linear;
import io.github.conv4j.nn.MaxPool2d;
import io.github.conv4j.nn.ReLU;
import io.github.conv4j.nn.Sequential;
import java.util.SplittableRandom;

/**
 * A small convolutional network for RGB pictures of 64x64 pixels, such as the satellite pictures of
 * EuroSAT: four times convolution, batch normalisation, ReLU and pooling, then the average of each
 * map. With 10 classes it has 391,466 parameters.
 */
public final class Cnn64 {
  private static final long[] CHANNELS = {3, 32, 64, 128, 256};

  private Cnn64() {}

  /**
   * A network from [N, 3, H, W], H and W at least 16, to scores [N, classes]. Keys are {@code
   * features.0.weight} and so on, and fc.weight and fc.bias; initial values are PyTorch's.
   *
   * @param classes at least 1
   * @param seed of the initial values
   */
  public static Sequential create(long classes, long seed) {
    SplittableRandom seeds = new SplittableRandom(seed);
    Sequential.Builder features = Sequential.builder();
    for (int i = 1; i < CHANNELS.length; i++) {
      features
          .add(
              Conv2d.builder(CHANNELS[i - 1], CHANNELS[i], 3)
                  .padding(1)
                  .bias(false)
                  .seed(seeds.nextLong())
                  .build())
          .add(BatchNorm2d.builder(CHANNELS[i]).build())
          .add(new ReLU())
          .add(MaxPool2d.builder(2).build());
    }
    return Sequential.builder()
        .add("features", features.build())
        .add("avgpool", AdaptiveAvgPool2d.global())
        .add("flatten", new Flatten())
        .add(
            "fc",
            Linear.builder(CHANNELS[CHANNELS.length - 1], classes).seed(seeds.nextLong()).build())
        .build();
  }
}
