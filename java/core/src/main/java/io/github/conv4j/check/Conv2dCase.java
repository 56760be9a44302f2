package io.github.conv4j.check;

import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PaddingMode;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * A named convolution.
 *
 * @param name for people
 * @param geometry the extents
 * @param paddingMode what lies outside the image
 */
public record Conv2dCase(String name, Conv2dGeometry geometry, PaddingMode paddingMode)
    implements KernelCase {
  /** What the command line calls the operation. */
  public static final String OPERATION = "conv2d";

  /** Refuses padding that the mode has no pixels for. */
  public Conv2dCase {
    Objects.requireNonNull(paddingMode, "paddingMode").requireFits(geometry);
  }

  /** A convolution padded with zeros. */
  public Conv2dCase(String name, Conv2dGeometry geometry) {
    this(name, geometry, PaddingMode.ZEROS);
  }

  @Override
  public String operation() {
    return OPERATION;
  }

  /** The extents, and the padding mode where it is not zeros. */
  @Override
  public String extents() {
    String numbers =
        Arrays.stream(geometry.toArray()).mapToObj(Long::toString).collect(Collectors.joining(","));
    return paddingMode == PaddingMode.ZEROS ? numbers : numbers + "," + paddingMode.label();
  }

  @Override
  public List<Direction> directions() {
    return List.of(Direction.values());
  }

  @Override
  public List<String> algorithms(Direction direction) {
    return NativeKernels.conv2dAlgorithms(direction);
  }

  @Override
  public KernelCheck check(Direction direction, DataKind data, long seed, long sample) {
    return new Conv2dCheck(
        new PlainConvolution(geometry, paddingMode), direction, data, seed, sample);
  }
}
