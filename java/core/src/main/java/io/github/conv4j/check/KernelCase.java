package io.github.conv4j.check;

import io.github.conv4j.kernel.Direction;
import java.util.List;

/** A named geometry of one operation, as a line of a shape file gives it. */
public sealed interface KernelCase
    permits Conv2dCase,
        ConvTranspose2dCase,
        MaxPool2dCase,
        MinPool2dCase,
        AvgPool2dCase,
        AdaptiveMaxPool2dCase,
        ModuleCase {
  /** What the command line calls the operation, for instance {@code conv2d}. */
  String operation();

  /** For people; the first column of a shape file. */
  String name();

  /** The extents in the order of the shape file's columns, the name left out. */
  String extents();

  /** What the operation can compute. */
  List<Direction> directions();

  /** The native algorithms for a direction, in the order in which they are considered. */
  List<String> algorithms(Direction direction);

  /**
   * A check of this geometry.
   *
   * @param direction one of {@link #directions}
   * @param data the kind of numbers
   * @param seed together with the geometry it decides on all numbers
   * @param sample how many elements of a result the reference computes, corners and edges first; 0
   *     for all
   */
  KernelCheck check(Direction direction, DataKind data, long seed, long sample);

  /** The options of the command line that choose this operation and geometry. */
  default String selection() {
    return "--op " + operation() + " --geometry " + extents();
  }

  /** This case and those of other operations that its geometry suits just as well. */
  default List<KernelCase> related() {
    return List.of(this);
  }
}
