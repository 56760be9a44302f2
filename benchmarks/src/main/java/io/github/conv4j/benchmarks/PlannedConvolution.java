package io.github.conv4j.benchmarks;

import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.PreparedWeights;
import java.util.SplittableRandom;

/** A forward convolution with its operands, as several benchmarks run it. */
final class PlannedConvolution implements AutoCloseable {
  private final Conv2dForward plan;
  private final PreparedWeights prepared;
  private final Tensor src;
  private final Tensor dst;

  /**
   * Makes it.
   *
   * @param layer channels, height and width, output channels, kernel, for instance {@code
   *     64x56x56-64-3}; stride 1, padded to the same extent
   */
  PlannedConvolution(String layer) {
    String[] parts = layer.split("[x-]");
    long k = Long.parseLong(parts[4]);
    Conv2dGeometry geometry =
        Conv2dGeometry.of(
                1,
                Long.parseLong(parts[0]),
                Long.parseLong(parts[1]),
                Long.parseLong(parts[2]),
                Long.parseLong(parts[3]),
                k,
                k)
            .withPadding(k / 2, k / 2, k / 2, k / 2);
    SplittableRandom random = new SplittableRandom(1);
    plan = NativeKernels.instance().conv2dForward(geometry, PlanOptions.DEFAULT);
    src = Tensor.uniform(random, -1, 1, geometry.srcShape().toArray());
    dst = Tensor.zeros(geometry.dstShape());
    try (Tensor weights = Tensor.uniform(random, -1, 1, geometry.weightsShape().toArray())) {
      prepared = plan.prepare(weights);
    }
  }

  void run() {
    plan.run(src, prepared, null, dst);
  }

  @Override
  public void close() {
    src.close();
    dst.close();
    prepared.close();
  }
}
