package io.github.conv4j.app;

import io.github.conv4j.Conv4j;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.Validation.Combinations;
import io.github.conv4j.check.Validation.Failure;
import io.github.conv4j.check.Validation.Summary;
import io.github.conv4j.kernel.Direction;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** The outcome of a validation, as lines for people and as JSON. */
final class ValidateReport {
  private static final int MOST_FAILURES = 50;

  private final PrintWriter out;
  private final Combinations combinations;
  private final Map<String, Summary> summaries = new LinkedHashMap<>();

  ValidateReport(PrintWriter out, Combinations combinations) {
    this.out = out;
    this.combinations = combinations;
  }

  /** Prints what is about to run. */
  void begin() {
    out.println(
        "seed "
            + combinations.seed()
            + ", isa "
            + String.join(", ", combinations.isas())
            + ", algorithm "
            + (combinations.algorithm() == null ? "chosen by cost" : combinations.algorithm())
            + ", threads "
            + combinations.threads()
            + ", format "
            + String.join(", ", formats()));
    out.flush();
  }

  /** Prints the failures of a set and one line about all of it. */
  void add(String name, Summary summary) {
    summaries.put(name, summary);
    summary.failures().stream().limit(MOST_FAILURES).forEach(this::print);
    if (summary.different() > MOST_FAILURES) {
      out.println((summary.different() - MOST_FAILURES) + " more differ");
    }
    String error =
        combinations.data().contains(DataKind.REAL)
            ? String.format(
                Locale.ROOT, "worst error %.3f of the bound, ", summary.worstOverBound())
            : "";
    out.printf(
        Locale.ROOT,
        "%s: %s, %d runs, %d not applicable, %d different, %s%.1f s%n",
        name,
        summary.cases() == 1 ? "1 case" : summary.cases() + " cases",
        summary.runs(),
        summary.notApplicable(),
        summary.different(),
        error,
        summary.seconds());
    out.flush();
  }

  private void print(Failure failure) {
    out.println(
        failure.shape().operation()
            + " "
            + failure.shape().name()
            + ", "
            + failure.direction().label()
            + ", "
            + failure.isa()
            + ", threads "
            + failure.threads()
            + ", "
            + label(failure.format())
            + ", "
            + failure.data().label()
            + " data");
    failure.problems().forEach(problem -> out.println("  " + problem));
    out.println("  " + replay(failure));
  }

  /** The command that shows a failure again. */
  private String replay(Failure failure) {
    return "java -jar java/app/target/conv4j.jar validate "
        + failure.shape().selection()
        + " --direction "
        + failure.direction().label()
        + " --isa "
        + failure.isa()
        + (failure.algorithm() == null ? "" : " --algorithm " + failure.algorithm())
        + " --threads "
        + failure.threads()
        + " --data "
        + failure.data().label()
        + (failure.format() == MemoryFormat.CONTIGUOUS
            ? ""
            : " --format " + label(failure.format()))
        + (combinations.sample() == 0 ? "" : " --sample " + combinations.sample())
        + " --seed "
        + combinations.seed();
  }

  private List<String> formats() {
    return combinations.formats().stream().map(ValidateReport::label).toList();
  }

  /** As --format has it. */
  private static String label(MemoryFormat format) {
    return format == MemoryFormat.CONTIGUOUS ? "nchw" : "nhwc";
  }

  /** Runs of all sets. */
  long runs() {
    return summaries.values().stream().mapToLong(Summary::runs).sum();
  }

  /** Runs of all sets that differ from the reference. */
  long failures() {
    return summaries.values().stream().mapToLong(Summary::different).sum();
  }

  /** Refuses a file that cannot be written, before the work is done. */
  static void requireWritable(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file) || folder == null || !Files.isWritable(folder)) {
      throw new InputException(
          file + " cannot be written: it is a folder, or in a folder that cannot be written to");
    }
  }

  /** Writes the JSON file, which appears complete or not at all. */
  void write(Path file) {
    Path target = file.toAbsolutePath();
    try {
      long random = ThreadLocalRandom.current().nextLong(Long.MAX_VALUE);
      Path unfinished = target.resolveSibling("." + target.getFileName() + "." + random + ".part");
      try {
        Files.writeString(
            unfinished,
            Json.write(content()) + "\n",
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE);
        Files.move(unfinished, target, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(unfinished);
      }
    } catch (IOException e) {
      throw new InputException(file + " cannot be written: " + e.getMessage(), e);
    }
  }

  private Map<String, Object> content() {
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("version", Conv4j.version());
    content.put("cpu", Conv4j.cpu());
    content.put("seed", combinations.seed());
    content.put("directions", combinations.directions().stream().map(Direction::label).toList());
    content.put("data", combinations.data().stream().map(DataKind::label).toList());
    content.put("algorithm", combinations.algorithm());
    content.put("isas", combinations.isas());
    content.put("threads", combinations.threads());
    content.put("formats", formats());
    content.put("sample", combinations.sample());
    List<Object> sets = new ArrayList<>();
    summaries.forEach((name, summary) -> sets.add(set(name, summary)));
    content.put("sets", sets);
    return content;
  }

  private Map<String, Object> set(String name, Summary summary) {
    Map<String, Object> set = new LinkedHashMap<>();
    set.put("name", name);
    set.put("cases", summary.cases());
    set.put("runs", summary.runs());
    set.put("notApplicable", summary.notApplicable());
    set.put("different", summary.different());
    // JSON has no infinity, which is what a NaN in the place of a number gives.
    double worst = summary.worstOverBound();
    set.put("worstErrorOverBound", Double.isFinite(worst) ? worst : null);
    set.put("seconds", summary.seconds());
    set.put("failures", summary.failures().stream().map(this::failure).toList());
    return set;
  }

  private Map<String, Object> failure(Failure failure) {
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("operation", failure.shape().operation());
    content.put("name", failure.shape().name());
    content.put("geometry", failure.shape().extents());
    content.put("direction", failure.direction().label());
    content.put("data", failure.data().label());
    content.put("algorithm", failure.algorithm());
    content.put("isa", failure.isa());
    content.put("threads", failure.threads());
    content.put("format", label(failure.format()));
    content.put("problems", failure.problems());
    content.put("replay", replay(failure));
    return content;
  }
}
