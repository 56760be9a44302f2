package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.nn.Parameter;
import io.github.conv4j.optim.Adam;
import io.github.conv4j.optim.AdamW;
import io.github.conv4j.optim.Optimizer;
import io.github.conv4j.optim.SGD;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Steps computed by hand, what is refused, and going on from a state. */
class OptimizerTest {
  private final Parameter one =
      new Parameter("weight", Tensor.of(new float[] {1, -2}, 2), Tensor.zeros(2));
  private final Parameter other =
      new Parameter("bias", Tensor.of(new float[] {4}, 1), Tensor.zeros(1));
  private final List<Parameter> both = List.of(one, other);

  @AfterEach
  void close() {
    for (Parameter parameter : both) {
      parameter.value().close();
      parameter.gradient().close();
    }
  }

  static List<?> backends() {
    return Fixtures.backends();
  }

  private void gradients(float a, float b, float c) {
    one.gradient().set(new float[] {a, b});
    other.gradient().set(new float[] {c});
  }

  private void assertValues(double a, double b, double c) {
    assertArrayEquals(new float[] {(float) a, (float) b}, one.value().toArray(), 2e-6f);
    assertEquals(c, other.value().get(0), 2e-6);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void plainDescent(Kernels kernels) {
    try (Optimizer sgd = SGD.builder(both).learningRate(0.5).kernels(kernels).build()) {
      gradients(2, -4, 1);
      sgd.step();
      assertValues(0, 0, 3.5);
      sgd.learningRate(0.25);
      sgd.step();
      assertValues(-0.5, 1, 3.25);
      assertEquals(2, sgd.steps());
      assertArrayEquals(new float[] {2, -4}, one.gradient().toArray());
      assertEquals(Map.of(), sgd.stateDict());
    }
  }

  /** The first buffer is the gradient itself, without the dampening, as in PyTorch. */
  @ParameterizedTest
  @MethodSource("backends")
  void momentumAndDampening(Kernels kernels) {
    try (Optimizer sgd =
        SGD.builder(both)
            .learningRate(0.5)
            .momentum(0.5)
            .dampening(0.25)
            .kernels(kernels)
            .build()) {
      gradients(2, -4, 1);
      sgd.step();
      assertValues(0, 0, 3.5);
      gradients(4, 0, -2);
      sgd.step();
      // Buffers 0.5*2 + 0.75*4 = 4, 0.5*-4 + 0 = -2, 0.5*1 + 0.75*-2 = -1.
      assertValues(-2, 1, 4);
      assertArrayEquals(
          new float[] {4, -2}, sgd.stateDict().get("weight.momentum_buffer").toArray());
      assertEquals(-1, sgd.stateDict().get("bias.momentum_buffer").get(0));
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void nesterovAndWeightDecay(Kernels kernels) {
    try (Optimizer sgd =
        SGD.builder(both)
            .learningRate(0.5)
            .momentum(0.5)
            .nesterov(true)
            .weightDecay(0.5)
            .kernels(kernels)
            .build()) {
      gradients(2, -4, 1);
      sgd.step();
      // g = 2.5, -5, 3, which is the buffer too; a step of 0.5 * (g + 0.5 * g).
      assertValues(1 - 0.75 * 2.5, -2 + 0.75 * 5, 4 - 0.75 * 3);
      gradients(0, 0, 0);
      sgd.step();
      // Of the weight: g = 0.5 * -0.875 = -0.4375, buffer 0.5 * 2.5 - 0.4375 = 0.8125.
      assertEquals(-0.875 - 0.5 * (-0.4375 + 0.5 * 0.8125), one.value().get(0), 1e-6);
    }
  }

  /** At the first step mean / sqrt(square) is the gradient's sign, whatever the betas. */
  @ParameterizedTest
  @MethodSource("backends")
  void adam(Kernels kernels) {
    try (Optimizer adam =
        Adam.builder(both).learningRate(0.5).betas(0.5, 0.75).eps(0).kernels(kernels).build()) {
      gradients(2, -4, 1e-3f);
      adam.step();
      assertValues(0.5, -1.5, 3.5);
      gradients(1, 0, 0);
      adam.step();
      // mean 0.5*1 + 0.5*1 = 1 over 1 - 0.25; square 0.75*1 + 0.25*1 = 1 over 1 - 0.5625.
      double moved = 0.5 * (1 / 0.75) / Math.sqrt(1 / 0.4375);
      assertEquals(0.5 - moved, one.value().get(0), 1e-6);
      // mean 0.5*-2, square 0.75*4.
      double second = 0.5 * (-1 / 0.75) / Math.sqrt(3 / 0.4375);
      assertEquals(-1.5 - second, one.value().get(1), 1e-6);
      assertArrayEquals(new float[] {1, -1}, adam.stateDict().get("weight.exp_avg").toArray());
      assertArrayEquals(new float[] {1, 3}, adam.stateDict().get("weight.exp_avg_sq").toArray());
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void epsAndTheTwoKindsOfDecay(Kernels kernels) {
    gradients(2, -4, 0);
    try (Optimizer adam =
        Adam.builder(both).learningRate(0.5).eps(1).weightDecay(0.5).kernels(kernels).build()) {
      adam.step();
    }
    // g = 2.5, -5, 2; a step of 0.5 * g / (|g| + 1).
    assertValues(1 - 0.5 * 2.5 / 3.5, -2 + 0.5 * 5 / 6, 4 - 0.5 * 2 / 3.0);
    one.value().set(new float[] {1, -2});
    other.value().set(new float[] {4});
    try (Optimizer adamW =
        AdamW.builder(both).learningRate(0.5).eps(1).weightDecay(0.5).kernels(kernels).build()) {
      adamW.step();
    }
    assertValues(0.75 - 0.5 * 2 / 3.0, -1.5 + 0.5 * 4 / 5, 3);
  }

  @Test
  void defaultsArePytorchs() {
    try (Optimizer sgd = SGD.builder(both).build();
        Optimizer adam = Adam.builder(both).build();
        Optimizer adamW = AdamW.builder(both).build()) {
      assertEquals(
          "SGD(learningRate=0.001, momentum=0.0, dampening=0.0, weightDecay=0.0, nesterov=false)",
          sgd.toString());
      assertEquals(
          "Adam(learningRate=0.001, betas=0.9,0.999, eps=1.0E-8, weightDecay=0.0)",
          adam.toString());
      assertEquals(
          "AdamW(learningRate=0.001, betas=0.9,0.999, eps=1.0E-8, weightDecay=0.01)",
          adamW.toString());
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void gradientsAreClippedByTheirCommonNorm(Kernels kernels) {
    try (Optimizer sgd = SGD.builder(both).kernels(kernels).build()) {
      gradients(2, -4, 4);
      assertEquals(6, sgd.clipGradNorm(3), 1e-6);
      assertArrayEquals(new float[] {1, -2}, one.gradient().toArray(), 1e-6f);
      assertEquals(2, other.gradient().get(0), 1e-6);
      float[] before = one.gradient().toArray();
      assertEquals(3, sgd.clipGradNorm(4), 1e-6);
      assertArrayEquals(before, one.gradient().toArray());
      gradients(Float.NaN, 1, 1);
      assertTrue(Double.isNaN(sgd.clipGradNorm(1)));
      assertTrue(Float.isNaN(other.gradient().get(0)));
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void gradientsAreClippedByValue(Kernels kernels) {
    try (Optimizer sgd = SGD.builder(both).kernels(kernels).build()) {
      gradients(2, -4, Float.NaN);
      sgd.clipGradValue(2.5);
      assertArrayEquals(new float[] {2, -2.5f}, one.gradient().toArray());
      assertTrue(Float.isNaN(other.gradient().get(0)));
      sgd.zeroGrad();
      assertArrayEquals(new float[2], one.gradient().toArray());
    }
  }

  private static void refused(String word, Executable call) {
    String message = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(message.contains(word), message);
  }

  @Test
  void wrongSettingsAreRefusedByName() {
    refused("learningRate is -1.0", () -> SGD.builder(both).learningRate(-1));
    refused("learningRate is NaN", () -> Adam.builder(both).learningRate(Double.NaN));
    refused("momentum is -0.1", () -> SGD.builder(both).momentum(-0.1).build());
    refused("dampening is NaN", () -> SGD.builder(both).dampening(Double.NaN).build());
    refused("nesterov", () -> SGD.builder(both).nesterov(true).build());
    refused(
        "nesterov", () -> SGD.builder(both).momentum(0.9).dampening(0.1).nesterov(true).build());
    refused("weightDecay is -1.0", () -> SGD.builder(both).weightDecay(-1).build());
    refused("beta1 is 1.0", () -> Adam.builder(both).betas(1, 0.9).build());
    refused("beta2 is -0.5", () -> Adam.builder(both).betas(0.9, -0.5).build());
    refused("eps is -1.0", () -> Adam.builder(both).eps(-1).build());
    refused("weightDecay is Infinity", () -> AdamW.builder(both).weightDecay(1 / 0.0).build());
    refused("no parameters", () -> SGD.builder(List.of()));
    refused("one name", () -> SGD.builder(List.of(one, one)));
    try (Optimizer sgd = SGD.builder(both).build()) {
      refused("learningRate is -1.0", () -> sgd.learningRate(-1));
      refused("maxNorm is 0.0", () -> sgd.clipGradNorm(0));
      refused("limit is NaN", () -> sgd.clipGradValue(Double.NaN));
      assertEquals(1e-3, sgd.learningRate());
    }
  }

  @Test
  void aClosedOptimizerTakesNoStep() {
    Optimizer adam = Adam.builder(both).build();
    adam.close();
    adam.close();
    assertThrows(IllegalStateException.class, adam::step);
    assertValues(1, -2, 4);
  }

  private interface Make {
    Optimizer make();
  }

  private void assertResumes(Make make) {
    float[] whole;
    try (Optimizer optimizer = make.make()) {
      for (int step = 0; step < 6; step++) {
        gradients(step - 2, 3, -step);
        optimizer.step();
      }
      whole = one.value().toArray();
    }
    one.value().set(new float[] {1, -2});
    other.value().set(new float[] {4});
    try (Optimizer first = make.make();
        Optimizer second = make.make()) {
      for (int step = 0; step < 6; step++) {
        if (step == 3) {
          second.loadStateDict(first.stateDict(), first.steps());
        }
        gradients(step - 2, 3, -step);
        (step < 3 ? first : second).step();
      }
      assertEquals(6, second.steps());
      assertArrayEquals(whole, one.value().toArray());
    }
    one.value().set(new float[] {1, -2});
    other.value().set(new float[] {4});
  }

  @Test
  void aRestoredStateGoesOnExactly() {
    assertResumes(() -> SGD.builder(both).learningRate(0.1).momentum(0.9).dampening(0.5).build());
    assertResumes(() -> Adam.builder(both).learningRate(0.1).build());
    assertResumes(() -> AdamW.builder(both).learningRate(0.1).build());
  }

  @Test
  void aStateThatDoesNotFitChangesNothing() {
    try (Optimizer adam = Adam.builder(both).build();
        Tensor wrong = Tensor.zeros(3)) {
      gradients(1, 2, 3);
      adam.step();
      float[] mean = adam.stateDict().get("weight.exp_avg").toArray();
      try (Tensor zeros = Tensor.zeros(2)) {
        Map<String, Tensor> state = new LinkedHashMap<>();
        state.put("weight.exp_avg", zeros);
        state.put("bias.exp_avg", wrong);
        state.put("bias.momentum_buffer", wrong);
        refused("missing: weight.exp_avg_sq, bias.exp_avg_sq", () -> adam.loadStateDict(state, 1));
        refused("unexpected: bias.momentum_buffer", () -> adam.loadStateDict(state, 1));
        refused("bias.exp_avg (shape [3]; it must be [1])", () -> adam.loadStateDict(state, 1));
      }
      refused("stepsTaken is -1", () -> adam.loadStateDict(adam.stateDict(), -1));
      assertArrayEquals(mean, adam.stateDict().get("weight.exp_avg").toArray());
      assertEquals(1, adam.steps());
    }
  }
}
