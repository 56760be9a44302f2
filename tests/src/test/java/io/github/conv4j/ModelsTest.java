package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.models.Cnn64;
import io.github.conv4j.models.LeNet5;
import io.github.conv4j.models.Mlp;
import io.github.conv4j.models.Vgg;
import io.github.conv4j.nn.Parameter;
import io.github.conv4j.nn.Sequential;
import io.github.conv4j.nn.Summary;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Networks have the parameters, names and initial values that they are known for. */
class ModelsTest {
  private static void assertParameters(long expected, Sequential net, long... input) {
    try (net) {
      assertEquals(expected, net.summary(Shape.of(input)).parameters());
      assertEquals(expected, net.parameters().stream().mapToLong(p -> p.value().elements()).sum());
    }
  }

  @Test
  void parametersOfTheLecturesNetworks() {
    assertParameters(37, Mlp.create(1, 2, 4, 4, 1), 5, 2);
    assertParameters(62, Mlp.create(1, 2, 4, 4, 6), 5, 2);
    assertParameters(7_850, Mlp.create(1, 784, 10), 5, 1, 28, 28);
    assertParameters(89_610, Mlp.create(1, 784, 100, 100, 10), 5, 784);
    assertParameters(61_706, LeNet5.create(1), 5, 1, 28, 28);
    assertParameters(391_466, Cnn64.create(10, 1), 5, 3, 64, 64);
  }

  @ParameterizedTest
  @CsvSource({"13, 133047848", "19, 143667240"})
  void parametersOfVgg(int layers, long parameters) {
    assertParameters(parameters, Vgg.create(layers, 1), 1, 3, 224, 224);
  }

  @Test
  void vgg11() {
    try (Sequential net = Vgg.create(11, 1)) {
      assertEquals(
          IntStream.of(0, 3, 6, 8, 11, 13, 16, 18)
              .mapToObj(i -> List.of("features." + i + ".weight", "features." + i + ".bias"))
              .flatMap(List::stream)
              .toList(),
          List.copyOf(net.stateDict().keySet()).subList(0, 16));
      assertEquals(Shape.of(2, 1000), net.outputShape(Shape.of(2, 3, 32, 32)));
      assertEquals(Shape.of(1000), net.outputShape(Shape.of(3, 50, 224)));
      assertThrows(IllegalArgumentException.class, () -> net.outputShape(Shape.of(1, 3, 31, 32)));
      Summary summary = net.summary(Shape.of(1, 3, 224, 224));
      assertEquals(132_863_336, summary.parameters());
      // torchvision states 7.61 GFLOPS, by which it means multiply-adds.
      assertEquals(7.61e9, summary.multiplyAdds(), 0.01e9);
      assertEquals("avgpool", summary.rows().get(21).name());
      assertEquals(
          List.of("classifier.2.generator", "classifier.5.generator"),
          List.copyOf(net.generatorStates().keySet()));
    }
  }

  @Test
  void vgg16() {
    try (Sequential net = Vgg.create(16, 7, 1)) {
      List<String> keys = List.copyOf(net.stateDict().keySet());
      assertEquals("features.28.weight", keys.get(24));
      assertEquals(
          List.of(
              "classifier.0.weight",
              "classifier.0.bias",
              "classifier.3.weight",
              "classifier.3.bias",
              "classifier.6.weight",
              "classifier.6.bias"),
          keys.subList(26, keys.size()));
      assertEquals(Shape.of(7, 4096), net.stateDict().get("classifier.6.weight").shape());
      assertEquals(
          138_357_544 - 993 * 4097,
          net.parameters().stream().mapToLong(p -> p.value().elements()).sum());
      assertVggValues(net);
    }
  }

  private static List<String> keys(Sequential net) {
    try (net) {
      return List.copyOf(net.stateDict().keySet());
    }
  }

  @Test
  void keysAreThoseThatPytorchsUsersKnow() {
    assertEquals(
        List.of("conv1", "conv2", "fc1", "fc2", "fc3").stream()
            .flatMap(name -> List.of(name + ".weight", name + ".bias").stream())
            .toList(),
        keys(LeNet5.create(1)));
    assertEquals(
        List.of("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"), keys(Mlp.create(1, 3, 4, 2)));
    assertTrue(keys(Cnn64.create(10, 1)).contains("features.13.num_batches_tracked"));
  }

  /** Normal with the deviation sqrt(2 / fan_out), or 0.01; biases are 0. */
  private static void assertVggValues(Sequential net) {
    for (Parameter parameter : net.parameters()) {
      float[] values = parameter.value().toArray();
      if (parameter.name().endsWith("bias")) {
        assertArrayEquals(new float[values.length], values);
        continue;
      }
      long[] dims = parameter.value().shape().toArray();
      double deviation = dims.length == 2 ? 0.01 : Math.sqrt(2.0 / (dims[0] * 9));
      double sum = 0;
      double squares = 0;
      long beyond = 0;
      for (float value : values) {
        double x = value / deviation;
        sum += x;
        squares += x * x;
        beyond += Math.abs(x) > 2 ? 1 : 0;
      }
      // Six standard deviations of the mean, of the variance and of the share beyond 2 (4.55 %).
      double n = values.length;
      String name = parameter.name();
      assertEquals(0, sum / n, 6 / Math.sqrt(n), name);
      assertEquals(1, squares / n, 6 * Math.sqrt(2 / n), name);
      assertEquals(0.0455, beyond / n, 6 * Math.sqrt(0.0455 / n), name);
    }
  }

  @Test
  void aSeedGivesTheSameNetworkAndAnotherOneAnother() {
    try (Sequential first = Cnn64.create(10, 5);
        Sequential same = Cnn64.create(10, 5);
        Sequential other = Cnn64.create(10, 6);
        Sequential lenet = LeNet5.create(5)) {
      for (String key : first.stateDict().keySet()) {
        float[] values = first.stateDict().get(key).toArray();
        assertArrayEquals(values, same.stateDict().get(key).toArray(), key);
        if (key.matches("features\\.(0|4|8|12)\\.weight|fc.*")) {
          assertFalse(Arrays.equals(values, other.stateDict().get(key).toArray()), key);
        }
      }
      for (Parameter parameter : lenet.parameters()) {
        String weight = parameter.name().replace("bias", "weight");
        Shape shape = lenet.stateDict().get(weight).shape();
        double bound = 1 / Math.sqrt((double) shape.elements() / shape.dim(0));
        double largest = 0;
        for (float value : parameter.value().toArray()) {
          largest = Math.max(largest, Math.abs(value));
        }
        assertTrue(largest <= bound && largest > bound / 2, parameter.name() + ": " + largest);
      }
    }
  }

  @Test
  void wrongSettingsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Vgg.create(12, 1));
    assertThrows(IllegalArgumentException.class, () -> Vgg.create(11, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> Cnn64.create(0, 1));
    assertThrows(IllegalArgumentException.class, () -> Mlp.create(1, 7));
    assertThrows(IllegalArgumentException.class, () -> Mlp.create(1, 7, 0));
  }
}
