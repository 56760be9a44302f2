package io.github.conv4j.benchmarks.compare;

import io.github.conv4j.benchmarks.report.Report;
import io.github.conv4j.benchmarks.report.Roofline;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A running comparison: what it has found so far can be asked at any time. */
final class Comparison implements AutoCloseable {
  private final String command;
  private final String date = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
  private final Report.Machine machine;
  private final Roofline roofline;
  private final List<Entrant> entrants;
  private final Entrant reference;
  private final double seconds;
  private final List<Report.Row> done = new CopyOnWriteArrayList<>();

  /**
   * A comparison in which nothing has happened yet.
   *
   * @param command the arguments that made it, for the report
   * @param roofline null if it is not known
   * @param entrants the baseline first
   * @param reference one of the entrants, or one beside them
   * @param seconds of timed calls for each competitor and row, about
   */
  Comparison(
      String command,
      Report.Machine machine,
      Roofline roofline,
      List<Entrant> entrants,
      Entrant reference,
      double seconds) {
    this.command = command;
    this.machine = machine;
    this.roofline = roofline;
    this.entrants = List.copyOf(entrants);
    this.reference = reference;
    this.seconds = seconds;
  }

  /** Steps of progress: the rows, then the cold starts. */
  int steps(List<Rows.Row> rows) {
    return rows.size() + entrants.size();
  }

  void run(List<Rows.Row> rows, Progress progress) throws InterruptedException {
    for (Rows.Row row : rows) {
      progress.begin(row.file() + " " + row.problem().name());
      Double limit =
          roofline == null
              ? null
              : ResultMaker.rounded(
                  roofline.milliseconds(row.problem().flops(), row.problem().bytes(), machine));
      List<Report.Result> results =
          Contest.hold(
              row.problem(), entrants, seconds, reference, new ResultMaker(row.problem(), limit));
      done.add(
          new Report.Row(
              row.file(),
              row.problem().name(),
              row.problem().operation(),
              row.problem().directionName(),
              row.problem().shape(),
              row.problem().flops(),
              row.problem().bytes(),
              limit,
              results));
      progress.end();
    }
    for (Entrant entrant : entrants) {
      progress.begin("cold start " + entrant.contestant().id());
      entrant.measureColdStart();
      progress.end();
    }
  }

  /** What has been found until now: whole rows. */
  Report report() {
    List<Report.Participant> participants = new ArrayList<>();
    entrants.forEach(entrant -> participants.add(entrant.participant()));
    return new Report(
        Report.SCHEMA, command, date, machine, roofline, participants, List.copyOf(done));
  }

  @Override
  public void close() {
    entrants.forEach(Entrant::close);
    reference.close();
  }
}
