package io.github.conv4j.benchmarks.problem;

import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * A pooling; padding counts in the divisor of an average.
 *
 * @param operation {@link #MAX} or {@link #AVERAGE}
 * @param name for people
 * @param direction forward or backward_data
 * @param geometry the extents
 */
public record PoolingProblem(
    String operation, String name, Direction direction, Pool2dGeometry geometry)
    implements OperatorProblem {
  /** Max pooling. */
  public static final String MAX = "maxpool2d";

  /** Average pooling. */
  public static final String AVERAGE = "avgpool2d";

  /** Refuses gradients of weights. */
  public PoolingProblem {
    if (direction == Direction.BACKWARD_WEIGHTS) {
      throw new IllegalArgumentException("a pooling has no weights");
    }
  }

  static PoolingProblem of(String operation, String name, Direction direction, long[] v) {
    return new PoolingProblem(
        operation,
        name,
        direction,
        new Pool2dGeometry(
            v[0],
            v[1],
            v[2],
            v[3],
            v[4],
            v[5],
            v[6],
            v[7],
            v[8],
            v[9],
            v[10],
            v[11],
            v[12],
            v[13],
            v.length > 14 && v[14] != 0));
  }

  /** Whether the largest pixel is wanted, not the mean. */
  public boolean isMax() {
    return operation.equals(MAX);
  }

  @Override
  public String directionName() {
    return direction.label();
  }

  @Override
  public String shape() {
    return Arrays.stream(geometry.toArray())
        .mapToObj(Long::toString)
        .collect(Collectors.joining(","));
  }

  /** The image, [N, C, IH, IW]; made anew by every call. */
  public float[] src() {
    return Numbers.uniform(geometry.srcShape().elements(), 1);
  }

  /** The gradient of the result, [N, C, OH, OW]. */
  public float[] diffDst() {
    return Numbers.uniform(geometry.dstShape().elements(), 3);
  }

  @Override
  public long resultElements() {
    return (direction == Direction.FORWARD ? geometry.dstShape() : geometry.srcShape()).elements();
  }

  @Override
  public double flops() {
    return 0;
  }

  @Override
  public double bytes() {
    return (double) Float.BYTES * (geometry.srcShape().elements() + geometry.dstShape().elements());
  }

  @Override
  public double workOfOneElement() {
    double taps = (double) geometry.kh() * geometry.kw();
    return direction == Direction.FORWARD ? taps : taps * taps;
  }

  @Override
  public double[] expected(long[] positions) {
    PoolingWindows windows = new PoolingWindows(geometry, isMax(), src());
    float[] diffDst = direction == Direction.FORWARD ? null : diffDst();
    return Arrays.stream(positions)
        .mapToDouble(
            position ->
                diffDst == null
                    ? windows.forward(position)
                    : windows.backwardData(diffDst, position))
        .toArray();
  }
}
