package io.github.conv4j.benchmarks.compare;

import io.github.conv4j.benchmarks.competitor.Worker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A competitor's process: one {@link Worker}, asked line by line. */
final class WorkerProcess implements AutoCloseable {
  private static final String END = "failed the process ended";
  private static final int TAIL = 3;

  private final Process process;
  private final Writer to;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final List<String> tail = new ArrayList<>();
  private final double timeout;

  /**
   * Starts the process.
   *
   * @param classPath of the worker and its competitor
   * @param className of the competitor
   * @param threads for every call
   * @param environment variables to add
   * @param timeout seconds that an answer may take
   * @throws IOException if there is no such Java
   */
  WorkerProcess(
      String classPath,
      String className,
      int threads,
      Map<String, String> environment,
      double timeout)
      throws IOException {
    this.timeout = timeout;
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    // Ctrl-C reaches every process of the terminal; the workers outlive it and end with the runner.
    ProcessBuilder builder =
        new ProcessBuilder(
            "/bin/sh",
            "-c",
            "trap '' INT; exec \"$@\"",
            "sh",
            java,
            "-Xmx8g",
            "-Djava.awt.headless=true",
            "-cp",
            classPath,
            Worker.class.getName(),
            className,
            Integer.toString(threads));
    Environment.forgetOpenBlas(builder.environment());
    builder.environment().putAll(environment);
    process = builder.start();
    to = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
    read("answers", process.getInputStream(), true);
    read("messages", process.getErrorStream(), false);
  }

  private void read(String name, InputStream from, boolean answering) {
    Thread thread =
        new Thread(
            () -> {
              try (BufferedReader in =
                  new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                  if (answering && line.startsWith(Worker.MARK)) {
                    answers.add(line.substring(Worker.MARK.length()));
                  } else {
                    keep(line);
                  }
                }
              } catch (IOException e) {
                keep(e.toString());
              }
              if (answering) {
                answers.add(END);
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
  }

  private synchronized void keep(String line) {
    tail.add(line);
    if (tail.size() > TAIL) {
      tail.remove(0);
    }
  }

  /** The last lines that the process printed beside its answers. */
  synchronized String lastWords() {
    return String.join(" / ", tail);
  }

  /** Sends a command and waits for its answer; after {@code failed} the process may be gone. */
  String ask(String command) throws InterruptedException {
    try {
      to.write(command + "\n");
      to.flush();
    } catch (IOException e) {
      return END;
    }
    return answer();
  }

  /** The next answer. */
  String answer() throws InterruptedException {
    String answer = answers.poll((long) (timeout * 1000), TimeUnit.MILLISECONDS);
    if (answer == null) {
      process.destroyForcibly();
      return "failed no answer in " + timeout + " seconds";
    }
    if (answer.equals(END)) {
      process.waitFor(1, TimeUnit.SECONDS);
      return END + (lastWords().isEmpty() ? "" : ": " + lastWords());
    }
    return answer;
  }

  /** Whether it still runs. */
  boolean isAlive() {
    return process.isAlive();
  }

  /** Bytes of memory that the process has now; null if the system does not say. */
  Long residentBytes() {
    try {
      for (String line :
          Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
        if (line.startsWith("VmRSS:")) {
          return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
        }
      }
    } catch (IOException e) {
      return null; // no such system, or the process has ended
    }
    return null;
  }

  @Override
  public void close() {
    try {
      to.close();
      if (!process.waitFor(2, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
