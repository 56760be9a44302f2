package io.github.conv4j.benchmarks.compare;

import io.github.conv4j.benchmarks.report.Report;
import java.io.IOException;
import java.util.Map;

/** A contestant and its process, which is started anew after it broke. */
final class Entrant implements AutoCloseable {
  /** Seconds; a plain-Java pass of a large network takes minutes. */
  private static final double TIMEOUT = 600;

  private static final String SMALL = "conv2d forward small 1,1,28,28,6,5,5,1,1,2,2,2,2,1,1,1";

  private final Contestant contestant;
  private final Installation installation;
  private final int threads;
  private final Map<String, String> environment;
  private WorkerProcess process;
  private String version;
  private String settings;
  private String problem;
  private Double coldStartMs;
  private Long residentBytes;

  Entrant(
      Contestant contestant,
      Installation installation,
      int threads,
      Map<String, String> environment) {
    this.contestant = contestant;
    this.installation = installation;
    this.threads = threads;
    this.environment = environment;
  }

  Contestant contestant() {
    return contestant;
  }

  /** Starts the process if it does not run, and says why it cannot; null if it can. */
  String unavailable() throws InterruptedException {
    if (problem != null || process != null && process.isAlive()) {
      return problem;
    }
    try {
      start();
    } catch (IOException e) {
      problem = e.getMessage();
    }
    return problem;
  }

  private void start() throws IOException, InterruptedException {
    String classPath = installation.classPath(contestant);
    if (classPath == null) {
      problem = Installation.remedy(contestant);
      return;
    }
    if (process != null) {
      process.close();
    }
    process = new WorkerProcess(classPath, contestant.className(), threads, environment, TIMEOUT);
    String answer = process.answer();
    if (!answer.startsWith("ready ")) {
      problem = answer.replaceFirst("^failed ", "");
      return;
    }
    String[] parts = answer.substring("ready ".length()).split(" [|] ", 2);
    version = parts[0];
    settings = parts[1];
  }

  /** Asks the process, which {@link #unavailable} has started. */
  String ask(String command) throws InterruptedException {
    return process.ask(command);
  }

  /** Measures a fresh process: from its start to the first result of a small convolution. */
  void measureColdStart() throws InterruptedException {
    if (unavailable() != null) {
      return;
    }
    close();
    long begin = System.nanoTime();
    if (unavailable() == null && ask("first " + SMALL).startsWith("opened")) {
      coldStartMs = ResultMaker.rounded((System.nanoTime() - begin) / 1e6);
      residentBytes = process.residentBytes();
    }
    close();
  }

  /** For the report. */
  Report.Participant participant() {
    return new Report.Participant(
        contestant.id(),
        contestant.name(),
        version,
        settings,
        installation.downloadBytes(contestant),
        coldStartMs,
        residentBytes,
        problem);
  }

  @Override
  public void close() {
    if (process != null) {
      process.close();
      process = null;
    }
  }
}
