package io.github.conv4j.benchmarks;

import io.github.conv4j.Conv4j;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.PreparedWeights;
import io.github.conv4j.nn.Conv2d;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a call costs beside the arithmetic: a planned convolution with nothing to do, and one of a
 * single multiplication whose numbers come from a tensor, an array or a direct buffer.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class OverheadBenchmark {
  private static final Conv2dGeometry ONE_PIXEL = Conv2dGeometry.of(1, 1, 1, 1, 1, 1, 1);

  private final float[] in = {0.5f};
  private final float[] out = new float[1];
  private Conv2dForward empty;
  private Conv2dForward tiny;
  private PreparedWeights emptyWeights;
  private PreparedWeights tinyWeights;
  private Tensor noImages;
  private Tensor noResults;
  private Tensor src;
  private Tensor dst;
  private Tensor wrappedSrc;
  private Tensor wrappedDst;
  private Conv2d layer;
  private FloatBuffer given;
  private FloatBuffer taken;

  /** Makes the operands. */
  @Setup(Level.Trial)
  public void setUp() {
    Conv4j.setThreads(1);
    NativeKernels kernels = NativeKernels.instance();
    empty = kernels.conv2dForward(ONE_PIXEL.withBatch(0), PlanOptions.DEFAULT);
    tiny = kernels.conv2dForward(ONE_PIXEL, PlanOptions.DEFAULT);
    try (Tensor weights = Tensor.uniform(new SplittableRandom(1), -1, 1, 1, 1, 1, 1)) {
      emptyWeights = empty.prepare(weights);
      tinyWeights = tiny.prepare(weights);
    }
    noImages = Tensor.zeros(0, 1, 1, 1);
    noResults = Tensor.zeros(0, 1, 1, 1);
    src = Tensor.zeros(1, 1, 1, 1);
    dst = Tensor.zeros(1, 1, 1, 1);
    given = direct();
    taken = direct();
    wrappedSrc = Tensor.wrap(given, 1, 1, 1, 1);
    wrappedDst = Tensor.wrap(taken, 1, 1, 1, 1);
    layer = Conv2d.builder(1, 1, 1).build();
    layer.eval();
  }

  private static FloatBuffer direct() {
    return ByteBuffer.allocateDirect(Float.BYTES).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  /** A plan for a batch of no images: checks and the call alone. */
  @Benchmark
  public void emptyPlan() {
    empty.run(noImages, emptyWeights, null, noResults);
  }

  /** A JNI call that JavaCPP made, of the shortest function there is. */
  @Benchmark
  public int nativeCall() {
    return Conv4j.threads();
  }

  /** One pixel, tensors. */
  @Benchmark
  public void tensors() {
    tiny.run(src, tinyWeights, null, dst);
  }

  /** One pixel, copied from an array and back. */
  @Benchmark
  public float arrays() {
    src.set(in);
    tiny.run(src, tinyWeights, null, dst);
    dst.copyTo(out);
    return out[0];
  }

  /** One pixel, in direct buffers that tensors wrap. */
  @Benchmark
  public float buffers() {
    given.put(0, in[0]);
    tiny.run(wrappedSrc, tinyWeights, null, wrappedDst);
    return taken.get(0);
  }

  /** One pixel through a layer, which finds its plan by the shape. */
  @Benchmark
  public void layer() {
    layer.forward(src, dst);
  }

  /** Frees the operands. */
  @TearDown(Level.Trial)
  public void tearDown() {
    for (Tensor tensor : new Tensor[] {noImages, noResults, src, dst, wrappedSrc, wrappedDst}) {
      tensor.close();
    }
    emptyWeights.close();
    tinyWeights.close();
    layer.close();
  }
}
