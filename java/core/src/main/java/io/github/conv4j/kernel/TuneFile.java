package io.github.conv4j.kernel;

import io.github.conv4j.Conv4jException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Algorithms that were measured to be the fastest, by geometry: what {@link Tuner} found, kept in a
 * text file that can be shipped with a program.
 *
 * <p>With the property {@code conv4j.tune=FILE}, read once, every native plan of a convolution or
 * transposed convolution whose operation, direction, instruction set, accuracy and extents stand in
 * the file takes the algorithm named there, if it can be had (one with OpenBLAS may not); all
 * others are chosen by cost as ever. {@link PlanOptions#withAlgorithm} and the property {@code
 * conv4j.algorithm} go before the file. The same file gives the same choice every time, so results
 * stay repeatable.
 *
 * <p>A line has six words: {@code conv2d} or {@code conv_transpose2d}, a {@link Direction#label},
 * an instruction set, {@code default} or {@code strict}, the extents as a shape file has them, and
 * the algorithm's name. What follows {@code #} is a comment.
 */
public final class TuneFile {
  /** What a line is about. */
  private static final int KEY_WORDS = 5;

  private final Map<String, String> algorithms = new TreeMap<>();

  /** A file with no line. */
  public TuneFile() {}

  /**
   * Reads a file.
   *
   * @throws Conv4jException if it cannot be read, or a line makes no sense, which is named
   */
  public static TuneFile read(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      throw new Conv4jException("cannot read the tune file " + file + ": " + e, e);
    }
    TuneFile result = new TuneFile();
    for (int i = 0; i < lines.size(); i++) {
      String content = lines.get(i).replaceFirst("#.*", "").strip();
      try {
        if (!content.isEmpty()) {
          result.add(content.split("\\s+"));
        }
      } catch (IllegalArgumentException e) {
        throw new Conv4jException(file + ", line " + (i + 1) + ": " + e.getMessage(), e);
      }
    }
    return result;
  }

  private void add(String[] words) {
    if (words.length != KEY_WORDS + 1) {
      throw new IllegalArgumentException(
          "it has "
              + words.length
              + " words; it must have 6: operation, direction, instruction set, accuracy, extents,"
              + " algorithm");
    }
    long[] extents = extents(words[4]);
    Direction direction = Direction.of(words[1]);
    List<String> known;
    switch (words[0]) {
      case "conv2d" -> {
        requireCount(extents, Conv2dGeometry.of(1, 1, 1, 1, 1, 1, 1).toArray().length);
        known = NativeKernels.conv2dAlgorithms(direction);
      }
      case "conv_transpose2d" -> {
        requireCount(extents, ConvTranspose2dGeometry.of(1, 1, 1, 1, 1, 1, 1).toArray().length);
        known = NativeKernels.convTranspose2dAlgorithms(direction);
      }
      default ->
          throw new IllegalArgumentException(
              "operation is " + words[0] + "; it must be conv2d or conv_transpose2d");
    }
    if (!words[3].equals("default") && !words[3].equals("strict")) {
      throw new IllegalArgumentException(
          "accuracy is " + words[3] + "; it must be default or strict");
    }
    if (!known.contains(words[5])) {
      throw new IllegalArgumentException(
          "algorithm is " + words[5] + "; it must be one of " + String.join(", ", known));
    }
    String key = String.join(" ", Arrays.asList(words).subList(0, KEY_WORDS));
    if (algorithms.put(key, words[5]) != null) {
      throw new IllegalArgumentException("there is an earlier line for " + key);
    }
  }

  private static long[] extents(String word) {
    try {
      return Arrays.stream(word.split(",", -1)).mapToLong(Long::parseLong).toArray();
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "the extents are " + word + "; they must be numbers with commas between them", e);
    }
  }

  private static void requireCount(long[] extents, int count) {
    if (extents.length != count) {
      throw new IllegalArgumentException(
          "there are " + extents.length + " extents; there must be " + count);
    }
  }

  /** Notes the algorithm for a convolution, in place of an earlier one. */
  public void put(
      Conv2dGeometry geometry,
      Direction direction,
      String isa,
      Accuracy accuracy,
      String algorithm) {
    algorithms.put(key("conv2d", geometry.toArray(), direction, isa, accuracy), algorithm);
  }

  /** Notes the algorithm for a transposed convolution, in place of an earlier one. */
  public void put(
      ConvTranspose2dGeometry geometry,
      Direction direction,
      String isa,
      Accuracy accuracy,
      String algorithm) {
    algorithms.put(
        key("conv_transpose2d", geometry.toArray(), direction, isa, accuracy), algorithm);
  }

  /** The algorithm for a line's key; null for none. */
  String algorithm(
      String operation, long[] extents, Direction direction, String isa, Accuracy accuracy) {
    return algorithms.isEmpty()
        ? null
        : algorithms.get(key(operation, extents, direction, isa, accuracy));
  }

  /** How many lines there are. */
  public int size() {
    return algorithms.size();
  }

  private static String key(
      String operation, long[] extents, Direction direction, String isa, Accuracy accuracy) {
    String numbers =
        Arrays.stream(extents).mapToObj(Long::toString).collect(Collectors.joining(","));
    String label = accuracy == Accuracy.STRICT ? "strict" : "default";
    return operation + " " + direction.label() + " " + isa + " " + label + " " + numbers;
  }

  /** Takes over all lines of another file, in place of those for the same geometries. */
  public void putAll(TuneFile other) {
    algorithms.putAll(other.algorithms);
  }

  /**
   * Writes the lines, sorted, below a comment.
   *
   * @param file replaced if it is there
   * @param comment one line for people, for instance the CPU and the date
   * @throws Conv4jException if it cannot be written
   */
  public void write(Path file, String comment) {
    List<String> lines = new ArrayList<>();
    lines.add("# " + comment.replaceAll("\\R", " "));
    algorithms.forEach((key, algorithm) -> lines.add(key + " " + algorithm));
    try {
      Files.write(file, lines);
    } catch (IOException e) {
      throw new Conv4jException("cannot write the tune file " + file + ": " + e, e);
    }
  }

  /** The file that the property conv4j.tune names; one with no line where there is none. */
  static TuneFile configured() {
    if (Configured.FAILURE != null) {
      throw new Conv4jException(
          "the property conv4j.tune: " + Configured.FAILURE.getMessage(), Configured.FAILURE);
    }
    return Configured.FILE;
  }

  /** Read at the first plan. */
  private static final class Configured {
    static final TuneFile FILE;
    static final Conv4jException FAILURE;

    static {
      TuneFile file = new TuneFile();
      Conv4jException failure = null;
      String path = System.getProperty("conv4j.tune", "");
      try {
        file = path.isEmpty() ? file : read(Path.of(path));
      } catch (Conv4jException e) {
        failure = e;
      } catch (IllegalArgumentException e) {
        failure = new Conv4jException(path + " is no path: " + e.getMessage(), e);
      }
      FILE = file;
      FAILURE = failure;
    }
  }
}
