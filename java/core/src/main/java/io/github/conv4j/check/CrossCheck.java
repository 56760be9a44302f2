package io.github.conv4j.check;

import io.github.conv4j.Conv4j;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.CheckResult.TensorCheck;
import io.github.conv4j.check.Subject.Data;
import io.github.conv4j.check.Subject.Output;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.nn.CrossEntropyLoss;
import io.github.conv4j.nn.Layer;
import io.github.conv4j.nn.MSELoss;
import io.github.conv4j.nn.MaxUnpool2d;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Runs a module or a whole {@link io.github.conv4j.nn.Sequential} natively and on the reference,
 * with the same data, and compares results and gradients.
 *
 * <pre>{@code
 * CrossCheckResult result =
 *     CrossCheck.of(net).shape(2, 3, 32, 32).seed(7).heatMap(Path.of("error.png")).run();
 * System.out.println(result);
 * }</pre>
 *
 * <p>Each call of kernels that the module makes is given to the reference, too, on copies of the
 * same operands, so that the bound of that one operation holds however deep the whole is: {@link
 * VerifyingKernels} says which. For a sum of products it is |error| at most {@link ErrorBound}
 * times the sum of |a||b|; where the operands are small integers, as {@link DataKind#EXACT} data
 * are at least in the first layers, sums have to be equal. Beside that the whole runs on the
 * reference alone: if every single call was exact, its results have to be the same bits but for the
 * signs of zeros; if not, what rounding has added up to over the layers is reported and not judged.
 * A result that is 0 in more than 15 of 16 places fails, since it would hide errors.
 *
 * <p>Parameters, running statistics, targets and the gradient of the result are made from the seed,
 * unless the module's own are asked for; afterwards the module is as it was, but that dropout
 * begins a sequence of its own, and that a backward pass needs a forward pass again. A module in
 * training mode is checked forward and backward, one in evaluation as it evaluates, with what is
 * folded. A check belongs to one thread, and so does its module meanwhile.
 */
public final class CrossCheck {
  /** What the check is about, made when it runs. */
  private interface Source {
    Subject subject();
  }

  private final Source source;
  private Shape shape;
  private MemoryFormat format = MemoryFormat.CONTIGUOUS;
  private Tensor input;
  private long seed = new SplittableRandom().nextLong() >>> 33;
  private DataKind data = DataKind.REAL;
  private boolean ownParameters;
  private Set<Direction> directions;
  private String isa;
  private String algorithm;
  private Kernels tested;
  private Path heatMap;
  private String mapped = "dst";
  private long[] plane;

  private CrossCheck(Source source) {
    this.source = source;
  }

  /** A check of a layer, or of a whole of layers, in its mode. */
  public static CrossCheck of(Layer layer) {
    Objects.requireNonNull(layer, "layer");
    return new CrossCheck(() -> new LayerSubject(layer, false));
  }

  /** A check of a cross entropy, against classes and against probabilities. */
  public static CrossCheck of(CrossEntropyLoss loss) {
    Objects.requireNonNull(loss, "loss");
    return new CrossCheck(() -> LossSubject.of(loss, loss.ignoreIndex(), null))
        .mapped("gradient of loss");
  }

  /** A check of a squared error. */
  public static CrossCheck of(MSELoss loss) {
    Objects.requireNonNull(loss, "loss");
    return new CrossCheck(() -> LossSubject.of(loss)).mapped("gradient of loss");
  }

  /** A check of a max unpooling, with indices of its own. */
  public static CrossCheck of(MaxUnpool2d unpool) {
    Objects.requireNonNull(unpool, "unpool");
    return new CrossCheck(() -> new UnpoolSubject(unpool));
  }

  /**
   * A check of a module that is read from its text.
   *
   * @param text what a module's {@code toString} prints, on one line or several
   * @param input the shape of its input
   * @param training the mode
   * @throws IllegalArgumentException saying what cannot be read
   */
  public static CrossCheck of(String text, Shape input, boolean training) {
    String line = text.replaceAll("\\s*\\R\\s*", " ");
    ModuleText.parse(line, input, training).close();
    CrossCheck check =
        new CrossCheck(() -> ModuleText.parse(line, input, training)).shape(input.toArray());
    return line.contains("Loss(") ? check.mapped("gradient of loss") : check;
  }

  private CrossCheck mapped(String name) {
    mapped = name;
    return this;
  }

  /** The shape of the input, whose numbers are made from the seed. */
  public CrossCheck shape(long... dims) {
    shape = Shape.of(dims);
    return this;
  }

  /** How the input lies that is made from the seed; contiguous unless set. */
  public CrossCheck memoryFormat(MemoryFormat wanted) {
    format = Objects.requireNonNull(wanted, "memoryFormat");
    return this;
  }

  /** The input itself, not modified, left to the caller to close. */
  public CrossCheck input(Tensor src) {
    input = Objects.requireNonNull(src, "src");
    return this;
  }

  /** What all numbers are made from; drawn and reported unless set. */
  public CrossCheck seed(long value) {
    seed = value;
    return this;
  }

  /** The kind of numbers, real unless set. */
  public CrossCheck data(DataKind kind) {
    data = Objects.requireNonNull(kind, "data");
    return this;
  }

  /** Leaves parameters and running statistics as they are instead of making them from the seed. */
  public CrossCheck ownParameters() {
    ownParameters = true;
    return this;
  }

  /** What to compute beside the result; all that the module has unless set. */
  public CrossCheck directions(Direction... wanted) {
    directions = EnumSet.noneOf(Direction.class);
    directions.addAll(List.of(wanted));
    return this;
  }

  /** The instruction set of the native kernels; the widest unless set. */
  public CrossCheck isa(String name) {
    isa = name;
    return this;
  }

  /** The algorithm of each plan, which has to know it; chosen by cost unless set. */
  public CrossCheck algorithm(String name) {
    algorithm = name;
    return this;
  }

  /** What is tested in place of the native kernels. */
  public CrossCheck tested(Kernels kernels) {
    tested = Objects.requireNonNull(kernels, "kernels");
    return this;
  }

  /**
   * Draws the error of the result as a PNG: the plane with the worst element unless one is set.
   *
   * @param file overwritten
   */
  public CrossCheck heatMap(Path file) {
    heatMap = Objects.requireNonNull(file, "file");
    return this;
  }

  /**
   * Draws the error of another result.
   *
   * @param file overwritten
   * @param result its name: {@code dst}, {@code diff_src}, {@code gradient of weight} and so on
   */
  public CrossCheck heatMap(Path file, String result) {
    mapped = Objects.requireNonNull(result, "result");
    return heatMap(file);
  }

  /** The plane that the heat map shows: the first indices, all but the last two. */
  public CrossCheck plane(long... indices) {
    plane = indices.clone();
    return this;
  }

  /**
   * Runs the check.
   *
   * @throws IllegalStateException if neither a shape nor an input was given, or the heat map cannot
   *     be written
   * @throws IllegalArgumentException if the shape does not suit the module, or a direction is asked
   *     for that it does not have in its mode
   */
  public CrossCheckResult run() {
    if (shape == null && input == null) {
      throw new IllegalStateException("neither a shape nor an input is given");
    }
    Kernels kernels = tested == null ? NativeKernels.instance() : tested;
    try (Subject subject = source.subject()) {
      Data numbers = new Data(seed, data, ownParameters);
      if (input != null) {
        return run(subject, input, numbers, kernels);
      }
      try (Tensor src = ModuleCase.source(subject.text(), numbers, shape, format)) {
        return run(subject, src, numbers, kernels);
      }
    }
  }

  private CrossCheckResult run(Subject subject, Tensor src, Data numbers, Kernels kernels) {
    List<Direction> known = subject.directions();
    Set<Direction> wanted = directions == null ? Set.copyOf(known) : directions;
    for (Direction direction : wanted) {
      if (!known.contains(direction)) {
        throw new IllegalArgumentException(
            "direction is " + direction.label() + "; the module has " + known + " in its mode");
      }
    }
    ModuleRun run = new ModuleRun(subject, src, numbers, wanted);
    run.on(kernels, new Forcing(isa, algorithm, null), src);
    List<TensorCheck> ends = run.endToEnd();
    List<String> objections = new ArrayList<>();
    for (TensorCheck end : ends) {
      if (!end.comparison().passed()) {
        objections.add("end to end, " + end);
      }
    }
    run.hidden()
        .forEach(
            result -> objections.add("almost all of " + result + " is 0, which would hide errors"));
    if (heatMap != null) {
      draw(subject.text(), run.actual(mapped), run.expected(mapped));
    }
    return CrossCheckResult.of(
        subject.text(),
        data,
        seed,
        run.operations(),
        ends,
        objections,
        replay(subject, src.shape()));
  }

  private void draw(String module, Output actual, Output expected) {
    HeatMap map = HeatMap.of(mapped, actual, expected, plane);
    map.write(heatMap, module);
  }

  private String replay(Subject subject, Shape src) {
    boolean readable = input == null && !ownParameters && tested == null;
    if (readable) {
      try {
        ModuleText.parse(subject.text(), src, true).close();
      } catch (IllegalArgumentException e) {
        readable = false; // a layer of the caller's own
      }
    }
    if (readable) {
      return Replay.COMMAND
          + Replay.module(subject.text(), src)
          + subject.options()
          + Replay.format(format)
          + (isa == null ? "" : " --isa " + isa)
          + (algorithm == null ? "" : " --algorithm " + algorithm)
          + " --threads "
          + Conv4j.threads()
          + " --data "
          + data.label()
          + " --seed "
          + seed;
    }
    return "CrossCheck.of(module)"
        + (input == null ? ".shape(" + Replay.extents(src) + ")" : ".input(src)")
        + (input != null || format == MemoryFormat.CONTIGUOUS
            ? ""
            : ".memoryFormat(MemoryFormat." + format + ")")
        + (ownParameters ? ".ownParameters()" : "")
        + (tested == null ? "" : ".tested(kernels)")
        + (isa == null ? "" : ".isa(\"" + isa + "\")")
        + (algorithm == null ? "" : ".algorithm(\"" + algorithm + "\")")
        + ".data(DataKind."
        + data
        + ").seed("
        + seed
        + ").run()";
  }
}
