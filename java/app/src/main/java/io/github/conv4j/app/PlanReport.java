package io.github.conv4j.app;

import io.github.conv4j.Conv4j;
import io.github.conv4j.check.AvgPool2dCase;
import io.github.conv4j.check.Conv2dCase;
import io.github.conv4j.check.ConvTranspose2dCase;
import io.github.conv4j.check.KernelCase;
import io.github.conv4j.check.MaxPool2dCase;
import io.github.conv4j.check.ShapeFile;
import io.github.conv4j.kernel.Accuracy;
import io.github.conv4j.kernel.Candidate;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.ConvTranspose2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.Plan;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.PoolWindows;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a plan of one geometry runs, and what that was chosen from. */
final class PlanReport {
  private static final Pattern ROW_OF_FILE = Pattern.compile("(.+\\.csv):(.+)");

  /** From here on a cost says that the algorithm is taken by name alone. */
  private static final double BY_NAME = 1e30;

  private final KernelCase shape;
  private final Direction direction;
  private final Accuracy accuracy;
  private final boolean isNative;
  private final Plan plan;

  /**
   * Plans.
   *
   * @param geometry the extents, or FILE.csv:ROW
   * @param direction its label
   * @param accuracy default or strict
   * @param isa an instruction set, or null for the default
   */
  PlanReport(String geometry, String direction, String accuracy, String isa) {
    this.shape = shape(geometry);
    this.direction = Direction.of(direction);
    this.accuracy =
        switch (accuracy) {
          case "default" -> Accuracy.DEFAULT;
          case "strict" -> Accuracy.STRICT;
          default ->
              throw new InputException(
                  "--accuracy is " + accuracy + "; it must be default or strict");
        };
    if (!shape.directions().contains(this.direction)) {
      List<String> labels = shape.directions().stream().map(Direction::label).toList();
      throw new InputException(
          "--direction is " + direction + "; a " + shape.operation() + " has " + labels);
    }
    Kernels kernels = Conv4j.kernels();
    this.isNative = kernels.backend().equals("native");
    if (isa != null && !Conv4j.isas().contains(isa)) {
      throw new InputException("--isa is " + isa + "; this CPU runs " + Conv4j.isas());
    }
    this.plan = plan(kernels, PlanOptions.DEFAULT.withAccuracy(this.accuracy).withIsa(isa));
  }

  private static KernelCase shape(String geometry) {
    Matcher row = ROW_OF_FILE.matcher(geometry);
    if (row.matches()) {
      String name = row.group(2).strip();
      return ValidateCommand.read(Path.of(row.group(1))).stream()
          .filter(shape -> shape.name().equals(name))
          .findFirst()
          .orElseThrow(
              () -> new InputException(row.group(1) + " has no row that is named '" + name + "'"));
    }
    if (geometry.endsWith(".csv")) {
      throw new InputException(
          "--plan is " + geometry + "; a row must follow: " + geometry + ":ROW");
    }
    return ShapeFile.parse("given", geometry.replace(" ", ""));
  }

  private Plan plan(Kernels kernels, PlanOptions options) {
    if (shape instanceof Conv2dCase convolution) {
      Conv2dGeometry g = convolution.geometry();
      PlanOptions padded = options.withPaddingMode(convolution.paddingMode());
      return switch (direction) {
        case FORWARD -> kernels.conv2dForward(g, padded);
        case BACKWARD_DATA -> kernels.conv2dBackwardData(g, padded);
        case BACKWARD_WEIGHTS -> kernels.conv2dBackwardWeights(g, padded);
      };
    }
    if (shape instanceof ConvTranspose2dCase transposed) {
      ConvTranspose2dGeometry g = transposed.geometry();
      return switch (direction) {
        case FORWARD -> kernels.convTranspose2dForward(g, options);
        case BACKWARD_DATA -> kernels.convTranspose2dBackwardData(g, options);
        case BACKWARD_WEIGHTS -> kernels.convTranspose2dBackwardWeights(g, options);
      };
    }
    boolean forward = direction == Direction.FORWARD;
    if (shape instanceof MaxPool2dCase pooling) {
      Pool2dGeometry g = pooling.geometry();
      return forward ? kernels.maxPool2dForward(g, options) : kernels.maxPool2dBackward(g, options);
    }
    PoolWindows g = ((AvgPool2dCase) shape).geometry();
    return forward ? kernels.avgPool2dForward(g, options) : kernels.avgPool2dBackward(g, options);
  }

