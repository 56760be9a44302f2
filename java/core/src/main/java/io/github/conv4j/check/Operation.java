package io.github.conv4j.check;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.kernel.Direction;

/**
 * One call of kernels, as messages name it.
 *
 * @param name what was computed, for instance {@code conv2d}
 * @param direction which way
 * @param algorithm the algorithm that ran
 * @param isa the instruction set that it ran on
 * @param selection what has the command line run the same operation on the same extents: options of
 *     {@code validate}
 */
public record Operation(
    String name, Direction direction, String algorithm, String isa, String selection) {

  /** The operation on images that lie in a format, which the command asks for. */
  Operation in(MemoryFormat format) {
    if (name.equals("axpy")) {
      return this; // the command runs a fully connected layer, which has no images
    }
    return new Operation(name, direction, algorithm, isa, selection + Replay.format(format));
  }

  /** The command that runs this operation on seeded numbers; those of the call are not in it. */
  public String replay() {
    return Replay.COMMAND
        + selection
        + " --direction "
        + direction.label()
        + (isa.equals("java") ? "" : " --isa " + isa);
  }

  @Override
  public String toString() {
    return name + " " + direction.label() + " (" + algorithm + " on " + isa + ")";
  }
}
