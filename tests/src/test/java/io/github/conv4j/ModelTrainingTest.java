package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.github.conv4j.check.TestData;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.ReferenceKernels;
import io.github.conv4j.models.Cnn64;
import io.github.conv4j.models.LeNet5;
import io.github.conv4j.models.Mlp;
import io.github.conv4j.models.Vgg;
import io.github.conv4j.nn.CrossEntropyLoss;
import io.github.conv4j.nn.MSELoss;
import io.github.conv4j.nn.Reduction;
import io.github.conv4j.nn.Sequential;
import io.github.conv4j.optim.Optimizer;
import io.github.conv4j.optim.SGD;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every model learns the same on the native kernels as on the reference, and the same on every run
 * and number of threads, over its first 50 steps at its smallest input.
 *
 * <p>A step of VGG-11, 133 million parameters, takes the reference half a minute or more at a batch
 * of 4. So here it sees a single picture and takes one step; {@code -Dconv4j.tests.vggSteps=50}
 * asks for all of it.
 */
class ModelTrainingTest {
  private static final int STEPS = 50;
  private static final Integer VGG_STEPS = Integer.getInteger("conv4j.tests.vggSteps");

  /**
   * The usual 0.01 is for batches of 256; it falls with the size of the batch (Goyal et al., arXiv
   * 1706.02677). At 0.01 a batch of 4 lets roundings grow: from step 28 on, losses differ by 8e-5
   * of themselves.
   */
  private static final double VGG_RATE = 0.01 * 4 / 256;

  private final int threads = Conv4j.threads();

  @AfterEach
  void restore() {
    Conv4j.setThreads(threads);
  }

  /** A network with the batches and the learning rate that it is trained with. */
  private record Training(
      String name, Supplier<Sequential> model, Shape input, int classes, double rate, int steps) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Training> trainings() {
    return List.of(
        new Training("mlp-1", () -> Mlp.create(1, 2, 4, 4, 1), Shape.of(4, 2), 1, 0.1, STEPS),
        new Training("mlp-6", () -> Mlp.create(1, 2, 4, 4, 6), Shape.of(4, 2), 6, 0.1, STEPS),
        new Training(
            "logistic", () -> Mlp.create(1, 784, 10), Shape.of(4, 1, 28, 28), 10, 0.01, STEPS),
        new Training(
            "mlp", () -> Mlp.create(1, 784, 100, 100, 10), Shape.of(4, 784), 10, 0.05, STEPS),
        new Training("lenet5", () -> LeNet5.create(1), Shape.of(4, 1, 28, 28), 10, 0.05, STEPS),
        new Training("cnn64", () -> Cnn64.create(10, 1), Shape.of(4, 3, 16, 16), 10, 0.005, STEPS),
        new Training(
            "vgg11",
            () -> Vgg.create(11, 10, 1),
            Shape.of(VGG_STEPS == null ? 1 : 4, 3, 32, 32),
            10,
            VGG_RATE,
            VGG_STEPS == null ? 2 : VGG_STEPS));
  }

  /** The loss of each step. */
  private static double[] losses(Training training, Kernels kernels) {
    double[] losses = new double[training.steps];
    long n = training.input.dim(0);
    try (Sequential net = training.model.get().kernels(kernels);
        Optimizer optimizer =
            SGD.builder(net.parameters())
                .learningRate(training.rate)
                .momentum(0.9)
                .kernels(kernels)
                .build();
        Tensor scores = Tensor.empty(Shape.of(n, training.classes));
        Tensor diff = Tensor.empty(scores.shape())) {
      for (int step = 0; step < training.steps; step++) {
        try (Tensor src = Fixtures.reals(step, "src", training.input)) {
          net.zeroGrad();
          net.forward(src, scores);
          losses[step] = loss(training, kernels, step, scores, diff);
          if (step < training.steps - 1) { // nobody sees what the last loss leads to
            net.backward(diff, null);
            optimizer.step();
          }
        }
      }
    }
    return losses;
  }

  /** Against random classes; a single output against random numbers. */
  private static double loss(
      Training training, Kernels kernels, int step, Tensor scores, Tensor diff) {
    if (training.classes == 1) {
      try (Tensor target = Fixtures.reals(step, "target", scores.shape())) {
        return new MSELoss(Reduction.MEAN, kernels).forward(scores, target, diff);
      }
    }
    long[] targets = new long[(int) scores.shape().dim(0)];
    float[] draws = TestData.real(step, "classes", targets.length);
    for (int i = 0; i < targets.length; i++) {
      targets[i] = (long) ((draws[i] + 1) / 2 * training.classes);
    }
    try (LongTensor classes = LongTensor.zeros(Shape.of(targets.length))) {
      classes.set(targets);
      return new CrossEntropyLoss().withKernels(kernels).forward(scores, classes, diff);
    }
  }

  @ParameterizedTest
  @MethodSource("trainings")
  void backendsRunsAndThreadsAgree(Training training) {
    Conv4j.setThreads(2);
    double[] found = losses(training, NativeKernels.instance());
    assertArrayEquals(found, losses(training, NativeKernels.instance()), "another run");
    Conv4j.setThreads(1);
    assertArrayEquals(found, losses(training, NativeKernels.instance()), "one thread");
    assertNotEquals(found[0], found[found.length - 1]);
    double[] expected = losses(training, ReferenceKernels.instance());
    for (int step = 0; step < expected.length; step++) {
      assertEquals(expected[step], found[step], 1e-4, "step " + step);
    }
  }
}
