package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.ReferenceKernels;
import io.github.conv4j.nn.AdaptiveAvgPool2d;
import io.github.conv4j.nn.AdaptiveMaxPool2d;
import io.github.conv4j.nn.AvgPool1d;
import io.github.conv4j.nn.AvgPool2d;
import io.github.conv4j.nn.BatchNorm2d;
import io.github.conv4j.nn.Conv1d;
import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.ConvTranspose2d;
import io.github.conv4j.nn.CrossEntropyLoss;
import io.github.conv4j.nn.Dropout;
import io.github.conv4j.nn.Flatten;
import io.github.conv4j.nn.Layer;
import io.github.conv4j.nn.Linear;
import io.github.conv4j.nn.LogSoftmax;
import io.github.conv4j.nn.MSELoss;
import io.github.conv4j.nn.MaxPool1d;
import io.github.conv4j.nn.MaxPool2d;
import io.github.conv4j.nn.MaxUnpool2d;
import io.github.conv4j.nn.MinPool2d;
import io.github.conv4j.nn.Parameter;
import io.github.conv4j.nn.ReLU;
import io.github.conv4j.nn.Reduction;
import io.github.conv4j.nn.Sequential;
import io.github.conv4j.nn.Sigmoid;
import io.github.conv4j.nn.Softmax;
import io.github.conv4j.nn.Tanh;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A layer that was switched to a backend computes what one made on it computes, bit for bit. */
class BackendChoiceTest {
  private static final NativeKernels NATIVE = NativeKernels.instance();
  private static final ReferenceKernels REFERENCE = ReferenceKernels.instance();
  private static final Shape IMAGES = Shape.of(2, 3, 9, 11);
  private static final Shape SIGNALS = Shape.of(2, 3, 17);

  private static Arguments layer(String name, Shape src, Function<Kernels, Layer> make) {
    return Arguments.of(name, src, make);
  }

  static List<Arguments> layers() {
    return List.of(
        layer("Conv2d", IMAGES, k -> Conv2d.builder(3, 5, 3).relu(true).seed(1).kernels(k).build()),
        layer("Conv1d", SIGNALS, k -> Conv1d.builder(3, 5, 3).seed(1).kernels(k).build()),
        layer(
            "ConvTranspose2d",
            IMAGES,
            k -> ConvTranspose2d.builder(3, 5, 3).seed(1).kernels(k).build()),
        layer("MaxPool2d", IMAGES, k -> MaxPool2d.builder(3).kernels(k).build()),
        layer("MinPool2d", IMAGES, k -> MinPool2d.builder(3).kernels(k).build()),
        layer("AvgPool2d", IMAGES, k -> AvgPool2d.builder(3).kernels(k).build()),
        layer("AdaptiveAvgPool2d", IMAGES, k -> new AdaptiveAvgPool2d(4, 3, k)),
        layer("AdaptiveMaxPool2d", IMAGES, k -> new AdaptiveMaxPool2d(4, 3, k)),
        layer("MaxPool1d", SIGNALS, k -> MaxPool1d.builder(3).kernels(k).build()),
        layer("AvgPool1d", SIGNALS, k -> AvgPool1d.builder(3).kernels(k).build()),
        layer("Linear", Shape.of(4, 7), k -> Linear.builder(7, 5).seed(1).kernels(k).build()),
        layer("ReLU", IMAGES, ReLU::new),
        layer("Tanh", IMAGES, Tanh::new),
        layer("Sigmoid", IMAGES, Sigmoid::new),
        layer("Softmax", IMAGES, Softmax::new),
        layer("LogSoftmax", IMAGES, LogSoftmax::new),
        layer("Flatten", IMAGES, k -> new Flatten()),
        layer("Dropout", IMAGES, k -> new Dropout(0.4, 7, k)),
        layer("BatchNorm2d", IMAGES, k -> BatchNorm2d.builder(3).kernels(k).build()),
        layer(
            "Sequential",
            IMAGES,
            k ->
                Sequential.of(
                    Conv2d.builder(3, 4, 3).padding(1).bias(false).seed(3).kernels(k).build(),
                    BatchNorm2d.builder(4).kernels(k).build(),
                    new ReLU(k),
                    MaxPool2d.builder(2).kernels(k).build(),
                    new Flatten(),
                    Linear.builder(80, 6).seed(4).kernels(k).build(),
                    new LogSoftmax(k))));
  }

