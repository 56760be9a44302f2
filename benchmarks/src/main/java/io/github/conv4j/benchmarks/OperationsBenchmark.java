package io.github.conv4j.benchmarks;

import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.AvgPool2dForward;
import io.github.conv4j.kernel.AvgPool2dGeometry;
import io.github.conv4j.kernel.Conv2dBackwardData;
import io.github.conv4j.kernel.Conv2dBackwardWeights;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.MaxPool2dBackward;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.MaxPoolOffsets;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.PreparedWeights;
import io.github.conv4j.kernel.UnaryFunction;
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

/** Single operations on one block of images, with conv4j's own number of threads. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class OperationsBenchmark {
  /** Channels of the images. */
  @Param("64")
  public long channels;

  /** Height and width of the images. */
  @Param({"112", "28"})
  public long extent;

  private final Kernels kernels = NativeKernels.instance();
  private Tensor images;
  private Tensor gradient;
  private Tensor result;
  private Tensor halves;
  private Tensor weights;
  private Tensor diffWeights;
  private Conv2dBackwardData backwardData;
  private Conv2dBackwardWeights backwardWeights;
  private PreparedWeights prepared;
  private MaxPool2dForward maxPool;
  private MaxPool2dBackward maxPoolBackward;
  private MaxPoolOffsets offsets;
  private AvgPool2dForward avgPool;

  /** Makes operands and plans. */
  @Setup(Level.Trial)
  public void setUp() {
    SplittableRandom random = new SplittableRandom(1);
    images = Tensor.uniform(random, -1, 1, 1, channels, extent, extent);
    gradient = Tensor.uniform(random, -1, 1, 1, channels, extent, extent);
    result = Tensor.zeros(1, channels, extent, extent);
    halves = Tensor.zeros(1, channels, extent / 2, extent / 2);
    weights = Tensor.uniform(random, -1, 1, channels, channels, 3, 3);
    diffWeights = Tensor.zeros(channels, channels, 3, 3);
    Conv2dGeometry convolution =
        Conv2dGeometry.of(1, channels, extent, extent, channels, 3, 3).withPadding(1, 1, 1, 1);
    backwardData = kernels.conv2dBackwardData(convolution, PlanOptions.DEFAULT);
    backwardWeights = kernels.conv2dBackwardWeights(convolution, PlanOptions.DEFAULT);
    prepared = backwardData.prepare(weights);
    Pool2dGeometry pooling = Pool2dGeometry.of(1, channels, extent, extent, 2, 2, 2, 2);
    maxPool = kernels.maxPool2dForward(pooling, PlanOptions.DEFAULT);
    maxPoolBackward = kernels.maxPool2dBackward(pooling, PlanOptions.DEFAULT);
    offsets = maxPool.newOffsets();
    maxPool.run(images, halves, offsets);
    avgPool = kernels.avgPool2dForward(AvgPool2dGeometry.of(pooling), PlanOptions.DEFAULT);
  }

  /** The gradient of a 3x3 convolution's images. */
  @Benchmark
  public void conv2dBackwardData() {
    backwardData.run(gradient, prepared, result);
  }

  /** The gradient of a 3x3 convolution's weights. */
  @Benchmark
  public void conv2dBackwardWeights() {
    backwardWeights.run(images, gradient, diffWeights, null);
  }

  /** Max pooling, windows of 2x2. */
  @Benchmark
  public void maxPool2d() {
    maxPool.run(images, halves, null);
  }

  /** Its gradient. */
  @Benchmark
  public void maxPool2dBackward() {
    maxPoolBackward.run(halves, offsets, result);
  }

  /** Average pooling, windows of 2x2. */
  @Benchmark
  public void avgPool2d() {
    avgPool.run(images, halves);
  }

  /** ReLU. */
  @Benchmark
  public void relu() {
    kernels.elementwise(PlanOptions.DEFAULT).forward(UnaryFunction.RELU, images, result);
  }

  /** Frees the operands. */
  @TearDown(Level.Trial)
  public void tearDown() {
    for (Tensor tensor : new Tensor[] {images, gradient, result, halves, weights, diffWeights}) {
      tensor.close();
    }
    prepared.close();
    offsets.close();
  }
}
