package io.github.conv4j.kernel;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * Times the algorithms that take a geometry, on this machine with the threads that are set, for a
 * {@link TuneFile}. Never called by a plan: a choice by cost stays the same on every run.
 */
public final class Tuner {
  /** Candidates whose estimated cost is so many times the least are not tried. */
  private static final double HOPELESS = 8;

  private Tuner() {}

  /**
   * A candidate and its time.
   *
   * @param algorithm its name
   * @param cost the estimate by which it is chosen, see {@link Candidate#cost}
   * @param millis the best time of one run, in milliseconds, weights prepared beforehand
   */
  public record Timing(String algorithm, double cost, double millis) {}

  /**
   * The candidates of a native convolution, the fastest first. They take turns, so that a
   * disturbance meets them all; those with an estimate above eight times the least are left out.
   *
   * @param geometry the extents; images and weights of it are allocated and filled at random
   * @param direction what is computed
   * @param options accuracy and instruction set count, the algorithm is disregarded
   * @param seconds how long to measure all of them together; each runs at least three times
   * @throws io.github.conv4j.Conv4jException if the native library cannot be used
   */
  public static List<Timing> time(
      Conv2dGeometry geometry, Direction direction, PlanOptions options, double seconds) {
    Kernels kernels = NativeKernels.instance();
    try (Tensors tensors =
        new Tensors(geometry.srcShape(), geometry.weightsShape(), geometry.dstShape())) {
      return race(
          tensors,
          name -> plan(kernels, geometry, direction, options.withAlgorithm(name)),
          seconds);
    }
  }

  private static Plan plan(
      Kernels kernels, Conv2dGeometry geometry, Direction direction, PlanOptions options) {
    return switch (direction) {
      case FORWARD -> kernels.conv2dForward(geometry, options);
      case BACKWARD_DATA -> kernels.conv2dBackwardData(geometry, options);
      case BACKWARD_WEIGHTS -> kernels.conv2dBackwardWeights(geometry, options);
    };
  }

  /** The candidates of a native transposed convolution, see the other method. */
  public static List<Timing> time(
      ConvTranspose2dGeometry geometry, Direction direction, PlanOptions options, double seconds) {
    Kernels kernels = NativeKernels.instance();
    try (Tensors tensors =
        new Tensors(geometry.srcShape(), geometry.weightsShape(), geometry.dstShape())) {
      return race(
          tensors,
          name -> plan(kernels, geometry, direction, options.withAlgorithm(name)),
          seconds);
    }
  }

  private static Plan plan(
      Kernels kernels, ConvTranspose2dGeometry geometry, Direction direction, PlanOptions options) {
    return switch (direction) {
      case FORWARD -> kernels.convTranspose2dForward(geometry, options);
      case BACKWARD_DATA -> kernels.convTranspose2dBackwardData(geometry, options);
      case BACKWARD_WEIGHTS -> kernels.convTranspose2dBackwardWeights(geometry, options);
    };
  }

  /** A plan with everything that it needs, to be run again and again. */
  private interface Runner extends AutoCloseable {
    void run();

    @Override
    default void close() {}
  }

  private static List<Timing> race(Tensors tensors, Function<String, Plan> planOf, double seconds) {
    List<Candidate> candidates = planOf.apply(null).candidates();
    double least = candidates.stream().mapToDouble(Candidate::cost).min().orElseThrow();
    List<Candidate> tried =
        candidates.stream().filter(c -> c.chosen() || c.cost() <= HOPELESS * least).toList();
    List<Runner> running = new ArrayList<>();
    double[] best = new double[tried.size()];
    try {
      for (int i = 0; i < tried.size(); i++) {
        running.add(tensors.runner(planOf.apply(tried.get(i).name())));
        best[i] = Double.POSITIVE_INFINITY;
      }
      long end = System.nanoTime() + (long) (seconds * 1e9);
      for (int round = 0; round < 3 || System.nanoTime() < end; round++) {
        for (int i = 0; i < best.length; i++) {
          long start = System.nanoTime();
          running.get(i).run();
          best[i] = Math.min(best[i], (System.nanoTime() - start) * 1e-6);
        }
      }
    } finally {
      running.forEach(Runner::close);
    }
    List<Timing> timings = new ArrayList<>();
    for (int i = 0; i < best.length; i++) {
      timings.add(new Timing(tried.get(i).name(), tried.get(i).cost(), best[i]));
    }
    timings.sort(Comparator.comparingDouble(Timing::millis));
    return List.copyOf(timings);
  }

  /** Images and weights of a geometry, shared by all candidates, which overwrite their results. */
  private static final class Tensors implements AutoCloseable {
    private final Tensor src;
    private final Tensor weights;
    private final Tensor dst;

    Tensors(Shape srcShape, Shape weightsShape, Shape dstShape) {
      src = random(srcShape);
      weights = random(weightsShape);
      dst = random(dstShape);
    }

    private static Tensor random(Shape shape) {
      SplittableRandom numbers = new SplittableRandom(1);
      float[] values = new float[Math.toIntExact(shape.elements())];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (numbers.nextInt(1 << 20) - (1 << 19)) / (1 << 19);
      }
      Tensor tensor = Tensor.empty(shape);
      tensor.set(values);
      return tensor;
    }

    Runner runner(Plan plan) {
      if (plan instanceof ConvolutionForward forward) {
        return prepared(forward.prepare(weights), packed -> forward.run(src, packed, null, dst));
      }
      if (plan instanceof ConvolutionBackwardData backward) {
        return prepared(backward.prepare(weights), packed -> backward.run(dst, packed, src));
      }
      ConvolutionBackwardWeights backward = (ConvolutionBackwardWeights) plan;
      return () -> backward.run(src, dst, weights, null);
    }

    private interface PreparedRun {
      void run(PreparedWeights packed);
    }

    private static Runner prepared(PreparedWeights packed, PreparedRun step) {
      return new Runner() {
        @Override
        public void run() {
          step.run(packed);
        }

        @Override
        public void close() {
          packed.close();
        }
      };
    }

    @Override
    public void close() {
      src.close();
      weights.close();
      dst.close();
    }
  }
}
