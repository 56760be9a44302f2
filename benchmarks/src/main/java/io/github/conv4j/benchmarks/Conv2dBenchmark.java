package io.github.conv4j.benchmarks;

import io.github.conv4j.Conv4j;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.PreparedWeights;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A planned forward convolution beside the plain OpenBLAS product of the same size, which is what a
 * convolution by im2col would cost if im2col were free. On one thread, as the product is.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class Conv2dBenchmark {
  /** Channels, height and width, output channels, kernel; stride 1, padded to the same extent. */
  @Param({"64x112x112-64-3", "256x56x56-256-3", "512x14x14-512-3", "1x28x28-6-5"})
  public String layer;

  /** An algorithm's name, or auto. */
  @Param({"auto", "im2col", "im2col_openblas"})
  public String algorithm;

  private Conv2dForward plan;
  private PreparedWeights prepared;
  private Tensor src;
  private Tensor dst;
  private Tensor left;
  private Tensor right;
  private Tensor product;

  /** Makes the operands. */
  @Setup(Level.Trial)
  public void setUp() {
    Conv4j.setThreads(1);
    String[] parts = layer.split("[x-]");
    long ic = Long.parseLong(parts[0]);
    long ih = Long.parseLong(parts[1]);
    long iw = Long.parseLong(parts[2]);
    long oc = Long.parseLong(parts[3]);
    long k = Long.parseLong(parts[4]);
    Conv2dGeometry geometry =
        Conv2dGeometry.of(1, ic, ih, iw, oc, k, k).withPadding(k / 2, k / 2, k / 2, k / 2);
    SplittableRandom random = new SplittableRandom(1);
    String name = algorithm.equals("auto") ? null : algorithm;
    plan =
        NativeKernels.instance().conv2dForward(geometry, PlanOptions.DEFAULT.withAlgorithm(name));
    src = Tensor.uniform(random, -1, 1, geometry.srcShape().toArray());
    dst = Tensor.zeros(geometry.dstShape());
    try (Tensor weights = Tensor.uniform(random, -1, 1, geometry.weightsShape().toArray())) {
      prepared = plan.prepare(weights);
    }
    left = Tensor.uniform(random, -1, 1, oc, ic * k * k);
    right = Tensor.uniform(random, -1, 1, ic * k * k, geometry.oh() * geometry.ow());
    product = Tensor.zeros(oc, geometry.oh() * geometry.ow());
  }

  /** The convolution. */
  @Benchmark
  public void conv2d() {
    plan.run(src, prepared, null, dst);
  }

  /** The product of the weights [OC, IC*KH*KW] and the columns [IC*KH*KW, OH*OW]. */
  @Benchmark
  public void openblasProduct() {
    NativeKernels.openblasProduct(left, right, product);
  }

  /** Frees the operands. */
  @TearDown(Level.Trial)
  public void tearDown() {
    for (Tensor tensor : new Tensor[] {src, dst, left, right, product}) {
      tensor.close();
    }
    prepared.close();
  }
}