  /** The result in evaluation and in training, and all gradients. */
  private static List<float[]> run(Layer layer, Shape shape) {
    List<float[]> results = new ArrayList<>();
    try (Tensor src = Fixtures.reals(5, "src", shape);
        Tensor diff = Fixtures.reals(6, "diff", layer.outputShape(shape))) {
      layer.zeroGrad();
      layer.eval();
      try (Tensor dst = layer.forward(src)) {
        results.add(dst.toArray());
      }
      layer.train();
      if (layer instanceof Dropout dropout) {
        dropout.reseed(8);
      }
      try (Tensor dst = layer.forward(src);
          Tensor diffSrc = layer.backward(diff)) {
        results.add(dst.toArray());
        results.add(diffSrc.toArray());
      }
    }
    for (Parameter parameter : layer.parameters()) {
      results.add(parameter.gradient().toArray());
    }
    return results;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("layers")
  void switchedIsAsMade(String name, Shape shape, Function<Kernels, Layer> make) {
    for (Kernels wanted : new Kernels[] {REFERENCE, NATIVE}) {
      Kernels other = wanted == REFERENCE ? NATIVE : REFERENCE;
      try (Layer made = make.apply(wanted);
          Layer switched = make.apply(other);
          Tensor src = Fixtures.reals(4, "before", shape);
          Tensor diff = Tensor.zeros(made.outputShape(shape))) {
        // Plans of the old backend are there, and must not be used again.
        switched.eval();
        switched.forward(src).close();
        assertSame(switched, switched.kernels(wanted));
        List<float[]> expected = run(made, shape);
        List<float[]> found = run(switched, shape);
        assertEquals(expected.size(), found.size());
        for (int i = 0; i < expected.size(); i++) {
          assertArrayEquals(expected.get(i), found.get(i), name + ", result " + i);
        }
        if (!(switched instanceof Sequential) && !(switched instanceof Flatten)) {
          assertSame(wanted, switched.kernels().orElseThrow());
          switched.forward(src).close();
          switched.kernels(other);
          assertThrows(IllegalStateException.class, () -> switched.backward(diff));
        }
      }
    }
  }

  @Test
  void aWholeInEvaluationFoldsAgain() {
    Function<Kernels, Layer> make =
        k ->
            Sequential.of(
                Conv2d.builder(3, 4, 3).seed(3).kernels(k).build(),
                BatchNorm2d.builder(4).kernels(k).build(),
                new ReLU(k));
    try (Layer made = make.apply(REFERENCE).eval();
        Layer switched = make.apply(NATIVE).eval();
        Tensor src = Fixtures.reals(4, "src", IMAGES)) {
      switched.forward(src).close();
      switched.kernels(REFERENCE);
      try (Tensor expected = made.forward(src);
          Tensor found = switched.forward(src)) {
        assertArrayEquals(expected.toArray(), found.toArray());
      }
    }
  }

  @Test
  void lossesAndUnpoolingGoToAnotherBackend() {
    Shape rows = Shape.of(4, 5);
    try (Tensor logits = Fixtures.reals(4, "logits", rows);
        Tensor target = Fixtures.reals(5, "target", rows);
        LongTensor indices = LongTensor.zeros(Shape.of(1, 1, 2, 2));
        Tensor src = Tensor.of(new float[] {1, 2, 3, 4}, 1, 1, 2, 2)) {
      indices.set(new long[] {0, 3, 9, 15});
      CrossEntropyLoss entropy =
          CrossEntropyLoss.builder()
              .labelSmoothing(0.1)
              .reduction(Reduction.SUM)
              .kernels(NATIVE)
              .build();
      CrossEntropyLoss onReference = entropy.withKernels(REFERENCE);
      assertEquals(entropy.toString(), onReference.toString());
      assertEquals(
          CrossEntropyLoss.builder()
              .labelSmoothing(0.1)
              .reduction(Reduction.SUM)
              .kernels(REFERENCE)
              .build()
              .forward(logits, target),
          onReference.forward(logits, target));
      MSELoss squared = new MSELoss(Reduction.SUM, NATIVE);
      assertEquals(
          new MSELoss(Reduction.SUM, REFERENCE).forward(logits, target),
          squared.withKernels(REFERENCE).forward(logits, target));
      MaxUnpool2d unpool = MaxUnpool2d.builder(2).kernels(NATIVE).build();
      try (Tensor found = unpool.withKernels(REFERENCE).forward(src, indices)) {
        assertArrayEquals(
            new float[] {1, 0, 0, 2, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 4}, found.toArray());
      }
    }
  }
}
