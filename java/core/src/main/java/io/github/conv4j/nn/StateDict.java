package io.github.conv4j.nn;

import io.github.conv4j.Tensor;
import io.github.conv4j.internal.NamedTensors;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Reads and writes the tensors of a layer by PyTorch's keys. */
final class StateDict {
  private StateDict() {}

  /** The layer's own tensors, parameters first. */
  static Map<String, Tensor> of(Layer layer) {
    Map<String, Tensor> state = new LinkedHashMap<>();
    layer.parameters().forEach(parameter -> state.put(parameter.name(), parameter.value()));
    layer.buffers().forEach(buffer -> state.put(buffer.name(), buffer.value()));
    return state;
  }

  /** Copies state into the layer's tensors, all or, where that is refused, none. */
  static IncompatibleKeys load(Layer layer, Map<String, Tensor> state, boolean strict) {
    Objects.requireNonNull(state, "state");
    NamedTensors.Difference difference =
        NamedTensors.copy("layer", layer.stateDict(), state, strict);
    if (!layer.isTraining()) {
      layer.eval(); // what was prepared or folded is of the weights before
    }
    return new IncompatibleKeys(difference.missing(), difference.unexpected());
  }

  /** Refuses states of other random generators than the layer has. */
  static void requireGenerators(Layer layer, Map<String, Long> states) {
    Set<String> own = layer.generatorStates().keySet();
    if (!states.keySet().equals(own) || states.containsValue(null)) {
      throw new IllegalArgumentException(
          "the state has generators " + states.keySet() + "; the layer has " + own);
    }
  }
}
