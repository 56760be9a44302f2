package io.github.conv4j.check;

import io.github.conv4j.Conv4j;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Runs every combination of direction, kind of data, algorithm, instruction set, thread count and
 * memory format on a set of geometries, and compares each with the reference.
 *
 * <p>The number of threads is the whole process's, see {@link Conv4j#setThreads}; it is restored,
 * and left alone unless the kernels are native.
 */
public final class Validation {
  /** In place of the name of an algorithm: each one of the direction, wherever it applies. */
  public static final String ALL = "all";

  private static final int MOST_FAILURES = 1000;

  /**
   * What to run.
   *
   * @param directions those that an operation does not have are left out for it
   * @param data kinds of numbers
   * @param algorithm a name, {@link #ALL}, or null for the one that is chosen automatically
   * @param isas instruction sets
   * @param threads thread counts
   * @param formats how the images lie
   * @param sample elements of each result that the reference computes, 0 for all
   * @param seed of all numbers
   */
  public record Combinations(
      List<Direction> directions,
      List<DataKind> data,
      String algorithm,
      List<String> isas,
      List<Integer> threads,
      List<MemoryFormat> formats,
      long sample,
      long seed) {
    /** Copies the lists. */
    public Combinations {
      directions = List.copyOf(directions);
      data = List.copyOf(data);
      isas = List.copyOf(isas);
      threads = List.copyOf(threads);
      formats = List.copyOf(formats);
    }

    /** The algorithms to run for a direction; null among them is the automatic choice. */
    List<String> algorithms(KernelCase shape, Direction direction) {
      List<String> chosen = new ArrayList<>();
      if (algorithm == null) {
        chosen.add(null);
        return chosen;
      }
      for (String name : shape.algorithms(direction)) {
        if (algorithm.equals(ALL) || algorithm.equals(name)) {
          chosen.add(name);
        }
      }
      return chosen;
    }
  }

  /**
   * A combination that gave something else than the reference.
   *
   * @param shape the geometry
   * @param direction what was computed
   * @param data on which numbers
   * @param algorithm as asked for, null for the automatic choice
   * @param isa the instruction set
   * @param threads the thread count
   * @param format how the images lay
   * @param problems one line for each tensor that differs, or what was thrown
   */
  public record Failure(
      KernelCase shape,
      Direction direction,
      DataKind data,
      String algorithm,
      String isa,
      int threads,
      MemoryFormat format,
      List<String> problems) {}

  /**
   * What a set of geometries gave.
   *
   * @param cases geometries that at least one combination ran on
   * @param runs combinations that ran
   * @param notApplicable combinations whose algorithm or format does not take the geometry
   * @param different runs that differ from the reference
   * @param failures what is known about them; of very many only the first 1,000
   * @param worstOverBound the largest error on real data, divided by what is allowed
   * @param seconds the time that it took
   */
  public record Summary(
      long cases,
      long runs,
      long notApplicable,
      long different,
      List<Failure> failures,
      double worstOverBound,
      double seconds) {}

  private final Kernels kernels;
  private final Combinations combinations;

  private long runs;
  private long notApplicable;
  private long different;
  private double worstOverBound;
  private List<Failure> failures = new ArrayList<>();

  /**
   * A validation of native kernels, or of others that can stand in for them.
   *
   * @param kernels what is tested
   * @param combinations what to run on each geometry
   */
  public Validation(Kernels kernels, Combinations combinations) {
    this.kernels = kernels;
    this.combinations = combinations;
  }

  /**
   * Runs everything on every geometry.
   *
   * @param shapes the geometries
   * @param done called after each geometry, on this thread
   */
  public Summary run(List<? extends KernelCase> shapes, Runnable done) {
    runs = 0;
    notApplicable = 0;
    different = 0;
    worstOverBound = 0;
    failures = new ArrayList<>();
    long cases = 0;
    long start = System.nanoTime();
    int threads = isNative() ? Conv4j.threads() : 0;
    try {
      for (KernelCase shape : shapes) {
        long before = runs;
        run(shape);
        cases += runs > before ? 1 : 0;
        done.run();
      }
    } finally {
      setThreads(threads);
    }
    double seconds = (System.nanoTime() - start) * 1e-9;
    return new Summary(
        cases, runs, notApplicable, different, List.copyOf(failures), worstOverBound, seconds);
  }

