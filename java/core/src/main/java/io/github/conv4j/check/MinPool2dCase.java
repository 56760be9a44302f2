package io.github.conv4j.check;

import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.util.List;

/**
 * A named min pooling.
 *
 * @param name for people
 * @param geometry the extents
 */
public record MinPool2dCase(String name, Pool2dGeometry geometry) implements KernelCase {
  /** What the command line calls the operation. */
  public static final String OPERATION = "minpool2d";

  @Override
  public String operation() {
    return OPERATION;
  }

  @Override
  public String extents() {
    return new MaxPool2dCase(name, geometry).extents();
  }

  @Override
  public List<Direction> directions() {
    return List.of(Direction.FORWARD, Direction.BACKWARD_DATA);
  }

  @Override
  public List<String> algorithms(Direction direction) {
    return NativeKernels.maxPool2dAlgorithms(direction);
  }

  @Override
  public KernelCheck check(Direction direction, DataKind data, long seed, long sample) {
    return new MaxPool2dCheck(geometry, true, direction, data, seed, sample);
  }
}
