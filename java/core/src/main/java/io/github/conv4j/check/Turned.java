package io.github.conv4j.check;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Tensor;
import java.util.function.BiConsumer;

/** Runs plans on images that lie in another format than those of a check. */
final class Turned {
  private Turned() {}

  /**
   * Runs on two images in a format: on the tensors themselves where they are contiguous, else on
   * copies, both of which are brought back afterwards, so that the check sees what was not written
   * and what was written by mistake.
   */
  static void run(MemoryFormat format, Tensor a, Tensor b, BiConsumer<Tensor, Tensor> plan) {
    if (format == MemoryFormat.CONTIGUOUS) {
      plan.accept(a, b);
      return;
    }
    try (Tensor turnedA = a.to(format);
        Tensor turnedB = b.to(format)) {
      try {
        plan.accept(turnedA, turnedB);
      } finally {
        a.set(turnedA);
        b.set(turnedB);
      }
    }
  }
}
