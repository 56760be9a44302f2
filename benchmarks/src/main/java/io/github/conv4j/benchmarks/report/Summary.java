package io.github.conv4j.benchmarks.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** A report in a few lines: for groups of rows, how many times as long as conv4j a peer took. */
public final class Summary {
  /** Begins what a file has of a summary. */
  static final String BEGIN = "<!-- comparison: made by `report --readme`, not by hand -->";

  /** Ends it. */
  static final String END = "<!-- end of comparison -->";

  private final Report report;
  private final List<Report.Participant> participants;

  /** The summary of a report, of those who took part and ran natively. */
  public Summary(Report report) {
    this.report = report;
    participants =
        report.competitors().stream()
            .filter(p -> p.error() == null)
            .filter(p -> !p.id().equals("conv4j-reference"))
            .toList();
  }

  /** Who is in it, the baseline first. */
  List<Report.Participant> participants() {
    return participants;
  }

  /** Groups of rows by their title: the layers of a file in one direction, and each network. */
  Map<String, List<Report.Row>> groups() {
    return report.rows().stream()
        .collect(Collectors.groupingBy(Summary::title, LinkedHashMap::new, Collectors.toList()));
  }

  private static String title(Report.Row row) {
    String direction = row.direction().replace('_', ' ');
    if (row.operation().equals("network")) {
      String what = row.direction().equals("training") ? "training step" : "whole network";
      return row.name() + ", " + what + ", batch " + row.shape();
    }
    String what = row.operation().equals("conv2d") ? "convolutions" : row.operation();
    return row.file() + ", " + what + ", " + direction;
  }

  /**
   * The geometric mean, over the rows of a group that both could do, of a competitor's time divided
   * by conv4j's; empty if there is no such row.
   */
  static OptionalDouble ratio(List<Report.Row> rows, String competitor) {
    double[] logs =
        rows.stream()
            .flatMap(row -> row.result(competitor).stream())
            .filter(r -> r.isRanked() && r.ratio() != null)
            .mapToDouble(r -> Math.log(r.ratio()))
            .toArray();
    return logs.length == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(Math.exp(Arrays.stream(logs).average().orElseThrow()));
  }

  private static long ranked(List<Report.Row> rows, String competitor) {
    return rows.stream()
        .flatMap(row -> row.result(competitor).stream())
        .filter(r -> r.isRanked() && r.ratio() != null)
        .count();
  }

  /** The table, in Markdown. */
  public String table() {
    List<String> lines = new ArrayList<>();
    List<Report.Participant> peers = participants.subList(1, participants.size());
    lines.add(
        "| | conv4j, sum of best | "
            + peers.stream().map(Report.Participant::name).collect(Collectors.joining(" | "))
            + " |");
    lines.add("|---|" + "---|".repeat(peers.size() + 1));
    groups()
        .forEach(
            (title, rows) -> {
              List<String> cells = new ArrayList<>(List.of(title, sum(rows)));
              for (Report.Participant peer : peers) {
                cells.add(cell(rows, peer.id()));
              }
              lines.add("| " + String.join(" | ", cells) + " |");
            });
    return String.join("\n", lines) + "\n";
  }

  private static String sum(List<Report.Row> rows) {
    double sum =
        rows.stream()
            .flatMap(row -> row.result(Report.BASELINE).stream())
            .filter(Report.Result::isRanked)
            .mapToDouble(Report.Result::bestMs)
            .sum();
    return Units.digits(sum) + " ms";
  }

  private static String cell(List<Report.Row> rows, String competitor) {
    OptionalDouble ratio = ratio(rows, competitor);
    if (ratio.isEmpty()) {
      return "-";
    }
    long ranked = ranked(rows, competitor);
    String of = ranked == rows.size() ? "" : " (" + ranked + " of " + rows.size() + ")";
    return String.format(Locale.ROOT, "%.2f", ratio.getAsDouble()) + of;
  }

  /**
   * What a README says: the machine, the table and a picture.
   *
   * @param picture the picture's path from there
   * @param link the path of the whole report from there
   */
  public String section(String picture, String link) {
    Report.Machine machine = report.machine();
    return String.format(
        Locale.ROOT,
        "%s%n%s, %d threads, Java %s, %s: how many times as long as conv4j a peer took (above 1"
            + " conv4j is%nfaster), geometric mean over the rows that it can do. Each competitor ran"
            + " in a JVM of its own, at its best; every%nresult was compared with double sums."
            + " [Every figure](%s).%n%n%s%n![%s](%s)%n%s%n",
        BEGIN,
        machine.cpu(),
        machine.threads(),
        machine.java().split(" ")[0],
        report.date().substring(0, 10),
        link,
        table(),
        "Speed of each competitor relative to conv4j",
        picture,
        END);
  }

  /**
   * A text with its section made anew.
   *
   * @throws IllegalArgumentException if the text has no such section
   */
  public String inserted(String text, String picture, String link) {
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IllegalArgumentException(
          "the file has no lines " + BEGIN + " and " + END + " to put the summary between");
    }
    String rest = text.substring(end + END.length());
    return text.substring(0, begin) + section(picture, link).stripTrailing() + rest;
  }
}
