package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.check.CrossCheck;
import io.github.conv4j.check.CrossCheckResult;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.KernelCase;
import io.github.conv4j.check.ModuleCase;
import io.github.conv4j.check.RandomModules;
import io.github.conv4j.check.Validation;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.Plan;
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
import io.github.conv4j.nn.MaxPool2d;
import io.github.conv4j.nn.MaxUnpool2d;
import io.github.conv4j.nn.Parameter;
import io.github.conv4j.nn.ReLU;
import io.github.conv4j.nn.Reduction;
import io.github.conv4j.nn.Sequential;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The check of whole modules passes what is right and objects to whatever is wrong. */
class CrossCheckTest {
  private static final NativeKernels NATIVE = NativeKernels.instance();

  @TempDir Path folder;

  private static Sequential net() {
    return Sequential.of(
        Conv2d.builder(3, 6, 3).padding(1).seed(1).build(),
        BatchNorm2d.builder(6).build(),
        new ReLU(),
        MaxPool2d.builder(2).build(),
        new Dropout(0.3, 5),
        new Flatten(),
        Linear.builder(6 * 4 * 5, 7).seed(2).build(),
        new LogSoftmax());
  }

  private static Conv2d conv() {
    return Conv2d.builder(3, 6, 3).padding(1).seed(1).build();
  }

  @Test
  void aWholeIsCheckedForwardAndBackward() {
    try (Sequential net = net()) {
      CrossCheckResult result = CrossCheck.of(net).shape(2, 3, 8, 10).seed(7).run();
      assertTrue(result.passed(), result::toString);
      assertEquals(7, result.seed());
      List<String> names = result.operations().stream().map(o -> o.operation().name()).toList();
      for (String name :
          List.of(
              "conv2d", "batchnorm2d", "relu", "maxpool2d", "dropout", "linear", "logsoftmax")) {
        assertTrue(names.contains(name), name + " is not in " + names);
      }
      List<String> ends = result.endToEnd().stream().map(tensor -> tensor.tensor()).toList();
      for (String name :
          List.of(
              "dst", "diff_src", "gradient of 0.weight", "gradient of 6.bias", "1.running_var")) {
        assertTrue(ends.contains(name), name + " is not in " + ends);
      }
      assertTrue(result.worstOverBound() > 0 && result.worstOverBound() <= 1);
      assertTrue(result.worstAbsolute() > 0 && result.worstUlps() > 0);
      assertTrue(result.worstRelative() > 0);
      assertNull(result.first());
      assertNotEquals(result.worst().actual(), result.worst().expected());
      List<String> lines = result.toString().lines().toList();
      assertTrue(lines.get(0).startsWith("passed: Sequential("), lines.get(0));
      assertTrue(lines.get(0).endsWith(", real data, seed 7"), lines.get(0));
      assertTrue(lines.get(1).contains(" ulp, ") && lines.get(1).endsWith(" of what is allowed"));
      assertTrue(lines.get(2).startsWith("  worst at "), lines.get(2));
      assertTrue(lines.get(3).startsWith("  end to end: dst [2, 7] differs by "), lines.get(3));
      assertEquals("  again: " + result.replay(), lines.get(4));
      assertEquals(5, lines.size());
    }
  }

  @Test
  void exactDataLeaveNoError() {
    try (Conv2d conv = conv()) {
      CrossCheckResult result =
          CrossCheck.of(conv)
              .shape(2, 3, 8, 10)
              .algorithm("rows")
              .directions(Direction.FORWARD)
              .seed(7)
              .data(DataKind.EXACT)
              .run();
      assertTrue(result.passed(), result::toString);
      assertEquals(0, result.worstAbsolute());
      assertNull(result.worst());
      assertTrue(result.toString().contains("all elements are equal"), result::toString);
    }
  }

  @Test
  void theModuleIsAsItWas() {
    try (Sequential net = net();
        Tensor src = Fixtures.reals(3, "src", Shape.of(2, 3, 8, 10))) {
      net.forward(src).close();
      BatchNorm2d norm = (BatchNorm2d) net.layers().get(1);
      List<float[]> before = state(net);
      CrossCheck.of(net).shape(2, 3, 8, 10).run();
      List<float[]> after = state(net);
      for (int i = 0; i < before.size(); i++) {
        assertArrayEquals(before.get(i), after.get(i));
      }
      assertEquals(1, norm.numBatchesTracked());
      assertSame(NATIVE, norm.kernels().orElseThrow());
      assertTrue(net.isTraining());
      net.eval();
      try (Tensor expected = net.forward(src)) {
        CrossCheck.of(net).shape(2, 3, 8, 10).run();
        assertFalse(net.isTraining());
        try (Tensor found = net.forward(src)) {
          assertArrayEquals(expected.toArray(), found.toArray());
        }
      }
    }
  }

