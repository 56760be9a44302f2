package io.github.conv4j.oracle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.conv4j.Conv4j;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.TestData;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.ReferenceKernels;
import io.github.conv4j.nn.Parameter;
import io.github.conv4j.optim.Adam;
import io.github.conv4j.optim.AdamW;
import io.github.conv4j.optim.Optimizer;
import io.github.conv4j.optim.SGD;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Stream;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * One step and ten steps of every optimizer with every option, and clipped gradients, against
 * libtorch; {@code oracle.seed} repeats a run.
 */
final class OptimizerOracleTest {
  private static final long SEED =
      Long.getLong("oracle.seed", new SplittableRandom().nextLong() >>> 33);

  /** Two parameters, one of them beyond a block of the native kernels. */
  private static final List<Shape> SHAPES = List.of(Shape.of(7, 5003), Shape.of(11));

  private static final double RATE = 0.01;

  /** Numbers of size 1, moved by little: some roundings in each step. */
  private static final double ERROR_OF_A_STEP = 5e-7;

  private interface Made {
    org.bytedeco.pytorch.Optimizer make(TensorVector parameters);
  }

  /** The same optimizer on both sides. */
  private record Pair(
      String name, Function<List<Parameter>, Optimizer.Builder<?>> conv4j, Made libtorch) {}

  private static Pair sgd(double momentum, double dampening, double decay, boolean nesterov) {
    return new Pair(
        "SGD " + List.of(momentum, dampening, decay, nesterov),
        p ->
            SGD.builder(p)
                .momentum(momentum)
                .dampening(dampening)
                .weightDecay(decay)
                .nesterov(nesterov),
        p -> {
          SGDOptions options = new SGDOptions(RATE);
          options.momentum().put(momentum);
          options.dampening().put(dampening);
          options.weight_decay().put(decay);
          options.nesterov().put(nesterov);
          return new org.bytedeco.pytorch.SGD(p, options);
        });
  }

  private static Pair adam(double beta1, double beta2, double eps, double decay) {
    return new Pair(
        "Adam " + List.of(beta1, beta2, eps, decay),
        p -> Adam.builder(p).betas(beta1, beta2).eps(eps).weightDecay(decay),
        p -> {
          AdamOptions options = new AdamOptions(RATE);
          setBetas(options.betas(), beta1, beta2);
          options.eps().put(eps);
          options.weight_decay().put(decay);
          return new org.bytedeco.pytorch.Adam(p, options);
        });
  }

  private static Pair adamW(double beta1, double beta2, double eps, double decay) {
    return new Pair(
        "AdamW " + List.of(beta1, beta2, eps, decay),
        p -> AdamW.builder(p).betas(beta1, beta2).eps(eps).weightDecay(decay),
        p -> {
          AdamWOptions options = new AdamWOptions(RATE);
          setBetas(options.betas(), beta1, beta2);
          options.eps().put(eps);
          options.weight_decay().put(decay);
          return new org.bytedeco.pytorch.AdamW(p, options);
        });
  }

  /** They lie in a std::tuple, whose order in memory is the library's: the defaults tell it. */
  private static void setBetas(DoublePointer betas, double beta1, double beta2) {
    int first = betas.get(0) == 0.9 ? 0 : 1;
    assertEquals(0.9, betas.get(first));
    assertEquals(0.999, betas.get(1 - first));
    betas.put(first, beta1);
    betas.put(1 - first, beta2);
  }

  private static final List<Pair> PAIRS =
      List.of(
          sgd(0, 0, 0, false),
          sgd(0, 0, 0.1, false),
          sgd(0.9, 0, 0, false),
          sgd(0.9, 0.3, 0, false),
          sgd(0.9, 0, 0, true),
          sgd(0.5, 0, 0.1, true),
          sgd(0.5, 0.25, 0.1, false),
          adam(0.9, 0.999, 1e-8, 0),
          adam(0.9, 0.999, 1e-8, 0.1),
          adam(0.5, 0.9, 1e-3, 0),
          adamW(0.9, 0.999, 1e-8, 0),
          adamW(0.9, 0.999, 1e-8, 0.1),
          adamW(0.5, 0.9, 1e-3, 0.01));

  private static float[] values(String name, Shape shape) {
    return TestData.real(SEED, name, Math.toIntExact(shape.elements()));
  }

  private static float[] gradient(int step, int index) {
    return values("gradient " + step + " " + index, SHAPES.get(index));
  }

  /** What libtorch makes of the parameters. */
  private static List<float[]> libtorch(Pair pair, int steps) {
    PointerScope scope = new PointerScope();
    try {
      List<org.bytedeco.pytorch.Tensor> parameters =
          SHAPES.stream()
              .map(s -> Torch.variable(Torch.tensor(values(s.toString(), s), s)))
              .toList();
      TensorVector vector =
          new TensorVector(parameters.toArray(new org.bytedeco.pytorch.Tensor[0]));
      org.bytedeco.pytorch.Optimizer optimizer = pair.libtorch.make(vector);
      for (int step = 0; step < steps; step++) {
        optimizer.zero_grad();
        for (int i = 0; i < SHAPES.size(); i++) {
          Torch.backward(parameters.get(i), Torch.tensor(gradient(step, i), SHAPES.get(i)));
        }
        optimizer.step();
      }
      return parameters.stream().map(p -> Torch.floats(p.detach())).toList();
    } finally {
      scope.close();
    }
  }

