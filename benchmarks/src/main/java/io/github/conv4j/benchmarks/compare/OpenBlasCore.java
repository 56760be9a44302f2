package io.github.conv4j.benchmarks.compare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas;

/** Asks OpenBLAS which core's kernels it would take if nobody told it. */
final class OpenBlasCore {
  private static final Pattern CORE = Pattern.compile("^Core: (\\w+)", Pattern.MULTILINE);

  private OpenBlasCore() {}

  /**
   * The core's name, asked in a process of its own, since a process has one OpenBLAS; empty if it
   * does not start.
   */
  static Optional<String> ownChoice() {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            OpenBlasCore.class.getName());
    Environment.forgetOpenBlas(builder.environment());
    builder.environment().put("OPENBLAS_VERBOSE", "2"); // prints "Core: Haswell" when it starts
    builder.redirectErrorStream(true);
    try {
      Process process = builder.start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      Matcher core = CORE.matcher(output);
      return process.waitFor() == 0 && core.find() ? Optional.of(core.group(1)) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /**
   * Loads OpenBLAS.
   *
   * @param args none
   */
  public static void main(String... args) {
    Loader.load(openblas.class);
  }
}
