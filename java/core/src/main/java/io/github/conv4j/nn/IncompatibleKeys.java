package io.github.conv4j.nn;

import java.util.List;

/**
 * What a state and a layer do not have in common, after loading that was not strict.
 *
 * @param missing keys of the layer that the state lacks; these tensors stayed as they were
 * @param unexpected keys of the state that the layer does not have; these were not read
 */
public record IncompatibleKeys(List<String> missing, List<String> unexpected) {
  /** Copies the lists. */
  public IncompatibleKeys {
    missing = List.copyOf(missing);
    unexpected = List.copyOf(unexpected);
  }
}
