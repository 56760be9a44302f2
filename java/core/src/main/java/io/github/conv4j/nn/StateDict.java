package io.github.conv4j.nn;

import io.github.conv4j.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

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
    Map<String, Tensor> own = layer.stateDict();
    List<String> missing = new ArrayList<>();
    List<String> unexpected = new ArrayList<>();
    List<String> unfit = new ArrayList<>();
    own.keySet().stream().filter(key -> !state.containsKey(key)).forEach(missing::add);
    state.forEach(
        (key, value) -> {
          Tensor target = own.get(key);
          if (target == null) {
            unexpected.add(key);
          } else if (value == null || !value.shape().equals(target.shape())) {
            unfit.add(
                key
                    + " ("
                    + (value == null ? "null" : "shape " + value.shape())
                    + "; it must be "
                    + target.shape()
                    + ")");
          } else if (value.isClosed() || target.isClosed()) {
            unfit.add(key + " (closed)");
          }
        });
    if (!unfit.isEmpty() || (strict && !(missing.isEmpty() && unexpected.isEmpty()))) {
      throw new IllegalArgumentException(
          "the state does not fit the layer, which is left as it was"
              + line("missing", strict ? missing : List.of())
              + line("unexpected", strict ? unexpected : List.of())
              + line("not fitting", unfit));
    }
    for (Map.Entry<String, Tensor> entry : state.entrySet()) {
      Tensor target = own.get(entry.getKey());
      if (target != null && target != entry.getValue()) {
        target.set(entry.getValue());
      }
    }
    if (!layer.isTraining()) {
      layer.eval(); // what was prepared or folded is of the weights before
    }
    return new IncompatibleKeys(missing, unexpected);
  }

  private static String line(String kind, List<String> keys) {
    return keys.isEmpty() ? "" : "\n  " + kind + ": " + String.join(", ", keys);
  }
}
