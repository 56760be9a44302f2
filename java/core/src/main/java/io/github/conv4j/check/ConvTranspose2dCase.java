package io.github.conv4j.check;

import io.github.conv4j.kernel.ConvTranspose2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.NativeKernels;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A named transposed convolution.
 *
 * @param name for people
 * @param geometry the extents
 */
public record ConvTranspose2dCase(String name, ConvTranspose2dGeometry geometry)
    implements KernelCase {
  /** What the command line calls the operation. */
  public static final String OPERATION = "convtranspose2d";

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

  @Override
  public List<Direction> directions() {
    return List.of(Direction.values());
  }

  @Override
  public List<String> algorithms(Direction direction) {
    return NativeKernels.convTranspose2dAlgorithms(direction);
  }

  @Override
  public KernelCheck check(Direction direction, DataKind data, long seed, long sample) {
    return new Conv2dCheck(new TransposedConvolution(geometry), direction, data, seed, sample);
  }
}
