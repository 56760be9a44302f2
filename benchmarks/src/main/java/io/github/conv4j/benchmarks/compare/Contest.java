package io.github.conv4j.benchmarks.compare;

import io.github.conv4j.benchmarks.problem.Numbers;
import io.github.conv4j.benchmarks.problem.OperatorProblem;
import io.github.conv4j.benchmarks.problem.Problem;
import io.github.conv4j.benchmarks.report.Report;
import java.util.ArrayList;
import java.util.List;

/** One row: every competitor makes the problem ready, then they take turns. */
final class Contest {
  /** Between two turns: a peer's workers may spin for milliseconds after a call. */
  private static final long REST_MILLIS = 20;

  /** Timed calls of one turn, in seconds; one call at least. */
  private static final double TURN = 0.015;

  /** A call that takes so long is timed alone, without warm-up. */
  private static final double LONG = 0.3;

  /** A competitor has no more turns after so many times its share of seconds. */
  private static final double PATIENCE = 4;

  private static final int ROUNDS = 3;
  private static final long SAMPLE = 2000;
  private static final double SAMPLE_WORK = 3e7;

  /** A worse error, relative to the largest value, is no rounding. */
  private static final double WRONG = 1e-3;

  private final Problem problem;
  private final List<Entry> entries = new ArrayList<>();

  /** A competitor in this row. */
  private static final class Entry {
    final Entrant entrant;
    final List<Double> rounds = new ArrayList<>();
    final List<Double> medians = new ArrayList<>();
    String implementation;
    String status = Report.Result.OK;
    String reason;
    double spent;
    double[] sample;

    Entry(Entrant entrant) {
      this.entrant = entrant;
    }

    boolean runs() {
      return status.equals(Report.Result.OK);
    }

    /** Takes an answer in: its words, or null if it says that there is no result. */
    String[] accept(String answer) {
      String[] words = answer.split(" ", 2);
      String rest = words.length > 1 ? words[1] : "";
      if (words[0].equals("unsupported") || words[0].equals("failed")) {
        status = words[0];
        reason = rest;
        return null;
      }
      return rest.split(" ");
    }
  }

  private Contest(Problem problem) {
    this.problem = problem;
  }

  /**
   * Holds the contest.
   *
   * @param seconds of timed calls for each competitor, about
   * @param reference computes what networks should give; may be one of the entrants
   */
  static List<Report.Result> hold(
      Problem problem, List<Entrant> entrants, double seconds, Entrant reference, ResultMaker maker)
      throws InterruptedException {
    Contest contest = new Contest(problem);
    for (Entrant entrant : entrants) {
      contest.open(new Entry(entrant));
    }
    contest.rounds(seconds);
    long count = contest.sampleCount();
    for (Entry entry : contest.entries) {
      contest.sample(entry, count);
    }
    double[] expected = contest.expected(reference, count);
    List<Report.Result> results = new ArrayList<>();
    for (Entry entry : contest.entries) {
      results.add(contest.result(entry, expected, maker));
    }
    return results;
  }

  private void open(Entry entry) throws InterruptedException {
    entries.add(entry);
    String problemOfEntrant = entry.entrant.unavailable();
    if (problemOfEntrant != null) {
      entry.status = Report.Result.FAILED;
      entry.reason = problemOfEntrant;
      return;
    }
    String[] words = entry.accept(entry.entrant.ask("open " + problem.line()));
    if (words != null) {
      entry.implementation = String.join(" ", words);
    }
  }

  private void rounds(double seconds) throws InterruptedException {
    long rounds = Math.max(ROUNDS, Math.round(seconds / TURN));
    for (long round = 0; round < rounds; round++) {
      for (Entry entry : entries) {
        boolean impatient = entry.spent > PATIENCE * seconds && !entry.rounds.isEmpty();
        if (entry.runs() && !impatient) {
          turn(entry);
        } else if (entry.runs()) {
          entry.rounds.add(Double.NaN);
        }
      }
    }
  }

  private void turn(Entry entry) throws InterruptedException {
    Thread.sleep(REST_MILLIS);
    double before = entry.rounds.isEmpty() ? 0 : entry.rounds.get(entry.rounds.size() - 1);
    long begin = System.nanoTime();
    String[] words = entry.accept(entry.entrant.ask("turn " + (before > LONG ? 0 : TURN)));
    double spent = (System.nanoTime() - begin) / 1e9;
    if (words != null) {
      spent = Math.max(spent, Double.parseDouble(words[0])); // a long call was made before
      entry.rounds.add(Double.valueOf(words[0]));
      entry.medians.add(Double.valueOf(words[1]));
    }
    entry.spent += spent;
  }

  private long sampleCount() {
    return problem instanceof OperatorProblem operator
        ? Math.min(SAMPLE, Math.max(50, (long) (SAMPLE_WORK / operator.workOfOneElement())))
        : SAMPLE;
  }

  private void sample(Entry entry, long count) throws InterruptedException {
    if (entry.runs()) {
      String[] words = entry.accept(entry.entrant.ask("sample " + count));
      if (words != null) {
        entry.sample = new double[words.length];
        for (int i = 0; i < words.length; i++) {
          entry.sample[i] = Double.parseDouble(words[i]);
        }
      }
    }
    if (entry.entrant.unavailable() == null) {
      entry.entrant.ask("close");
    }
  }

  /** What belongs at the sampled positions; null if nobody can say. */
  private double[] expected(Entrant reference, long count) throws InterruptedException {
    if (problem instanceof OperatorProblem operator) {
      return operator.expected(Numbers.positions(operator.resultElements(), count));
    }
    for (Entry entry : entries) {
      if (entry.entrant == reference) {
        return entry.sample;
      }
    }
    Entry entry = new Entry(reference);
    if (reference.unavailable() == null
        && entry.accept(reference.ask("open " + problem.line())) != null) {
      sample(entry, count);
    }
    return entry.sample;
  }

  private Report.Result result(Entry entry, double[] expected, ResultMaker maker) {
    String id = entry.entrant.contestant().id();
    if (!entry.runs()) {
      return Report.Result.none(id, entry.status, entry.reason);
    }
    Errors errors = expected == null ? null : Errors.of(entry.sample, expected);
    String status = entry.status;
    String reason = null;
    if (errors != null && !(errors.worst() <= WRONG)) {
      status = Report.Result.WRONG;
      reason = "the worst error is " + errors.worst() + " of the largest value";
    }
    return maker.make(
        new ResultMaker.Times(id, status, reason, entry.implementation),
        entry.rounds,
        entry.medians,
        entries.get(0).runs() ? entries.get(0).rounds : List.of(),
        errors);
  }
}
