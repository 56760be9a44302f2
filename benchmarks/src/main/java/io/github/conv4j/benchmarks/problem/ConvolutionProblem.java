package io.github.conv4j.benchmarks.problem;

import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * A convolution without bias.
 *
 * @param name for people
 * @param direction what is computed
 * @param geometry the extents
 */
public record ConvolutionProblem(String name, Direction direction, Conv2dGeometry geometry)
    implements OperatorProblem {
  static final String OPERATION = "conv2d";

  static ConvolutionProblem of(String name, Direction direction, long[] v) {
    return new ConvolutionProblem(
        name,
        direction,
        new Conv2dGeometry(
            v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11], v[12], v[13],
            v[14], v[15]));
  }

  @Override
  public String operation() {
    return OPERATION;
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

  /** The image, [N, IC, IH, IW]; made anew by every call, as the other operands are. */
  public float[] src() {
    return Numbers.uniform(geometry.srcShape().elements(), 1);
  }

  /** The weights, [OC, IC/G, KH, KW]. */
  public float[] weights() {
    return Numbers.uniform(geometry.weightsShape().elements(), 2);
  }

  /** The gradient of the result, [N, OC, OH, OW]. */
  public float[] diffDst() {
    return Numbers.uniform(geometry.dstShape().elements(), 3);
  }

  @Override
  public long resultElements() {
    return switch (direction) {
      case FORWARD -> geometry.dstShape().elements();
      case BACKWARD_DATA -> geometry.srcShape().elements();
      case BACKWARD_WEIGHTS -> geometry.weightsShape().elements();
    };
  }

  @Override
  public double flops() {
    return 2 * geometry.multiplyAdds();
  }

  @Override
  public double bytes() {
    return (double) Float.BYTES
        * (geometry.srcShape().elements()
            + geometry.weightsShape().elements()
            + geometry.dstShape().elements());
  }

  @Override
  public double workOfOneElement() {
    return geometry.multiplyAdds() / resultElements();
  }

  @Override
  public double[] expected(long[] positions) {
    ConvolutionSums sums = new ConvolutionSums(geometry);
    float[] a = direction == Direction.BACKWARD_DATA ? weights() : src();
    float[] b = direction == Direction.FORWARD ? weights() : diffDst();
    return Arrays.stream(positions)
        .mapToDouble(
            position ->
                switch (direction) {
                  case FORWARD -> sums.forward(a, b, position);
                  case BACKWARD_DATA -> sums.backwardData(a, b, position);
                  case BACKWARD_WEIGHTS -> sums.backwardWeights(a, b, position);
                })
        .toArray();
  }
}
