package io.github.conv4j.benchmarks;

import io.github.conv4j.Conv4j;
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

/** How one caller's convolution gets faster with the threads that it may use. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ThreadsBenchmark {
  /** Channels, height and width, output channels, kernel. */
  @Param({"64x112x112-64-3", "256x28x28-256-3", "512x14x14-512-1", "6x28x28-16-5"})
  public String layer;

  /** Threads that the call may use, the caller's included. */
  @Param({"1", "2", "4"})
  public int threads;

  private PlannedConvolution convolution;

  /** Makes the convolution. */
  @Setup(Level.Trial)
  public void setUp() {
    Conv4j.setThreads(threads);
    convolution = new PlannedConvolution(layer);
  }

  /** One call. */
  @Benchmark
  public void conv2d() {
    convolution.run();
  }

  /** Frees the operands. */
  @TearDown(Level.Trial)
  public void tearDown() {
    convolution.close();
  }
}
