package io.github.conv4j.benchmarks.compare;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where things lie: benchmarks.jar with {@code lib} beside it, the peers' jars in {@code
 * lib/peers/NAME}, the program {@code roofline}.
 *
 * @param target the folder of benchmarks.jar
 */
record Installation(Path target) {
  /** The one that this class was loaded from. */
  static Installation here() {
    try {
      Path source =
          Path.of(Installation.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return new Installation(source.getParent());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Measures the roofline. */
  Path roofline() {
    return target.resolve("roofline").resolve("roofline");
  }

  /** The class path of a contestant's process, or null if its jars are not there. */
  String classPath(Contestant contestant) {
    if (contestant.folder() == null) {
      return System.getProperty("java.class.path");
    }
    Path folder = peers(contestant);
    return Files.isDirectory(folder) ? folder + File.separator + "*" : null;
  }

  /** What to do for a contestant's jars. */
  static String remedy(Contestant contestant) {
    return "its jars are not there; mvn -DskipTests package -Ppeers brings all peers, with"
        + " -pl benchmarks/peers/"
        + contestant.folder()
        + " -am this one";
  }

  private Path peers(Contestant contestant) {
    return target.resolve("lib").resolve("peers").resolve(contestant.folder());
  }

  /** Bytes of the jars that a user of a contestant downloads; null if they are not there. */
  Long downloadBytes(Contestant contestant) {
    try {
      long sum = 0;
      for (Path jar : jars(contestant)) {
        sum += Files.size(jar);
      }
      return sum == 0 ? null : sum;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Path> jars(Contestant contestant) throws IOException {
    boolean own = contestant.folder() == null;
    Path folder = own ? target.resolve("lib") : peers(contestant);
    List<Path> jars = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return jars;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        if (own ? isOwn(name, contestant) : !name.startsWith("conv4j")) {
          jars.add(file);
        }
      }
    }
    return jars;
  }

  /** The reference needs no native code. */
  private static boolean isOwn(String jar, Contestant contestant) {
    boolean nativeCode = jar.contains("linux-x86_64");
    return (jar.startsWith("conv4j-") || jar.startsWith("javacpp-") || jar.startsWith("openblas-"))
        && !(nativeCode && contestant.equals(Contestant.REFERENCE));
  }
}
