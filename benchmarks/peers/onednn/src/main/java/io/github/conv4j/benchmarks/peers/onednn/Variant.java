package io.github.conv4j.benchmarks.peers.onednn;

import java.util.List;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.desc;
import org.bytedeco.dnnl.primitive;

/**
 * One way in which oneDNN can compute something.
 *
 * @param primitive what runs
 * @param implementation its name
 * @param arguments its tensors, the result among them
 * @param workspace of max pooling's gradient; null if there is none
 */
record Variant(
    primitive primitive, String implementation, List<Argument> arguments, memory workspace) {

  /**
   * A tensor of the primitive.
   *
   * @param id oneDNN's number for its role
   * @param plain how the user has it
   * @param own how the primitive wants it
   * @param values what it holds; null for the result
   * @param kept whether a change of format happens once, beforehand, as for weights
   */
  record Argument(int id, desc plain, desc own, float[] values, boolean kept) {}

  boolean isPlainLoops() {
    return implementation.contains("ref");
  }

  /** Whether the other one would do just the same. */
  boolean equivalent(Variant other) {
    if (!implementation.equals(other.implementation)) {
      return false;
    }
    for (int i = 0; i < arguments.size(); i++) {
      if (!arguments.get(i).own.equals(other.arguments.get(i).own)) {
        return false;
      }
    }
    return true;
  }

  static void addNew(List<Variant> variants, Variant variant) {
    if (variants.stream().noneMatch(variant::equivalent)) {
      variants.add(variant);
    }
  }
}
