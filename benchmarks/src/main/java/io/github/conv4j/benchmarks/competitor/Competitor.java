package io.github.conv4j.benchmarks.competitor;

import io.github.conv4j.benchmarks.problem.Problem;
import java.util.List;

/**
 * A library, used as its users do. It lives in a process of its own; implementations have a public
 * constructor without arguments, which loads the library.
 */
public interface Competitor {
  /** The library's version, as it tells it. */
  String version();

  /** How it is used here, in a few words. */
  String settings();

  /** Sets the threads that one call uses, the caller's included; called once, first. */
  void threads(int threads);

  /**
   * The ways to compute a problem among which the fastest counts, all ready to run.
   *
   * @throws UnsupportedProblemException if there is none
   */
  List<Call> calls(Problem problem) throws UnsupportedProblemException;
}
