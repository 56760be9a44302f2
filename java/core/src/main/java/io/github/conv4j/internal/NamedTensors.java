package io.github.conv4j.internal;

import io.github.conv4j.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Copies tensors by their names into others, all or none. */
public final class NamedTensors {
  private NamedTensors() {}

  /**
   * What only one of two sets of names has.
   *
   * @param missing names that only the target has
   * @param unexpected names that only the source has
   */
  public record Difference(List<String> missing, List<String> unexpected) {}

  /**
   * Copies what both have.
   *
   * @param owner what the targets belong to, for the message
   * @param targets modified, unless the source is refused
   * @param source not modified
   * @param strict whether a name that only one of the two has is refused
   * @throws IllegalArgumentException naming every tensor that does not fit
   */
  public static Difference copy(
      String owner, Map<String, Tensor> targets, Map<String, Tensor> source, boolean strict) {
    List<String> missing =
        targets.keySet().stream().filter(name -> !source.containsKey(name)).toList();
    List<String> unexpected =
        source.keySet().stream().filter(name -> !targets.containsKey(name)).toList();
    List<String> unfit = new ArrayList<>();
    targets.forEach(
        (name, target) -> {
          if (source.containsKey(name)) {
            String reason = misfit(target, source.get(name));
            if (reason != null) {
              unfit.add(name + " (" + reason + ")");
            }
          }
        });
    if (!unfit.isEmpty() || (strict && !(missing.isEmpty() && unexpected.isEmpty()))) {
      throw new IllegalArgumentException(
          "the state does not fit the "
              + owner
              + ", which is left as it was"
              + line("missing", strict ? missing : List.of())
              + line("unexpected", strict ? unexpected : List.of())
              + line("not fitting", unfit));
    }
    targets.forEach(
        (name, target) -> {
          Tensor from = source.get(name);
          if (from != null && from != target) {
            target.set(from);
          }
        });
    return new Difference(missing, unexpected);
  }

  /** Why a tensor cannot be copied into another; null if it can. */
  private static String misfit(Tensor target, Tensor from) {
    if (from == null) {
      return "null";
    }
    if (!from.shape().equals(target.shape())) {
      return "shape " + from.shape() + "; it must be " + target.shape();
    }
    return from.isClosed() || target.isClosed() ? "closed" : null;
  }

  private static String line(String kind, List<String> names) {
    return names.isEmpty() ? "" : "\n  " + kind + ": " + String.join(", ", names);
  }
}
