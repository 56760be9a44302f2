package io.github.conv4j.check;

import io.github.conv4j.kernel.AdaptivePool2dGeometry;
import io.github.conv4j.kernel.AvgPool2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PoolWindows;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A named average pooling, at a fixed stride or adaptive.
 *
 * @param name for people
 * @param geometry the extents and divisors
 */
public record AvgPool2dCase(String name, PoolWindows geometry) implements KernelCase {
  /** What the command line calls the operation at a fixed stride. */
  public static final String OPERATION = "avgpool2d";

  /** What the command line calls the adaptive operation. */
  public static final String ADAPTIVE_OPERATION = "adaptiveavgpool2d";

  @Override
  public String operation() {
    return geometry instanceof AdaptivePool2dGeometry ? ADAPTIVE_OPERATION : OPERATION;
  }

  @Override
  public String extents() {
    return Arrays.stream(numbers()).mapToObj(Long::toString).collect(Collectors.joining(","));
  }

  /** The extents as conv4j.h has them. */
  long[] numbers() {
    return geometry instanceof AvgPool2dGeometry fixed
        ? fixed.toArray()
        : ((AdaptivePool2dGeometry) geometry).toArray();
  }

  @Override
  public List<Direction> directions() {
    return List.of(Direction.FORWARD, Direction.BACKWARD_DATA);
  }

  @Override
  public List<String> algorithms(Direction direction) {
    return NativeKernels.avgPool2dAlgorithms(direction);
  }

  @Override
  public KernelCheck check(Direction direction, DataKind data, long seed, long sample) {
    return new AvgPool2dCheck(this, direction, data, seed, sample);
  }

  /** This one and, if it is adaptive, adaptive max pooling of the same extents. */
  @Override
  public List<KernelCase> related() {
    return geometry instanceof AdaptivePool2dGeometry adaptive
        ? List.of(this, new AdaptiveMaxPool2dCase(name, adaptive))
        : List.of(this);
  }
}
