package io.github.conv4j.benchmarks.problem;

import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.util.ArrayList;
import java.util.List;

/** Builds the networks, keeping track of extents. */
final class Networks {
  private final List<Network.Step> steps = new ArrayList<>();
  private final long[] input;
  private long channels;
  private long height;
  private long width;

  private Networks(long channels, long height, long width) {
    input = new long[] {channels, height, width};
    this.channels = channels;
    this.height = height;
    this.width = width;
  }

  /** Simonyan and Zisserman, "Very deep convolutional networks", 2015, configuration E. */
  static Network vgg19() {
    Networks net = new Networks(3, 224, 224);
    int[][] stages = {{64, 2}, {128, 2}, {256, 4}, {512, 4}, {512, 4}};
    for (int[] stage : stages) {
      for (int i = 0; i < stage[1]; i++) {
        net.convolution(stage[0], 3, 1, 1);
      }
      net.maxPool(2, 2, 0);
    }
    return net.linear(4096, true).linear(4096, true).linear(1000, false).softmax().build("vgg19");
  }

  /**
   * The convolutions of He et al., "Deep residual learning for image recognition", 2016, 50 layers,
   * the stride on the 3x3 as in PyTorch's, with batch normalisation folded in, shortcuts added and
   * the first pooling; without the mean and the classifier at the end.
   */
  static Network resnet50() {
    Networks net = new Networks(3, 224, 224);
    net.convolution(64, 7, 2, 3);
    net.maxPool(3, 2, 1);
    int[][] stages = {{64, 3, 1}, {128, 4, 2}, {256, 6, 2}, {512, 3, 2}};
    for (int[] stage : stages) {
      for (int block = 0; block < stage[1]; block++) {
        net.bottleneck(stage[0], block == 0 ? stage[2] : 1, block == 0);
      }
    }
    return net.build("resnet50");
  }

  /** LeCun et al., "Gradient-based learning applied to document recognition", 1998, with ReLU. */
  static Network lenet() {
    return new Networks(1, 28, 28)
        .convolution(6, 5, 1, 2)
        .maxPool(2, 2, 0)
        .convolution(16, 5, 1, 0)
        .maxPool(2, 2, 0)
        .convolution(120, 5, 1, 0)
        .linear(84, true)
        .linear(10, false)
        .build("lenet");
  }

  /** A small one, for tests. */
  static Network tiny() {
    return new Networks(2, 9, 10)
        .convolution(4, 3, 1, 1)
        .maxPool(2, 2, 0)
        .linear(5, true)
        .linear(3, false)
        .softmax()
        .build("tiny");
  }

  private Network build(String name) {
    return new Network(name, input[0], input[1], input[2], List.copyOf(steps));
  }

  private int last() {
    return steps.size() - 1;
  }

  private Networks convolution(long oc, long kernel, long stride, long padding) {
    Conv2dGeometry geometry = geometry(channels, height, width, oc, kernel, stride, padding);
    steps.add(new Network.Convolution(geometry, last(), Network.NONE, true));
    become(oc, geometry.oh(), geometry.ow());
    return this;
  }

  private void bottleneck(long middle, long stride, boolean projects) {
    int source = last();
    long oc = 4 * middle;
    int shortcut = source;
    if (projects) {
      steps.add(
          new Network.Convolution(
              geometry(channels, height, width, oc, 1, stride, 0), source, Network.NONE, false));
      shortcut = last();
    }
    steps.add(
        new Network.Convolution(
            geometry(channels, height, width, middle, 1, 1, 0), source, Network.NONE, true));
    Conv2dGeometry spatial = geometry(middle, height, width, middle, 3, stride, 1);
    steps.add(new Network.Convolution(spatial, last(), Network.NONE, true));
    steps.add(
        new Network.Convolution(
            geometry(middle, spatial.oh(), spatial.ow(), oc, 1, 1, 0), last(), shortcut, true));
    become(oc, spatial.oh(), spatial.ow());
  }

  private Networks maxPool(long kernel, long stride, long padding) {
    Pool2dGeometry geometry =
        Pool2dGeometry.of(1, channels, height, width, kernel, kernel, stride, stride)
            .withPadding(padding, padding, padding, padding);
    steps.add(new Network.MaxPool(geometry, last()));
    become(channels, geometry.oh(), geometry.ow());
    return this;
  }

  private Networks linear(long out, boolean relu) {
    steps.add(new Network.Linear(channels * height * width, out, last(), relu));
    become(out, 1, 1);
    return this;
  }

  private Networks softmax() {
    steps.add(new Network.Softmax(channels, last()));
    return this;
  }

  private void become(long newChannels, long newHeight, long newWidth) {
    channels = newChannels;
    height = newHeight;
    width = newWidth;
  }

  private static Conv2dGeometry geometry(
      long ic, long ih, long iw, long oc, long kernel, long stride, long padding) {
    return Conv2dGeometry.of(1, ic, ih, iw, oc, kernel, kernel)
        .withStride(stride, stride)
        .withPadding(padding, padding, padding, padding);
  }
}
