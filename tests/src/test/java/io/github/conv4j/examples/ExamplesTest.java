package io.github.conv4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.io.Picture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every program of the examples package does what it says. */
class ExamplesTest {
  private static final Path SOURCES =
      Path.of(System.getProperty("conv4j.tests.root", ".."))
          .resolve("java/app/src/main/java/io/github/conv4j/examples");
  private static final int MOST_LINES = 60;

  @TempDir private Path folder;

  @FunctionalInterface
  private interface Program {
    void run(String... args) throws IOException;
  }

  private static List<String> run(Program program, String... args) throws IOException {
    PrintStream console = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      program.run(args);
    } finally {
      System.setOut(console);
    }
    return printed.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private Path picture(int width, int height) throws IOException {
    byte[][] planes = new byte[3][width * height];
    for (int i = 0; i < width * height; i++) {
      planes[0][i] = (byte) (i % width < width / 2 ? 100 : 120);
      planes[1][i] = (byte) (i / width < height / 2 ? 100 : 140);
      planes[2][i] = 77;
    }
    Path file = folder.resolve("in.png");
    new Picture(width, height, planes, null).write(file);
    return file;
  }

  @Test
  void everyProgramIsShort() throws IOException {
    try (Stream<Path> files = Files.list(SOURCES)) {
      List<Path> sources = files.toList();
      assertTrue(sources.size() >= 6, sources.toString());
      for (Path source : sources) {
        int lines = Files.readAllLines(source).size();
        assertTrue(lines <= MOST_LINES, source + " has " + lines + " lines");
      }
    }
  }

  @Test
  void theEdgeKernelIsLearned() throws IOException {
    List<String> lines = run(LearnEdgeKernel::main);
    assertEquals(11, lines.size());
    String[] kernel = lines.get(10).replace("kernel ", "").split(", ");
    assertEquals(1, Double.parseDouble(kernel[0]), 0.02);
    assertEquals(-1, Double.parseDouble(kernel[1]), 0.02);
  }

  @Test
  void theImageIsSharpened() throws IOException {
    Path in = picture(10, 8);
    Path out = folder.resolve("out.png");
    run(FilterImage::main, in.toString(), out.toString());
    Picture sharp = Picture.read(out);
    int row = 3 * 10;
    assertEquals(80, sharp.planes()[0][row + 4] & 0xff); // 100, 20 less than its neighbour
    assertEquals(140, sharp.planes()[0][row + 5] & 0xff);
    assertEquals(100, sharp.planes()[0][row] & 0xff);
    assertEquals(60, sharp.planes()[1][row] & 0xff);
    assertEquals(77, sharp.planes()[2][row + 4] & 0xff);
    assertEquals(List.of("usage: FilterImage IN OUT.png"), run(FilterImage::main));
  }

  private static double accuracy(List<String> lines) {
    String last = lines.get(lines.size() - 1);
    assertTrue(last.startsWith("test accuracy "), last);
    return Double.parseDouble(last.replaceAll("[^0-9.]", ""));
  }

  @Test
  void digitsAreTrained() throws IOException {
    List<String> lines = run(TrainDigits::main, "2000", "4");
    assertEquals(5, lines.size());
    assertTrue(accuracy(lines) > 80, lines.toString());
  }

  @Test
  void landCoverIsClassified() throws IOException {
    List<String> lines = run(ClassifyLandCover::main, "400");
    assertTrue(accuracy(lines) > 40, lines.toString());
  }

  @Test
  void vgg19IsRun() throws IOException {
    List<String> lines = run(RunVgg19::main, picture(320, 240).toString());
    assertEquals(1, lines.size());
    assertTrue(lines.get(0).matches("class \\d+ \\([0-9.]+ %\\), \\d+ ms"), lines.get(0));
  }
}
