package io.github.conv4j.check;

import io.github.conv4j.kernel.AdaptivePool2dGeometry;
import io.github.conv4j.kernel.AvgPool2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A named max pooling.
 *
 * @param name for people
 * @param geometry the extents
 */
public record MaxPool2dCase(String name, Pool2dGeometry geometry) implements KernelCase {
  /** What the command line calls the operation. */
  public static final String OPERATION = "maxpool2d";

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
    return List.of(Direction.FORWARD, Direction.BACKWARD_DATA);
  }

  @Override
  public List<String> algorithms(Direction direction) {
    return NativeKernels.maxPool2dAlgorithms(direction);
  }

  @Override
  public KernelCheck check(Direction direction, DataKind data, long seed, long sample) {
    return new MaxPool2dCheck(geometry, direction, data, seed, sample);
  }

  /**
   * This one, min pooling, adaptive poolings to the same output, and average pooling where there is
   * no dilation: with the padding in the divisor, without it, and with a divisor of its own.
   */
  @Override
  public List<KernelCase> related() {
    Pool2dGeometry g = geometry;
    AdaptivePool2dGeometry adaptive =
        new AdaptivePool2dGeometry(g.n(), g.c(), g.ih(), g.iw(), g.oh(), g.ow());
    List<KernelCase> cases = new ArrayList<>();
    cases.add(this);
    cases.add(new MinPool2dCase(name, g));
    cases.add(new AvgPool2dCase(name, adaptive));
    cases.add(new AdaptiveMaxPool2dCase(name, adaptive));
    if (g.dh() == 1 && g.dw() == 1) {
      AvgPool2dGeometry average = AvgPool2dGeometry.of(g);
      cases.add(new AvgPool2dCase(name, average));
      cases.add(new AvgPool2dCase(name + "/uncounted", average.withCountIncludePad(false)));
      cases.add(new AvgPool2dCase(name + "/divisor", average.withDivisorOverride(-3)));
    }
    return cases;
  }
}
