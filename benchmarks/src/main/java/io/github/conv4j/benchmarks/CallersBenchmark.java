package io.github.conv4j.benchmarks;

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
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/** Throughput of all callers together: it should not fall when there are more of them. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CallersBenchmark {
  /** Channels, height and width, output channels, kernel. */
  @Param({"64x56x56-64-3", "6x28x28-16-5"})
  public String layer;

  private PlannedConvolution convolution;

  /** Makes a convolution for each caller. */
  @Setup(Level.Trial)
  public void setUp() {
    convolution = new PlannedConvolution(layer);
  }

  /** One caller. */
  @Benchmark
  @Threads(1)
  public void one() {
    convolution.run();
  }

  /** Four callers. */
  @Benchmark
  @Threads(4)
  public void four() {
    convolution.run();
  }

  /** Thirty-two callers. */
  @Benchmark
  @Threads(32)
  public void many() {
    convolution.run();
  }

  /** Frees the operands. */
  @TearDown(Level.Trial)
  public void tearDown() {
    convolution.close();
  }
}