  private static Parameter parameter(Shape shape) {
    return new Parameter(
        shape.toString(),
        Tensor.of(values(shape.toString(), shape), shape.toArray()),
        Tensor.zeros(shape));
  }

  private static List<float[]> conv4j(Pair pair, int steps, Kernels kernels) {
    List<Parameter> parameters = SHAPES.stream().map(OptimizerOracleTest::parameter).toList();
    Optimizer.Builder<?> builder = pair.conv4j.apply(parameters).learningRate(RATE);
    try (Optimizer optimizer = built(builder.kernels(kernels))) {
      for (int step = 0; step < steps; step++) {
        for (int i = 0; i < parameters.size(); i++) {
          parameters.get(i).gradient().set(gradient(step, i));
        }
        optimizer.step();
      }
      return parameters.stream().map(p -> p.value().toArray()).toList();
    } finally {
      parameters.forEach(OptimizerOracleTest::close);
    }
  }

  private static Optimizer built(Optimizer.Builder<?> builder) {
    return builder instanceof SGD.Builder sgd ? sgd.build() : ((Adam.Builder) builder).build();
  }

  private static void close(Parameter parameter) {
    parameter.value().close();
    parameter.gradient().close();
  }

  private static void assertNear(List<float[]> expected, List<float[]> found, double error) {
    for (int i = 0; i < expected.size(); i++) {
      for (int j = 0; j < expected.get(i).length; j++) {
        double most = error * Math.max(1, Math.abs(expected.get(i)[j]));
        String place = "element " + j + " of " + SHAPES.get(i) + ", -Doracle.seed=" + SEED;
        assertEquals(expected.get(i)[j], found.get(i)[j], most, place);
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> stepsAgreeWithLibtorch() {
    torch.set_num_threads(1);
    Conv4j.setThreads(2);
    return PAIRS.stream()
        .map(
            pair ->
                DynamicTest.dynamicTest(
                    pair.name,
                    () -> {
                      for (int steps : new int[] {1, 10}) {
                        List<float[]> expected = libtorch(pair, steps);
                        for (Kernels kernels : backends()) {
                          assertNear(
                              expected, conv4j(pair, steps, kernels), steps * ERROR_OF_A_STEP);
                        }
                      }
                    }));
  }

  private static List<Kernels> backends() {
    return List.of(ReferenceKernels.instance(), NativeKernels.instance());
  }

  /** Norms that are clipped and one that is not; then values. */
  @TestFactory
  Stream<DynamicTest> clippedGradientsAgreeWithLibtorch() {
    return Stream.of(1.0, 50.0, 1e4)
        .map(most -> DynamicTest.dynamicTest("norm " + most, () -> assertClips(most)));
  }

  private static void assertClips(double most) {
    PointerScope scope = new PointerScope();
    List<Parameter> parameters = SHAPES.stream().map(OptimizerOracleTest::parameter).toList();
    try {
      List<org.bytedeco.pytorch.Tensor> variables =
          SHAPES.stream()
              .map(s -> Torch.variable(Torch.tensor(values(s.toString(), s), s)))
              .toList();
      TensorVector vector = new TensorVector(variables.toArray(new org.bytedeco.pytorch.Tensor[0]));
      for (int i = 0; i < SHAPES.size(); i++) {
        Torch.backward(variables.get(i), Torch.tensor(gradient(0, i), SHAPES.get(i)));
      }
      double norm = torch.clip_grad_norm_(vector, most);
      List<float[]> byNorm = variables.stream().map(Torch::gradient).toList();
      torch.clip_grad_value_(vector, 0.004);
      List<float[]> byValue = variables.stream().map(Torch::gradient).toList();
      for (Kernels kernels : backends()) {
        for (int i = 0; i < SHAPES.size(); i++) {
          parameters.get(i).gradient().set(gradient(0, i));
        }
        try (Optimizer optimizer = SGD.builder(parameters).kernels(kernels).build()) {
          assertEquals(norm, optimizer.clipGradNorm(most), 1e-5 * norm);
          assertNear(byNorm, gradients(parameters), 1e-6);
          optimizer.clipGradValue(0.004);
          assertNear(byValue, gradients(parameters), 1e-6);
        }
      }
    } finally {
      parameters.forEach(OptimizerOracleTest::close);
      scope.close();
    }
  }

  private static List<float[]> gradients(List<Parameter> parameters) {
    return parameters.stream().map(p -> p.gradient().toArray()).toList();
  }
}
