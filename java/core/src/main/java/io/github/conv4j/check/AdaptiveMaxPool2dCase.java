package io.github.conv4j.check;

import io.github.conv4j.kernel.AdaptivePool2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.NativeKernels;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A named adaptive max pooling.
 *
 * @param name for people
 * @param geometry the extents
 */
public record AdaptiveMaxPool2dCase(String name, AdaptivePool2dGeometry geometry)
    implements KernelCase {
  /** What the command line calls the operation. */
  public static final String OPERATION = "adaptivemaxpool2d";

  @Override
  public String operation() {
    return OPERATION;
  }

  @Override
  public String extents() {
    return Arrays.stream(geometry.toArray())
        .mapToObj(Long::toString)
        .collect(Collectors.joining(","));
  }

  /** The way back takes indices alone, has no plan, and is checked with the way forward. */
  @Override
  public List<Direction> directions() {
    return List.of(Direction.FORWARD);
  }

  @Override
  public List<String> algorithms(Direction direction) {
    return direction == Direction.FORWARD ? NativeKernels.adaptiveMaxPool2dAlgorithms() : List.of();
  }

  @Override
  public KernelCheck check(Direction direction, DataKind data, long seed, long sample) {
    return new AdaptiveMaxPool2dCheck(geometry, data, seed, sample);
  }
}