  private Candidate winner() {
    return plan.candidates().stream().filter(Candidate::chosen).findFirst().orElseThrow();
  }

  /** The candidates, cheapest first; of equal costs the one that is considered first. */
  private List<Candidate> byCost() {
    return plan.candidates().stream().sorted(Comparator.comparingDouble(Candidate::cost)).toList();
  }

  /** Counts of threads whose workspace is told: one, and all. */
  private List<Integer> threads() {
    return isNative && Conv4j.threads() > 1 ? List.of(1, Conv4j.threads()) : List.of(1);
  }

  /** For {@link Json}. */
  Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("operation", shape.operation());
    facts.put("direction", direction.label());
    facts.put("geometry", shape.extents());
    facts.put("accuracy", accuracy.name().toLowerCase(Locale.ROOT));
    facts.put("isa", plan.isa());
    facts.put("cache_bytes", isNative ? Conv4j.cacheSizes() : null);
    List<Map<String, Object>> candidates = new ArrayList<>();
    for (Candidate candidate : byCost()) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("name", candidate.name());
      row.put("cost", candidate.cost());
      row.put("chosen", candidate.chosen());
      candidates.add(row);
    }
    facts.put("candidates", candidates);
    facts.put("algorithm", plan.algorithm());
    Map<String, Object> workspace = new LinkedHashMap<>();
    for (int count : threads()) {
      workspace.put(Integer.toString(count), plan.workspaceBytes(count));
    }
    facts.put("workspace_bytes", workspace);
    facts.put("prepared_bytes", plan.preparedBytes());
    return facts;
  }

  void print(PrintWriter out) {
    line(out, "plan", shape.operation() + " " + direction.label() + " " + shape.extents());
    line(out, "accuracy", accuracy.name().toLowerCase(Locale.ROOT));
    line(out, "ISA", plan.isa());
    if (isNative) {
      List<Long> bytes = Conv4j.cacheSizes();
      line(
          out,
          "caches",
          String.format(
              "L1 data %d KiB, L2 %d KiB, L3 %d KiB",
              bytes.get(0) / 1024, bytes.get(1) / 1024, bytes.get(2) / 1024));
    }
    Candidate winner = winner();
    out.println("candidates         estimated cost  of the winner's");
    for (Candidate candidate : byCost()) {
      out.printf("  %-16s  %s%n", candidate.name(), cost(candidate.cost(), winner.cost()));
    }
    boolean asked = !byCost().get(0).chosen();
    line(out, "winner", winner.name() + (asked ? ", asked for by conv4j.algorithm" : ""));
    List<String> workspaces = new ArrayList<>();
    for (int count : threads()) {
      String on = count == 1 ? " on 1 thread" : " on " + count + " threads";
      workspaces.add(plan.workspaceBytes(count) + " bytes" + on);
    }
    line(out, "workspace", String.join(", ", workspaces));
    line(out, "weights", plan.preparedBytes() + " bytes prepared");
  }

  private static String cost(double cost, double winner) {
    if (cost >= BY_NAME) {
      return " by name alone";
    }
    String relative =
        cost == winner
            ? "1.00"
            : winner == 0 || winner >= BY_NAME
                ? "-"
                : String.format(Locale.ROOT, "%.2f", cost / winner);
    return String.format(Locale.ROOT, "%14.4g  %15s", cost, relative);
  }

  private static void line(PrintWriter out, String name, Object value) {
    out.printf("%-9s  %s%n", name, value);
  }
}
