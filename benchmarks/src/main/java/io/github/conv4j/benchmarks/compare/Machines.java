package io.github.conv4j.benchmarks.compare;

import io.github.conv4j.Conv4j;
import io.github.conv4j.benchmarks.report.Report;
import io.github.conv4j.benchmarks.report.Roofline;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Looks at the machine: what it is and what it can do. */
final class Machines {
  private static final Path GOVERNOR =
      Path.of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");

  private Machines() {}

  /** This machine. */
  static Report.Machine here(int threads) {
    List<Long> caches = Conv4j.cacheSizes();
    return new Report.Machine(
        Conv4j.cpu(),
        Runtime.getRuntime().availableProcessors(),
        threads,
        caches.get(0),
        caches.get(1),
        caches.get(2),
        memory(),
        governor(),
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        System.getProperty("java.version") + " " + System.getProperty("java.vendor"));
  }

  private static long memory() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
        if (line.startsWith("MemTotal:")) {
          return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
        }
      }
    } catch (IOException e) {
      return 0; // not Linux
    }
    return 0;
  }

  private static String governor() {
    try {
      return Files.readString(GOVERNOR).strip();
    } catch (IOException e) {
      return null; // virtual machines seldom have one
    }
  }

  /**
   * Measures the roofline with the program that the build put beside the jar.
   *
   * @param isa the instruction set of the multiply-adds
   * @return null if there is no such program
   * @throws IOException if the program fails
   */
  static Roofline roofline(Installation installation, String isa, Report.Machine machine)
      throws IOException, InterruptedException {
    Path program = installation.roofline();
    if (!Files.isExecutable(program)) {
      return null;
    }
    Process process =
        new ProcessBuilder(
                program.toString(),
                isa,
                Integer.toString(machine.threads()),
                Long.toString(machine.l2()),
                Long.toString(machine.l3()))
            .redirectErrorStream(true)
            .start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (process.waitFor() != 0) {
      throw new IOException(program + " failed: " + output);
    }
    String[] words = output.split(" ");
    double[] rates = new double[4];
    for (int i = 0; i < rates.length; i++) {
      rates[i] = Double.parseDouble(String.format(Locale.ROOT, "%.4g", Double.valueOf(words[i])));
    }
    return new Roofline(isa, machine.threads(), rates[0], rates[1], rates[2], rates[3]);
  }
}