  private static List<float[]> state(Layer layer) {
    List<float[]> state = new ArrayList<>();
    for (Parameter parameter : layer.parameters()) {
      state.add(parameter.value().toArray());
      state.add(parameter.gradient().toArray());
    }
    layer.buffers().forEach(buffer -> state.add(buffer.value().toArray()));
    return state;
  }

  /** Native kernels whose forward convolution is spoilt. */
  private static Kernels broken(Consumer<Tensor> damage) {
    return (Kernels) broken(Kernels.class, NATIVE, damage);
  }

  private static Object broken(Class<?> type, Object target, Consumer<Tensor> damage) {
    return Proxy.newProxyInstance(
        type.getClassLoader(),
        new Class<?>[] {type},
        (proxy, method, arguments) -> {
          Object result;
          try {
            method.setAccessible(true);
            result = method.invoke(target, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
          if (method.getName().equals("run")) {
            damage.accept((Tensor) arguments[3]);
          }
          return result instanceof Conv2dForward plan
              ? broken(Conv2dForward.class, plan, damage)
              : result;
        });
  }

  private static CrossCheckResult broken(DataKind data, Consumer<Tensor> damage) {
    try (Conv2d conv = conv()) {
      CrossCheck check = CrossCheck.of(conv).shape(2, 3, 9, 9).seed(7).data(data);
      check.algorithm("rows").directions(Direction.FORWARD);
      assertTrue(check.run().passed());
      return check.tested(broken(damage)).run();
    }
  }

  private static final int AT = ((1 * 6 + 4) * 9 + 3) * 9 + 5;

  @Test
  void aWrongElementIsFoundWhereItIs() {
    for (DataKind data : DataKind.values()) {
      CrossCheckResult result = broken(data, dst -> dst.set(AT, dst.get(AT) + 0.25f));
      assertFalse(result.passed());
      assertEquals(List.of(1L, 4L, 3L, 5L), result.first().coordinates());
      assertEquals(result.first(), result.worst());
      assertEquals("dst", result.first().tensor());
      assertEquals(
          0.25,
          result.first().actual().doubleValue() - result.first().expected().doubleValue(),
          1e-5);
      assertTrue(result.worstOverBound() > 1);
      assertTrue(result.toString().startsWith("FAILED: Conv2d("), result::toString);
      assertTrue(result.toString().contains("first difference at conv2d forward"));
      assertTrue(result.toString().contains("dst [1, 4, 3, 5]: "), result::toString);
    }
  }

  @Test
  void firstAndWorstAreDifferentThings() {
    CrossCheckResult result =
        broken(
            DataKind.REAL,
            dst -> {
              dst.set(7, dst.get(7) + 1);
              dst.set(AT, dst.get(AT) - 100);
            });
    assertEquals(List.of(0L, 0L, 0L, 7L), result.first().coordinates());
    assertEquals(List.of(1L, 4L, 3L, 5L), result.worst().coordinates());
    assertEquals(100, result.worstAbsolute(), 1e-3);
  }

  @Test
  void aNanAnUlpAndASwappedAxisAreObjectedTo() {
    Consumer<Tensor> swapped =
        dst -> {
          float[] values = dst.toArray();
          float[] turned = values.clone();
          for (int i = 0; i < 81; i++) {
            turned[i % 9 * 9 + i / 9] = values[i];
          }
          dst.set(turned);
        };
    for (DataKind data : DataKind.values()) {
      CrossCheckResult nan = broken(data, dst -> dst.set(AT, Float.NaN));
      assertFalse(nan.passed());
      assertEquals(Double.POSITIVE_INFINITY, nan.worstAbsolute());
      assertFalse(broken(data, swapped).passed());
    }
    Consumer<Tensor> ulp = dst -> dst.set(AT, Math.nextUp(dst.get(AT)));
    CrossCheckResult result = broken(DataKind.EXACT, ulp);
    assertFalse(result.passed());
    assertEquals(1, result.worstUlps());
  }

  @Test
  void resultsThatAreAlmostAllZeroFail() {
    try (Conv2d conv = Conv2d.builder(3, 6, 3).relu(true).seed(1).build()) {
      conv.bias().fill(-100);
      CrossCheckResult result =
          CrossCheck.of(conv).shape(1, 3, 9, 9).ownParameters().directions(Direction.FORWARD).run();
      assertFalse(result.passed());
      assertTrue(result.objections().get(0).contains("dst [1, 6, 7, 7] is 0"), result::toString);
      assertTrue(result.replay().contains(".ownParameters()"), result::replay);
    }
  }

  /** A layer that is not what its kernels compute. */
  private static final class Treacherous implements Layer {
    private final ReLU relu = new ReLU();
    private Kernels backend = NATIVE;

    @Override
    public Tensor forward(Tensor src) {
      Tensor dst = Tensor.empty(src.shape());
      forward(src, dst);
      return dst;
    }

    @Override
    public void forward(Tensor src, Tensor dst) {
      relu.forward(src, dst);
      dst.set(4, backend.backend().equals("native") ? 1 : 2);
    }

    @Override
    public Tensor backward(Tensor diffDst) {
      return relu.backward(diffDst);
    }

    @Override
    public void backward(Tensor diffDst, Tensor diffSrc) {
      relu.backward(diffDst, diffSrc);
    }

    @Override
    public Shape outputShape(Shape src) {
      return src;
    }

    @Override
    public List<Parameter> parameters() {
      return List.of();
    }

    @Override
    public Optional<Kernels> kernels() {
      return Optional.of(backend);
    }

    @Override
    public Layer kernels(Kernels other) {
      backend = other;
      relu.kernels(other);
      return this;
    }

    @Override
    public Layer train() {
      return this;
    }

    @Override
    public Layer eval() {
      return this;
    }

    @Override
    public boolean isTraining() {
      return true;
    }

    @Override
    public void close() {
      relu.close();
    }
  }

  @Test
  void whatIsWrongBetweenTheCallsShowsEndToEnd() {
    try (Treacherous layer = new Treacherous()) {
      CrossCheckResult result =
          CrossCheck.of(layer).shape(2, 40).directions(Direction.FORWARD).run();
      assertFalse(result.passed());
      assertNull(result.first());
      assertTrue(result.objections().get(0).contains("end to end, dst: 1 of 80"), result::toString);
      assertTrue(result.replay().startsWith("CrossCheck.of(module)"), result::replay);
    }
  }

  /** Each call is verified in the format of the whole, as far as it has images. */
  @Test
  void imagesMayLieChannelsLast() {
    try (Sequential net = net();
        Tensor src = Fixtures.reals(3, "src", Shape.of(2, 3, 8, 10));
        Tensor turned = src.to(MemoryFormat.CHANNELS_LAST)) {
      for (DataKind data : DataKind.values()) {
        CrossCheckResult planes = CrossCheck.of(net).shape(2, 3, 8, 10).seed(7).data(data).run();
        CrossCheckResult result =
            CrossCheck.of(net)
                .shape(2, 3, 8, 10)
                .memoryFormat(MemoryFormat.CHANNELS_LAST)
                .seed(7)
                .data(data)
                .run();
        assertTrue(result.passed(), result::toString);
        assertEquals(planes.worstOverBound(), result.worstOverBound());
        assertTrue(result.replay().contains(" --format nhwc"), result::replay);
        assertFalse(planes.replay().contains(" --format nhwc"), planes::replay);
        for (String name : List.of("conv2d", "relu", "maxpool2d", "dropout")) {
          assertTrue(
              result.operations().stream()
                  .filter(check -> check.operation().name().equals(name))
                  .allMatch(check -> check.operation().replay().contains(" --format nhwc")),
              name);
        }
      }
      CrossCheckResult own = CrossCheck.of(net).input(turned).seed(7).run();
      assertTrue(own.passed(), own::toString);
      assertFalse(own.replay().contains("memoryFormat"), own::replay);
    }
    Shape images = Shape.of(2, 5, 3, 4);
    for (String text :
        List.of(
            "CrossEntropyLoss(mean=true, weighted=true, ignoreIndex=2, labelSmoothing=0.1)",
            "MSELoss(SUM)",
            "MaxUnpool2d(kernelSize=2x2, stride=2x2, padding=0,0,0,0)")) {
      CrossCheckResult result =
          CrossCheck.of(text, images, true).memoryFormat(MemoryFormat.CHANNELS_LAST).run();
      assertTrue(result.passed(), result::toString);
      assertTrue(
          result.operations().stream()
              .allMatch(check -> check.operation().replay().contains(" --format nhwc")),
          result::toString);
    }
    try (Conv2d conv = conv()) {
      CrossCheck check =
          CrossCheck.of(conv)
              .shape(2, 3, 9, 9)
              .memoryFormat(MemoryFormat.CHANNELS_LAST)
              .algorithm("rows")
              .directions(Direction.FORWARD);
      assertTrue(check.run().passed());
      CrossCheckResult wrong = check.tested(broken(dst -> dst.set(AT, dst.get(AT) + 0.25f))).run();
      assertFalse(wrong.passed());
      assertEquals(List.of(1L, 4L, 3L, 5L), wrong.first().coordinates());
      assertTrue(
          wrong.replay().contains(".memoryFormat(MemoryFormat.CHANNELS_LAST)"), wrong::replay);
      assertThrows(IllegalArgumentException.class, () -> check.shape(4, 9).run());
    }
  }

  @Test
  void lossesAndUnpoolingAreModules() {
    try (Tensor weights = Tensor.of(new float[] {1, 2, 0.5f, 3, 1}, 5)) {
      CrossEntropyLoss entropy =
          CrossEntropyLoss.builder().weight(weights).labelSmoothing(0.2).ignoreIndex(2).build();
      List<CrossCheck> checks =
          List.of(
              CrossCheck.of(entropy).shape(20, 5),
              CrossCheck.of(new MSELoss(Reduction.SUM, NATIVE)).shape(20, 5),
              CrossCheck.of(MaxUnpool2d.builder(2).build()).shape(2, 3, 4, 5));
      for (CrossCheck check : checks) {
        for (DataKind data : DataKind.values()) {
          CrossCheckResult result = check.data(data).seed(3).run();
          assertTrue(result.passed(), result::toString);
          assertTrue(result.operations().size() >= 1);
        }
      }
    }
  }

  @Test
  void theHeatMapShowsWhereTheErrorIs() throws IOException {
    Path file = folder.resolve("error.png");
    try (Conv2d conv = conv()) {
      CrossCheck check =
          CrossCheck.of(conv)
              .shape(2, 3, 9, 9)
              .seed(7)
              .algorithm("rows")
              .directions(Direction.FORWARD)
              .heatMap(file);
      check.tested(broken(dst -> dst.set(AT, dst.get(AT) + 1))).run();
      BufferedImage image = ImageIO.read(file.toFile());
      // Nine cells of 40 pixels a row: one of them is white, and the top of the scale.
      assertTrue(count(image, 0xFFFFFF) >= 1600 && count(image, 0xFFFFFF) < 1800);
      assertEquals(0, count(image, 0x2080FF));
      check.tested(broken(dst -> dst.set(AT, Float.NaN))).run();
      assertEquals(1600, count(ImageIO.read(file.toFile()), 0x2080FF));
      check.plane(1, 4).run();
      assertEquals(1600, count(ImageIO.read(file.toFile()), 0x2080FF));
      check.plane(0, 0).run();
      assertEquals(0, count(ImageIO.read(file.toFile()), 0x2080FF));
      assertThrows(IllegalArgumentException.class, () -> check.plane(2, 0).run());
      assertThrows(IllegalArgumentException.class, () -> check.heatMap(file, "gradient").run());
    }
  }

  private static int count(BufferedImage image, int color) {
    int count = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        count += (image.getRGB(x, y) & 0xFFFFFF) == color ? 1 : 0;
      }
    }
    return count;
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    try (Conv2d conv = conv()) {
      assertThrows(IllegalStateException.class, () -> CrossCheck.of(conv).run());
      assertThrows(
          IllegalArgumentException.class, () -> CrossCheck.of(conv).shape(1, 4, 9, 9).run());
      conv.eval();
      assertThrows(
          IllegalArgumentException.class,
          () -> CrossCheck.of(conv).shape(1, 3, 9, 9).directions(Direction.BACKWARD_DATA).run());
    }
    Shape shape = Shape.of(2, 3);
    for (String text :
        List.of(
            "Linear(3, 4)",
            "Linear(3, x, bias=true)",
            "Linear(3, 4, bias=maybe)",
            "Lineal(3, 4)",
            "ReLU",
            "ReLU() ReLU()",
            "Sequential( (0): ReLU()",
            "MSELoss(HALF)",
            "Conv2d(3, 4, kernelSize=3)",
            "")) {
      assertThrows(
          IllegalArgumentException.class, () -> CrossCheck.of(text, shape, true), "'" + text + "'");
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> new ModuleCase("wrong", "Linear(4, 2, bias=true)", shape, true));
  }