  /** The reference works on the calling thread alone. */
  private boolean isNative() {
    return kernels.backend().equals("native");
  }

  private void setThreads(int threads) {
    if (isNative()) {
      Conv4j.setThreads(threads);
    }
  }

  /** One check of a geometry, which the kernels of several combinations run on. */
  private static final class Task {
    final KernelCase shape;
    final Direction direction;
    final DataKind data;
    final List<String> algorithms;

    /** Made by the first run. */
    KernelCheck check;

    Task(KernelCase shape, Direction direction, DataKind data, List<String> algorithms) {
      this.shape = shape;
      this.direction = direction;
      this.data = data;
      this.algorithms = algorithms;
    }
  }

  private List<Task> tasks(KernelCase shape) {
    List<Task> tasks = new ArrayList<>();
    for (Direction direction : shape.directions()) {
      List<String> algorithms = combinations.algorithms(shape, direction);
      if (combinations.directions().contains(direction) && !algorithms.isEmpty()) {
        for (DataKind data : combinations.data()) {
          tasks.add(new Task(shape, direction, data, algorithms));
        }
      }
    }
    return tasks;
  }

  /** Runs all combinations of one geometry: native ones side by side, for one count of threads. */
  private void run(KernelCase shape) {
    List<Task> tasks = tasks(shape);
    try {
      for (int threads : combinations.threads()) {
        setThreads(threads);
        Stream<Task> stream =
            kernels instanceof NativeKernels ? tasks.parallelStream() : tasks.stream();
        for (Outcome outcome : stream.map(task -> run(task, threads)).toList()) {
          runs += outcome.runs;
          notApplicable += outcome.notApplicable;
          worstOverBound = Math.max(worstOverBound, outcome.worstOverBound);
          different += outcome.failures.size();
          for (Failure failure : outcome.failures) {
            if (failures.size() < MOST_FAILURES) {
              failures.add(failure);
            }
          }
        }
      }
    } finally {
      for (Task task : tasks) {
        if (task.check != null) {
          task.check.close();
        }
      }
    }
  }

  private Outcome run(Task task, int threads) {
    if (task.check == null) {
      task.check =
          task.shape.check(task.direction, task.data, combinations.seed(), combinations.sample());
    }
    Outcome outcome = new Outcome();
    for (String isa : combinations.isas()) {
      for (String algorithm : task.algorithms) {
        for (MemoryFormat format : combinations.formats()) {
          PlanOptions options =
              PlanOptions.DEFAULT.withAlgorithm(algorithm).withIsa(isa).withMemoryFormat(format);
          List<String> problems = outcome.problems(kernels, task.check, task.data, options);
          if (!problems.isEmpty()) {
            outcome.failures.add(
                new Failure(
                    task.shape,
                    task.direction,
                    task.data,
                    algorithm,
                    isa,
                    threads,
                    format,
                    problems));
          }
        }
      }
    }
    return outcome;
  }

  /** What one check gave on one count of threads. */
  private static final class Outcome {
    private final List<Failure> failures = new ArrayList<>();
    private long runs;
    private long notApplicable;
    private double worstOverBound;

    private List<String> problems(
        Kernels kernels, KernelCheck check, DataKind data, PlanOptions options) {
      String algorithm = options.algorithm();
      String isa = options.isa();
      List<String> problems = new ArrayList<>();
      Optional<CheckResult> result;
      try {
        result = check.run(kernels, options);
      } catch (RuntimeException e) {
        runs++;
        problems.add("threw " + e);
        return problems;
      }
      if (result.isEmpty()) {
        notApplicable++;
        return problems;
      }
      runs++;
      if (data == DataKind.REAL) {
        worstOverBound = Math.max(worstOverBound, result.get().worstOverBound());
      }
      if (!result.get().isa().equals(isa)) {
        problems.add("ran on " + result.get().isa() + " instead of " + isa);
      }
      if (algorithm != null && !result.get().algorithm().equals(algorithm)) {
        problems.add("ran " + result.get().algorithm() + " instead of " + algorithm);
      }
      for (CheckResult.TensorCheck tensor : result.get().tensors()) {
        if (!tensor.comparison().passed()) {
          problems.add(result.get().algorithm() + ", " + tensor);
        }
      }
      return problems;
    }
  }
}
