package io.github.conv4j.oracle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.TestData;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.ReferenceKernels;
import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.CrossEntropyLoss;
import io.github.conv4j.nn.Flatten;
import io.github.conv4j.nn.Linear;
import io.github.conv4j.nn.MaxPool2d;
import io.github.conv4j.nn.ReLU;
import io.github.conv4j.nn.Sequential;
import io.github.conv4j.optim.Optimizer;
import io.github.conv4j.optim.SGD;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/**
 * A small network learns the same here as in libtorch: convolution, ReLU, pooling, linear layer, 20
 * steps of descent with momentum. {@code oracle.seed} repeats a run.
 */
final class TrainingOracleTest {
  private static final long SEED =
      Long.getLong("oracle.seed", new SplittableRandom().nextLong() >>> 33);
  private static final int STEPS = 20;
  private static final int BATCH = 16;
  private static final int CLASSES = 3;
  private static final Shape IMAGES = Shape.of(BATCH, 2, 10, 9);
  private static final double RATE = 0.05;
  private static final double MOMENTUM = 0.9;

  /** Losses of size 1 and weights of size 0.3 after 20 steps of some roundings each. */
  private static final double MOST = 2e-5;

  /** The losses before each step, and the parameters after the last. */
  private record Learned(double[] losses, Map<String, float[]> parameters) {}

  private static Sequential network() {
    return Sequential.builder()
        .add("conv", Conv2d.builder(2, 6, 3).padding(1).seed(SEED).build())
        .add("relu", new ReLU())
        .add("pool", MaxPool2d.builder(2).build())
        .add("flatten", new Flatten())
        .add("fc", Linear.builder(6 * 5 * 4, CLASSES).seed(SEED + 1).build())
        .build();
  }

  private static float[] images() {
    return TestData.real(SEED, "images", Math.toIntExact(IMAGES.elements()));
  }

  /** By the sign of the first pixel and of the second, so that there is something to learn. */
  private static long[] classes() {
    float[] images = images();
    long[] classes = new long[BATCH];
    for (int i = 0; i < BATCH; i++) {
      int first = i * images.length / BATCH;
      classes[i] = images[first] > 0 ? 0 : images[first + 1] > 0 ? 1 : 2;
    }
    return classes;
  }

  private static Learned conv4j(Kernels kernels) {
    double[] losses = new double[STEPS];
    CrossEntropyLoss loss = new CrossEntropyLoss().withKernels(kernels);
    try (Sequential net = network().kernels(kernels);
        Optimizer optimizer =
            SGD.builder(net.parameters())
                .learningRate(RATE)
                .momentum(MOMENTUM)
                .kernels(kernels)
                .build();
        Tensor src = Tensor.of(images(), IMAGES.toArray());
        LongTensor targets = LongTensor.zeros(Shape.of(BATCH));
        Tensor scores = Tensor.zeros(BATCH, CLASSES);
        Tensor diff = Tensor.zeros(BATCH, CLASSES)) {
      targets.set(classes());
      for (int step = 0; step < STEPS; step++) {
        net.zeroGrad();
        net.forward(src, scores);
        losses[step] = loss.forward(scores, targets, diff);
        net.backward(diff, null);
        optimizer.step();
      }
      Map<String, float[]> learned = new LinkedHashMap<>();
      net.stateDict().forEach((name, tensor) -> learned.put(name, tensor.toArray()));
      return new Learned(losses, learned);
    }
  }

  private static Learned libtorch() {
    Map<String, org.bytedeco.pytorch.Tensor> p = new LinkedHashMap<>();
    try (Sequential net = network()) {
      net.stateDict()
          .forEach(
              (name, tensor) ->
                  p.put(name, Torch.variable(Torch.tensor(tensor.toArray(), tensor.shape()))));
    }
    SGDOptions options = new SGDOptions(RATE);
    options.momentum().put(MOMENTUM);
    TensorVector all = new TensorVector(p.values().toArray(new org.bytedeco.pytorch.Tensor[0]));
    var optimizer = new org.bytedeco.pytorch.SGD(all, options);
    var src = Torch.tensor(images(), IMAGES);
    var targets = Torch.tensor(classes(), Shape.of(BATCH));
    double[] losses = new double[STEPS];
    for (int step = 0; step < STEPS; step++) {
      optimizer.zero_grad();
      var maps =
          torch.conv2d(
              src,
              p.get("conv.weight"),
              new TensorOptional(p.get("conv.bias")),
              new long[] {1, 1},
              new long[] {1, 1},
              new long[] {1, 1},
              1);
      var pooled = torch.max_pool2d(torch.relu(maps), 2, 2);
      var scores =
          torch.linear(
              pooled.flatten(1, -1), p.get("fc.weight"), new TensorOptional(p.get("fc.bias")));
      var loss = torch.cross_entropy_loss(scores, targets);
      losses[step] = loss.item_float();
      loss.backward();
      optimizer.step();
    }
    Map<String, float[]> learned = new LinkedHashMap<>();
    p.forEach((name, tensor) -> learned.put(name, Torch.floats(tensor.detach())));
    return new Learned(losses, learned);
  }

  @Test
  void aSmallNetworkLearnsTheSame() {
    torch.set_num_threads(1);
    Learned expected;
    PointerScope scope = new PointerScope();
    try {
      expected = libtorch();
    } finally {
      scope.close();
    }
    assertTrue(expected.losses[STEPS - 1] < 0.8 * expected.losses[0], "nothing was learned");
    for (Kernels kernels : List.of(ReferenceKernels.instance(), NativeKernels.instance())) {
      Learned found = conv4j(kernels);
      String name = kernels.backend() + ", -Doracle.seed=" + SEED;
      for (int step = 0; step < STEPS; step++) {
        assertEquals(expected.losses[step], found.losses[step], MOST, name + ", step " + step);
      }
      assertEquals(expected.parameters.keySet(), found.parameters.keySet());
      expected.parameters.forEach(
          (key, values) -> {
            for (int i = 0; i < values.length; i++) {
              assertEquals(values[i], found.parameters.get(key)[i], MOST, name + ", " + key);
            }
          });
    }
  }
}
