package io.github.conv4j.benchmarks.report;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reports as JSON files: what has one line in a table has one line there, for readable diffs. */
public final class ReportFile {
  private static final Gson GSON =
      new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

  private ReportFile() {}

  /**
   * Writes a report.
   *
   * @param file overwritten; its folder is made where there is none
   * @throws IOException if it cannot be written
   */
  public static void write(Report report, Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Files.createDirectories(folder);
    Files.writeString(file, json(report));
  }

  /** The text of a report's file. */
  public static String json(Report report) {
    StringBuilder text = new StringBuilder("{\n");
    member(text, "schema", report.schema(), ",\n");
    member(text, "command", report.command(), ",\n");
    member(text, "date", report.date(), ",\n");
    member(text, "machine", report.machine(), ",\n");
    member(text, "roofline", report.roofline(), ",\n");
    lines(text, "competitors", report.competitors(), " ");
    text.append(",\n\"rows\": [");
    String separator = "\n";
    for (Report.Row row : report.rows()) {
      text.append(separator);
      separator = ",\n";
      Report.Row bare =
          new Report.Row(
              row.file(),
              row.name(),
              row.operation(),
              row.direction(),
              row.shape(),
              row.flops(),
              row.bytes(),
              row.rooflineMs(),
              List.of());
      String head = GSON.toJson(bare);
      text.append(' ').append(head, 0, head.lastIndexOf("\"results\""));
      lines(text, "results", row.results(), "  ");
      text.append('}');
    }
    return text.append("]\n}\n").toString();
  }

  private static void member(StringBuilder text, String name, Object value, String end) {
    text.append('"').append(name).append("\": ").append(GSON.toJson(value)).append(end);
  }

  private static void lines(StringBuilder text, String name, List<?> values, String indent) {
    text.append('"').append(name).append("\": [");
    String separator = "\n";
    for (Object value : values) {
      text.append(separator).append(indent).append(GSON.toJson(value));
      separator = ",\n";
    }
    text.append(']');
  }

  /**
   * Reads a report.
   *
   * @throws IOException if the file cannot be read, or is none of this version
   */
  public static Report read(Path file) throws IOException {
    Report report;
    try {
      report = GSON.fromJson(Files.readString(file), Report.class);
    } catch (JsonParseException e) {
      throw new IOException(file + " is no report of a comparison: " + e.getMessage(), e);
    }
    if (report == null || report.schema() != Report.SCHEMA) {
      throw new IOException(
          file + " is no report of a comparison with schema " + Report.SCHEMA + "; make it anew");
    }
    return report;
  }
}