  /** The command that a result ends with has to find what the check found. */
  @Test
  void theCommandLineHasTheSameData() {
    Shape shape = Shape.of(2, 40);
    CrossCheckResult result =
        CrossCheck.of("Tanh()", shape, true).seed(5).data(DataKind.REAL).run();
    Validation.Combinations one =
        new Validation.Combinations(
            List.of(Direction.values()),
            List.of(DataKind.REAL),
            null,
            List.of(Conv4j.isa()),
            List.of(1),
            List.of(MemoryFormat.CONTIGUOUS),
            0,
            5);
    Validation.Summary summary =
        new Validation(NATIVE, one)
            .run(List.of(new ModuleCase("tanh", "Tanh()", shape, true)), () -> {});
    assertEquals(result.worstOverBound(), summary.worstOverBound());
    assertTrue(result.worstOverBound() > 0);
  }

  /** One module of every kind, as the command line draws them. */
  static List<KernelCase> modules() {
    return modules(Fixtures.seed());
  }

  private static List<KernelCase> modules(long seed) {
    RandomModules random = new RandomModules(seed, 20_000);
    List<KernelCase> cases = new ArrayList<>();
    for (String operation : ModuleCase.OPERATIONS) {
      ModuleCase next = random.next(operation, "random");
      while (next.input().elements() == 0 || !next.training()) {
        next = random.next(operation, "random");
      }
      cases.add(next);
    }
    return cases;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("modules")
  void textsAreReadAsTheyWereWritten(KernelCase shape) {
    ModuleCase module = (ModuleCase) shape;
    CrossCheckResult result =
        CrossCheck.of(module.text(), module.input(), module.training()).seed(3).run();
    assertEquals(module.text(), result.module());
    assertTrue(result.objections().stream().allMatch(o -> o.contains(" is 0, ")), result::toString);
    assertTrue(
        result.replay().contains(" --module '" + module.text() + "' --input "), result::replay);
    assertEquals(!module.training(), result.replay().contains(" --eval"));
  }

  @Test
  void everyOperationOfModulesIsChecked() {
    Kernels spoilt = spoilt();
    for (KernelCase shape : modules(11)) {
      if (shape.operation().equals("flatten")) {
        continue; // moves nothing that kernels could spoil
      }
      Validation.Combinations one =
          new Validation.Combinations(
              List.of(Direction.values()),
              List.of(DataKind.values()),
              null,
              List.of(Conv4j.isa()),
              List.of(1),
              List.of(MemoryFormat.values()),
              0,
              7);
      Validation.Summary right = new Validation(NATIVE, one).run(List.of(shape), () -> {});
      assertEquals(List.of(), right.failures(), shape::toString);
      Shape input = ((ModuleCase) shape).input();
      boolean signals = shape.operation().endsWith("1d") || shape.operation().equals("linear");
      if (input.rank() == 4 && !signals) {
        assertEquals(0, right.notApplicable(), shape::toString);
      } else if (signals || input.rank() < 3) {
        assertEquals(right.runs(), right.notApplicable(), shape::toString);
      }
      Validation.Summary wrong = new Validation(spoilt, one).run(List.of(shape), () -> {});
      assertEquals(right.runs(), wrong.different(), shape::toString);
    }
  }

  /** Native kernels that spoil an element of the last tensor of each call. */
  private static Kernels spoilt() {
    return (Kernels) spoilt(Kernels.class, NATIVE);
  }

  private static Object spoilt(Class<?> type, Object target) {
    return Proxy.newProxyInstance(
        type.getClassLoader(),
        new Class<?>[] {type},
        (proxy, method, arguments) -> {
          Object result;
          try {
            method.setAccessible(true);
            result = method.invoke(target, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
          boolean computes = method.getReturnType() == void.class && arguments != null;
          for (int i = computes ? arguments.length - 1 : -1; i >= 0; i--) {
            if (!method.getName().equals("prepare")
                && arguments[i] instanceof Tensor tensor
                && tensor.elements() > 0) {
              float value = tensor.get(0);
              tensor.set(0, Float.isNaN(value) || Float.isInfinite(value) ? 0 : Float.NaN);
              break;
            }
          }
          if (result instanceof Double number) {
            return number + 1;
          }
          if (!(result instanceof Plan plan)) {
            return result;
          }
          for (Class<?> of = plan.getClass(); of != null; of = of.getSuperclass()) {
            for (Class<?> contract : of.getInterfaces()) {
              if (contract != Plan.class && Plan.class.isAssignableFrom(contract)) {
                return spoilt(contract, plan);
              }
            }
          }
          return result;
        });
  }

  @Test
  void theReferenceAgreesWithItself() {
    try (Sequential net = net()) {
      CrossCheckResult result =
          CrossCheck.of(net).shape(2, 3, 8, 10).tested(ReferenceKernels.instance()).run();
      assertTrue(result.passed(), result::toString);
      assertEquals(0, result.worstAbsolute());
    }
  }
}
