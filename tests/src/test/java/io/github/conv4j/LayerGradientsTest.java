package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.check.TestData;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.ReferenceKernels;
import io.github.conv4j.nn.BatchNorm2d;
import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.CrossEntropyLoss;
import io.github.conv4j.nn.Dropout;
import io.github.conv4j.nn.Flatten;
import io.github.conv4j.nn.Layer;
import io.github.conv4j.nn.Linear;
import io.github.conv4j.nn.LogSoftmax;
import io.github.conv4j.nn.MSELoss;
import io.github.conv4j.nn.Parameter;
import io.github.conv4j.nn.ReLU;
import io.github.conv4j.nn.Reduction;
import io.github.conv4j.nn.Sequential;
import io.github.conv4j.nn.Sigmoid;
import io.github.conv4j.nn.Softmax;
import io.github.conv4j.nn.Tanh;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every backward pass of the reference against differences of its forward pass. */
class LayerGradientsTest {
  private static final Kernels K = ReferenceKernels.instance();

  /** A power of two, so that x + H - x is H. */
  private static final float H = 1.0f / 128;

  static List<Arguments> layers() {
    Shape image = Shape.of(2, 3, 4, 5);
    Shape rows = Shape.of(4, 6);
    return List.of(
        Arguments.of(Linear.builder(6, 5).seed(1).kernels(K).build(), rows),
        Arguments.of(Linear.builder(6, 5).bias(false).seed(1).kernels(K).build(), Shape.of(6)),
        Arguments.of(new ReLU(K), image),
        Arguments.of(new Tanh(K), image),
        Arguments.of(new Sigmoid(K), image),
        Arguments.of(new Softmax(K), image),
        Arguments.of(new Softmax(K), rows),
        Arguments.of(new LogSoftmax(K), image),
        Arguments.of(new LogSoftmax(K), Shape.of(3, 4, 5)),
        Arguments.of(new Flatten(), image),
        Arguments.of(new Dropout(0.4, 7, K), image),
        Arguments.of(BatchNorm2d.builder(3).kernels(K).build(), image),
        Arguments.of(BatchNorm2d.builder(3).affine(false).kernels(K).build(), Shape.of(3, 4, 5)),
        Arguments.of(BatchNorm2d.builder(3).kernels(K).build().freeze(true), image),
        Arguments.of(
            Sequential.of(
                Conv2d.builder(3, 4, 3).padding(1).bias(false).seed(3).kernels(K).build(),
                BatchNorm2d.builder(4).kernels(K).build(),
                new Tanh(K),
                new Flatten(),
                Linear.builder(80, 3).seed(4).kernels(K).build(),
                new LogSoftmax(K)),
            image));
  }

  /** Multiples of H, at least 4 H apart from 0, so that no kink of a ReLU is crossed. */
  private static float[] values(long seed, String name, int count) {
    float[] values = TestData.real(seed, name, count);
    for (int i = 0; i < count; i++) {
      float rounded = Math.round(values[i] / H) * H;
      values[i] = Math.abs(rounded) < 4 * H ? 0.5f : rounded;
    }
    return values;
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("layers")
  void agreeWithDifferences(Layer layer, Shape shape) {
    long seed = 20260 + shape.elements();
    int count = (int) shape.elements();
    Shape result = layer.outputShape(shape);
    float[] factors = values(seed, "factors", (int) result.elements());
    try (Tensor src = Tensor.of(values(seed, "src", count), shape.toArray());
        Tensor diff = Tensor.of(factors, result.toArray());
        Tensor dst = Tensor.empty(result)) {
      ToDoubleFunction<Layer> objective =
          l -> {
            if (l instanceof Dropout dropout) {
              dropout.reseed(seed);
            }
            l.forward(src, dst);
            double sum = 0;
            for (int i = 0; i < factors.length; i++) {
              sum += (double) factors[i] * dst.get(i);
            }
            return sum;
          };
      objective.applyAsDouble(layer);
      layer.zeroGrad();
      float[] gradient;
      try (Tensor diffSrc = layer.backward(diff)) {
        gradient = diffSrc.toArray();
      }
      verify("src", layer, src, gradient, objective);
      for (Parameter parameter : layer.parameters()) {
        verify(
            parameter.name(), layer, parameter.value(), parameter.gradient().toArray(), objective);
      }
    }
  }

  private static void verify(
      String name, Layer layer, Tensor at, float[] gradient, ToDoubleFunction<Layer> objective) {
    double largest = 0;
    for (int i = 0; i < gradient.length; i++) {
      float before = at.get(i);
      at.set(i, before + H);
      double above = objective.applyAsDouble(layer);
      at.set(i, before - H);
      double below = objective.applyAsDouble(layer);
      at.set(i, before);
      double expected = (above - below) / ((double) (before + H) - (before - H));
      assertEquals(
          expected, gradient[i], 4e-3 * (1 + Math.abs(expected)), name + "[" + i + "] of " + layer);
      largest = Math.max(largest, Math.abs(expected));
    }
    assertTrue(largest > 1e-3, "the gradient of " + name + " of " + layer + " is all zero");
  }

  @Test
  void crossEntropyAgreesWithDifferences() {
    Shape shape = Shape.of(3, 4, 2);
    long[] classes = {0, 3, -100, 1, 2, 2};
    try (Tensor logits = Fixtures.reals(5, "logits", shape);
        Tensor probabilities = Fixtures.reals(6, "p", shape);
        Tensor weights = Tensor.of(new float[] {1, 2, 0.5f, 3}, 4);
        Tensor gradient = Tensor.empty(shape);
        LongTensor targets = LongTensor.zeros(Shape.of(3, 2))) {
      targets.set(classes);
      for (Reduction reduction : Reduction.values()) {
        for (double smoothing : new double[] {0, 0.2, 1}) {
          for (Tensor w : new Tensor[] {null, weights}) {
            CrossEntropyLoss loss =
                CrossEntropyLoss.builder()
                    .kernels(K)
                    .weight(w)
                    .labelSmoothing(smoothing)
                    .reduction(reduction)
                    .build();
            double value = loss.forward(logits, targets, gradient);
            assertEquals(value, loss.forward(logits, targets));
            verifyLoss(logits, gradient, x -> loss.forward(x, targets));
            loss.forward(logits, probabilities, gradient);
            verifyLoss(logits, gradient, x -> loss.forward(x, probabilities));
          }
        }
      }
    }
  }

  @Test
  void squaredErrorAgreesWithDifferences() {
    Shape shape = Shape.of(3, 4);
    try (Tensor src = Fixtures.reals(5, "src", shape);
        Tensor target = Fixtures.reals(6, "target", shape);
        Tensor gradient = Tensor.empty(shape)) {
      for (Reduction reduction : Reduction.values()) {
        MSELoss loss = new MSELoss(reduction, K);
        loss.forward(src, target, gradient);
        verifyLoss(src, gradient, x -> loss.forward(x, target));
      }
    }
  }

  private static void verifyLoss(Tensor at, Tensor gradient, ToDoubleFunction<Tensor> loss) {
    for (int i = 0; i < at.elements(); i++) {
      float before = at.get(i);
      float above = before + H;
      float below = before - H;
      at.set(i, above);
      double high = loss.applyAsDouble(at);
      at.set(i, below);
      double low = loss.applyAsDouble(at);
      at.set(i, before);
      double expected = (high - low) / ((double) above - below);
      assertEquals(expected, gradient.get(i), 1e-4, "element " + i + " under " + loss);
    }
  }
}
