package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.nn.BatchNorm2d;
import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.Flatten;
import io.github.conv4j.nn.IncompatibleKeys;
import io.github.conv4j.nn.Linear;
import io.github.conv4j.nn.Parameter;
import io.github.conv4j.nn.ReLU;
import io.github.conv4j.nn.Sequential;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** States by PyTorch's keys: read, loaded whole or not at all. */
class StateDictTest {
  private static final Shape SRC = Shape.of(2, 1, 4, 5);

  private static Sequential network(long seed) {
    return Sequential.builder()
        .add(
            "features",
            Sequential.of(
                Conv2d.builder(1, 3, 3).padding(1).seed(seed).build(),
                BatchNorm2d.builder(3).build(),
                new ReLU()))
        .add(new Flatten())
        .add("head", Linear.builder(3 * 4 * 5, 2).seed(seed + 1).build())
        .build();
  }

  private static List<float[]> values(Sequential net) {
    List<float[]> values = new ArrayList<>();
    net.stateDict().values().forEach(tensor -> values.add(tensor.toArray()));
    return values;
  }

  private static void assertSameValues(List<float[]> expected, Sequential net) {
    List<float[]> found = values(net);
    assertEquals(expected.size(), found.size());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), found.get(i));
    }
  }

  @Test
  void keysAndTheirOrderArePytorchs() {
    try (Sequential net = network(1)) {
      Map<String, Tensor> state = net.stateDict();
      assertEquals(
          List.of(
              "features.0.weight",
              "features.0.bias",
              "features.1.weight",
              "features.1.bias",
              "features.1.running_mean",
              "features.1.running_var",
              "features.1.num_batches_tracked",
              "head.weight",
              "head.bias"),
          List.copyOf(state.keySet()));
      assertEquals(Shape.of(), state.get("features.1.num_batches_tracked").shape());
      for (Parameter parameter : net.parameters()) {
        assertSame(parameter.value(), state.get(parameter.name()));
      }
    }
  }

  @Test
  void aLoadedNetworkComputesTheSame() {
    try (Sequential from = network(1);
        Sequential to = network(2);
        Tensor src = Fixtures.reals(3, "src", SRC)) {
      for (int pass = 0; pass < 3; pass++) {
        from.forward(src).close();
      }
      to.eval();
      try (Tensor other = to.forward(src)) {
        assertFalse(to.isTraining());
        IncompatibleKeys keys = to.loadStateDict(from.stateDict(), true);
        assertEquals(new IncompatibleKeys(List.of(), List.of()), keys);
        from.eval();
        try (Tensor expected = from.forward(src);
            Tensor found = to.forward(src)) {
          assertArrayEquals(expected.toArray(), found.toArray());
          assertFalse(Arrays.equals(expected.toArray(), other.toArray()));
        }
      }
      BatchNorm2d norm = (BatchNorm2d) ((Sequential) to.layers().get(0)).layers().get(1);
      assertEquals(3, norm.numBatchesTracked());
      to.train();
      to.forward(src).close();
      assertEquals(4, norm.numBatchesTracked());
      assertEquals(4, to.stateDict().get("features.1.num_batches_tracked").get(0));
      assertEquals(3, from.stateDict().get("features.1.num_batches_tracked").get(0));
    }
  }

  @Test
  void aStateCanBeLoadedIntoTheNetworkItIsOf() {
    try (Sequential net = network(1)) {
      List<float[]> before = values(net);
      net.loadStateDict(net.stateDict(), true);
      assertSameValues(before, net);
    }
  }

  @Test
  void everyKeyThatDoesNotFitIsNamedAndNothingChanges() {
    Tensor closed = Tensor.zeros(3);
    closed.close();
    try (Sequential from = network(1);
        Sequential to = network(2);
        Tensor wide = Tensor.zeros(2, 61)) {
      Map<String, Tensor> state = new LinkedHashMap<>(from.stateDict());
      state.remove("features.0.bias");
      state.remove("features.1.running_var");
      state.put("features.3.weight", wide);
      state.put("head.weight", wide);
      state.put("features.1.bias", closed);
      List<float[]> before = values(to);
      String message =
          assertThrows(IllegalArgumentException.class, () -> to.loadStateDict(state, true))
              .getMessage();
      for (String part :
          List.of(
              "missing: features.0.bias, features.1.running_var",
              "unexpected: features.3.weight",
              "head.weight (shape [2, 61]; it must be [2, 60])",
              "features.1.bias (closed)")) {
        assertTrue(message.contains(part), message);
      }
      assertSameValues(before, to);
      String lenient =
          assertThrows(IllegalArgumentException.class, () -> to.loadStateDict(state, false))
              .getMessage();
      assertTrue(lenient.contains("head.weight") && !lenient.contains("missing"), lenient);
      assertSameValues(before, to);
    }
  }

  @Test
  void withoutStrictnessWhatBothHaveIsLoaded() {
    try (Sequential from = network(1);
        Sequential to = network(2);
        Tensor extra = Tensor.zeros(7)) {
      Map<String, Tensor> state = new LinkedHashMap<>();
      state.put("head.weight", from.stateDict().get("head.weight"));
      state.put("other", extra);
      float[] bias = to.stateDict().get("head.bias").toArray();
      IncompatibleKeys keys = to.loadStateDict(state, false);
      assertEquals(List.of("other"), keys.unexpected());
      assertEquals(8, keys.missing().size());
      assertFalse(keys.missing().contains("head.weight"));
      assertArrayEquals(
          from.stateDict().get("head.weight").toArray(),
          to.stateDict().get("head.weight").toArray());
      assertArrayEquals(bias, to.stateDict().get("head.bias").toArray());
    }
  }

  @Test
  void theAverageOverAllBatchesGoesOnWhereItWas() {
    try (BatchNorm2d whole = BatchNorm2d.builder(1).withoutMomentum().build();
        BatchNorm2d first = BatchNorm2d.builder(1).withoutMomentum().build();
        BatchNorm2d second = BatchNorm2d.builder(1).withoutMomentum().build()) {
      for (int pass = 0; pass < 4; pass++) {
        try (Tensor src = Fixtures.reals(pass, "src", Shape.of(2, 1, 3, 3))) {
          whole.forward(src).close();
          if (pass == 2) {
            second.loadStateDict(first.stateDict(), true);
          }
          (pass < 2 ? first : second).forward(src).close();
        }
      }
      assertEquals(4, second.numBatchesTracked());
      assertEquals(whole.runningMean().get(0), second.runningMean().get(0));
      assertEquals(whole.runningVar().get(0), second.runningVar().get(0));
    }
  }
}
