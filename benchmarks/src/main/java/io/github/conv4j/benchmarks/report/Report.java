package io.github.conv4j.benchmarks.report;

import java.util.List;
import java.util.Optional;

/**
 * All that a comparison found; its JSON has the same names.
 *
 * @param schema {@link #SCHEMA}
 * @param command the arguments that made it
 * @param date when it began, ISO 8601
 * @param machine where
 * @param roofline what that machine can do at best, measured in the same run; null where it could
 *     not be measured
 * @param competitors who took part, the baseline first
 * @param rows what was measured
 */
public record Report(
    int schema,
    String command,
    String date,
    Machine machine,
    Roofline roofline,
    List<Participant> competitors,
    List<Row> rows) {
  /** The version of the JSON's form. */
  public static final int SCHEMA = 1;

  /** The id of the competitor that the others are measured against. */
  public static final String BASELINE = "conv4j";

  /**
   * The machine.
   *
   * @param cpu the CPU's own name
   * @param cores processors that the JVM may use
   * @param threads that every competitor used
   * @param l1 bytes of a core's first data cache
   * @param l2 bytes of a core's second cache
   * @param l3 bytes of the shared cache
   * @param memory bytes of main memory
   * @param governor the CPU frequency governor; null if the system does not say
   * @param os name and version
   * @param java version and vendor
   */
  public record Machine(
      String cpu,
      int cores,
      int threads,
      long l1,
      long l2,
      long l3,
      long memory,
      String governor,
      String os,
      String java) {}

  /**
   * A competitor.
   *
   * @param id a short name
   * @param name for people
   * @param version its own; null if it did not start
   * @param settings how it is used; null if it did not start
   * @param downloadBytes of the jars that a user needs; null if they are not there
   * @param coldStartMs from the start of the JVM to the first result of a small convolution
   * @param residentBytes memory of that process then
   * @param error why it could not run at all; null if it could
   */
  public record Participant(
      String id,
      String name,
      String version,
      String settings,
      Long downloadBytes,
      Double coldStartMs,
      Long residentBytes,
      String error) {}

  /**
   * A problem and what everybody did with it.
   *
   * @param file the shape file's name without folder and ending
   * @param name the problem's
   * @param operation {@code conv2d}, {@code maxpool2d}, {@code avgpool2d} or {@code network}
   * @param direction {@code forward}, {@code backward_data}, {@code backward_weights} or {@code
   *     training}
   * @param shape extents in the shape file's order, or a network's batch
   * @param flops of the direct sums; 0 for poolings
   * @param bytes of all tensors
   * @param rooflineMs what the roofline allows
   * @param results one a competitor, in the order of the report's competitors
   */
  public record Row(
      String file,
      String name,
      String operation,
      String direction,
      String shape,
      double flops,
      double bytes,
      Double rooflineMs,
      List<Result> results) {
    /** The result of a competitor, if it took part. */
    public Optional<Result> result(String competitor) {
      return results.stream().filter(r -> r.competitor.equals(competitor)).findFirst();
    }
  }

  /**
   * What one competitor did with a problem. Where the status is not {@link #OK}, times are null
   * unless it is {@link #WRONG}.
   *
   * @param competitor its id
   * @param status one of the four
   * @param reason why the status is not ok; else null
   * @param implementation what computed it, in its own words; null if it does not say
   * @param bestMs the least time of a call
   * @param medianMs the median time of a call
   * @param ratio the median over the rounds of its time to the baseline's, above 1 the baseline is
   *     faster; 1 for the baseline itself
   * @param ratioLow the lower quartile of those ratios
   * @param ratioHigh the upper quartile
   * @param gflops operations of the direct sums in the best time; null for poolings
   * @param gbs bytes of all tensors in the best time; null for convolutions
   * @param percentOfRoofline the roofline's time in the best time
   * @param worstError the largest distance from double in a sample, relative to the largest value
   * @param rmsError the root of the mean of their squares
   */
  public record Result(
      String competitor,
      String status,
      String reason,
      String implementation,
      Double bestMs,
      Double medianMs,
      Double ratio,
      Double ratioLow,
      Double ratioHigh,
      Double gflops,
      Double gbs,
      Double percentOfRoofline,
      Double worstError,
      Double rmsError) {
    /** Measured, and right. */
    public static final String OK = "ok";

    /** Measured, but the result is wrong: not ranked. */
    public static final String WRONG = "wrong";

    /** The competitor has nothing for it. */
    public static final String UNSUPPORTED = "unsupported";

    /** The competitor broke. */
    public static final String FAILED = "failed";

    /** A result without times. */
    public static Result none(String competitor, String status, String reason) {
      return new Result(
          competitor,
          status,
          reason,
          null,
          null,
          null,
          null,
          null,
          null,
          null,
          null,
          null,
          null,
          null);
    }

    /** Whether it may be compared with others. */
    public boolean isRanked() {
      return status.equals(OK);
    }
  }
}
