package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A virtual machine of its own, for what is decided once in a process. */
final class ChildJvm {
  private static final String MAIN = "io.github.conv4j.app.Main";

  /** How it ended and what it printed. */
  record Outcome(int status, String out, String err) {
    /** The only line of standard error. */
    String onlyError() {
      assertTrue(err.endsWith("\n") && err.indexOf('\n') == err.length() - 1, this::toString);
      return err.strip();
    }
  }

  private List<String> classPath = classPath();
  private final Map<String, String> properties = new LinkedHashMap<>();
  private final Map<String, String> environment = new LinkedHashMap<>();

  /** The class path of these tests, entry by entry. */
  static List<String> classPath() {
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return List.of(path.split(File.pathSeparator));
  }

  ChildJvm classPath(List<String> entries) {
    classPath = entries;
    return this;
  }

  ChildJvm property(String name, String value) {
    properties.put(name, value);
    return this;
  }

  ChildJvm environment(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /** Runs the command line. */
  Outcome conv4j(String... arguments) {
    return run(MAIN, arguments);
  }

  /** Runs a main class and waits for its end. */
  Outcome run(String main, String... arguments) {
    try {
      Path out = Files.createTempFile("conv4j-test", ".out");
      Path err = Files.createTempFile("conv4j-test", ".err");
      try {
        Process process =
            start(main, arguments).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
        }
        return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
      } finally {
        Files.delete(out);
        Files.delete(err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
  }

  private ProcessBuilder start(String main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-Xmx512m");
    if (Runtime.version().feature() >= 24) {
      // Later ones warn about every System.load that was not allowed beforehand.
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.add("-cp");
    command.add(String.join(File.pathSeparator, classPath));
    properties.forEach((name, value) -> command.add("-D" + name + "=" + value));
    command.add(main);
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("CONV4J_"));
    builder.environment().remove("OPENBLAS_CORETYPE");
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.environment().putAll(environment);
    return builder;
  }
}
