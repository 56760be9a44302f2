package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.check.TestData;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.MaxPool2d;
import io.github.conv4j.nn.Parameter;
import java.util.List;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients are the slopes that finite differences measure, and following them learns. */
class LearningTest {
  private static final float STEP = 0x1p-13f;

  static List<Named<Kernels>> backends() {
    return Fixtures.backends();
  }

  /**
   * The loss is the product of dst with fixed numbers, which is linear in each single weight and
   * pixel: a large step measures the slope up to rounding.
   */
  @ParameterizedTest
  @MethodSource("backends")
  void finiteDifferencesOfAConvolution(Kernels kernels) {
    long seed = Fixtures.seed();
    try (Conv2d conv =
            Conv2d.builder(4, 6, 3, 2)
                .stride(2, 1)
                .padding(1, 0, 2, 1)
                .dilation(1, 2)
                .groups(2)
                .seed(seed)
                .kernels(kernels)
                .build();
        Tensor src = Fixtures.reals(seed, "src", Shape.of(2, 4, 5, 6));
        Tensor dst = conv.forward(src);
        Tensor diffDst = Fixtures.reals(seed, "diff_dst", dst.shape());
        Tensor diffSrc = conv.backward(diffDst)) {
      assertSlopes("src", conv, src, diffDst, src, diffSrc, seed);
      for (Parameter parameter : conv.parameters()) {
        assertSlopes(
            parameter.name(), conv, src, diffDst, parameter.value(), parameter.gradient(), seed);
      }
    }
  }

  private static void assertSlopes(
      String name,
      Conv2d conv,
      Tensor src,
      Tensor diffDst,
      Tensor changed,
      Tensor gradient,
      long seed) {
    for (long i = 0; i < changed.elements(); i++) {
      float before = changed.get(i);
      changed.set(i, before + 0.5f);
      double up = loss(conv, src, diffDst);
      changed.set(i, before - 0.5f);
      double down = loss(conv, src, diffDst);
      changed.set(i, before);
      // Some 100 outputs of size 1 with errors around 1e-7 each.
      assertEquals(up - down, gradient.get(i), 5e-5, name + " " + i + ", seed " + seed);
    }
  }

  private static double loss(Conv2d conv, Tensor src, Tensor diffDst) {
    try (Tensor dst = conv.forward(src)) {
      float[] y = dst.toArray();
      float[] dy = diffDst.toArray();
      double sum = 0;
      for (int i = 0; i < y.length; i++) {
        sum += (double) y[i] * dy[i];
      }
      return sum;
    }
  }

  /** The image of the edge detection example, and the kernel [1, -1] that made its edges. */
  @ParameterizedTest
  @MethodSource("backends")
  void gradientDescentFindsTheEdgeKernel(Kernels kernels) {
    float[] bar = new float[48];
    float[] edges = new float[42];
    for (int h = 0; h < 6; h++) {
      for (int w = 0; w < 8; w++) {
        bar[h * 8 + w] = w >= 2 && w <= 5 ? 0 : 1;
      }
      edges[h * 7 + 1] = 1;
      edges[h * 7 + 5] = -1;
    }
    try (Conv2d conv = Conv2d.builder(1, 1, 1, 2).bias(false).seed(3).kernels(kernels).build();
        Tensor src = Tensor.of(bar, 1, 1, 6, 8);
        Tensor target = Tensor.of(edges, 1, 1, 6, 7);
        Tensor dst = Tensor.empty(target.shape());
        Tensor diff = Tensor.empty(target.shape())) {
      Parameter weight = conv.parameters().get(0);
      double first = 0;
      double last = 0;
      for (int step = 0; step < 60; step++) {
        conv.forward(src, dst);
        // Half the sum of squares: its gradient is the difference.
        diff.set(dst.toArray());
        kernels.axpy(-1, target, diff);
        last = squares(diff);
        first = step == 0 ? last : first;
        conv.zeroGrad();
        conv.backward(diff, null);
        kernels.axpy(-0.03f, weight.gradient(), weight.value());
      }
      assertTrue(first > 1, "it began at " + first);
      assertTrue(last < 1e-6, "it ended at " + last);
      assertArrayEquals(new float[] {1, -1}, weight.value().toArray(), 1e-3f);
    }
  }

  private static double squares(Tensor tensor) {
    double sum = 0;
    for (float value : tensor.toArray()) {
      sum += (double) value * value;
    }
    return sum;
  }

  /**
   * Convolution, ReLU, pooling, convolution: the chain as a whole has the slopes it says it has.
   */
  @ParameterizedTest
  @MethodSource("backends")
  void finiteDifferencesThroughAChain(Kernels kernels) {
    long seed = 5;
    try (Conv2d first =
            Conv2d.builder(2, 4, 3).padding(1).relu(true).seed(1).kernels(kernels).build();
        MaxPool2d pool = MaxPool2d.builder(2).kernels(kernels).build();
        Conv2d second = Conv2d.builder(4, 3, 2).seed(2).kernels(kernels).build();
        Tensor src = Fixtures.reals(seed, "src", Shape.of(2, 2, 6, 8));
        Tensor a = first.forward(src);
        Tensor b = pool.forward(a);
        Tensor c = second.forward(b);
        Tensor dc = Fixtures.reals(seed, "diff", c.shape());
        Tensor db = second.backward(dc);
        Tensor da = pool.backward(db)) {
      first.backward(da, null);
      float[] dy = TestData.real(seed, "diff", (int) c.elements());
      Parameter weight = first.parameters().get(0);
      // The chain is linear in a weight between the kinks of ReLU and maximum, which a small step
      // crosses for few pixels or none; the loss is of size 10 with errors around 1e-6.
      double worst = 0;
      for (long i = 0; i < weight.value().elements(); i++) {
        float before = weight.value().get(i);
        weight.value().set(i, before + STEP);
        double up = loss(first, pool, second, src, dy);
        weight.value().set(i, before - STEP);
        double down = loss(first, pool, second, src, dy);
        weight.value().set(i, before);
        double slope = (up - down) / (2 * STEP);
        worst = Math.max(worst, Math.abs(slope - weight.gradient().get(i)));
      }
      assertTrue(worst < 0.02, "a slope is wrong by " + worst);
    }
  }

  private static double loss(Conv2d first, MaxPool2d pool, Conv2d second, Tensor src, float[] dy) {
    try (Tensor a = first.forward(src);
        Tensor b = pool.forward(a);
        Tensor c = second.forward(b)) {
      double sum = 0;
      float[] y = c.toArray();
      for (int i = 0; i < y.length; i++) {
        sum += (double) y[i] * dy[i];
      }
      return sum;
    }
  }
}
