package io.github.conv4j.app;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Signals: a built-in one, and the columns of CSV files. */
final class Signals {
  private static final int LENGTH = 200;

  private Signals() {}

  /** Waves, a step and a peak under noise: always the same one. */
  static float[] builtIn() {
    Random random = new Random(1);
    float[] signal = new float[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      double wave = Math.sin(2 * Math.PI * i / 50);
      double step = i >= 80 ? 2 : 0;
      double peak = 3 * Math.exp(-Math.pow((i - 150) / 4.0, 2));
      signal[i] = (float) (wave + step + peak + 0.15 * random.nextGaussian());
    }
    return signal;
  }

  /**
   * A column of numbers.
   *
   * @param file comma-separated values, one row a line; a first line without a number in the column
   *     is its title
   * @param column its title, or its number from 1; null for the first one
   * @throws InputException if there is no such file or column, or a value is no finite number
   */
  static float[] column(Path file, String column) throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(file).stream().filter(line -> !line.isBlank()).toList();
    } catch (NoSuchFileException e) {
      throw new InputException(file + ": no such file", e);
    } catch (CharacterCodingException e) {
      throw new InputException(file + " is no text in UTF-8; give a CSV file", e);
    }
    if (lines.isEmpty()) {
      throw new InputException(file + " is empty; give a CSV file with a number in every row");
    }
    List<String> titles = List.of(cells(lines.get(0)));
    int index = index(file, titles, column);
    boolean titled = index >= titles.size() || !isNumber(titles.get(index));
    List<Float> values = new ArrayList<>();
    for (int row = titled ? 1 : 0; row < lines.size(); row++) {
      String[] cells = cells(lines.get(row));
      String cell = index < cells.length ? cells[index] : "";
      if (!isNumber(cell)) {
        throw new InputException(
            file
                + ", row "
                + (row + 1)
                + ", column "
                + (index + 1)
                + ": '"
                + cell
                + "' is no finite number");
      }
      values.add(Float.parseFloat(cell));
    }
    if (values.isEmpty()) {
      throw new InputException(file + " has a title and no rows; give a number in every row");
    }
    float[] signal = new float[values.size()];
    for (int i = 0; i < signal.length; i++) {
      signal[i] = values.get(i);
    }
    return signal;
  }

  private static int index(Path file, List<String> titles, String column) {
    if (column == null) {
      return 0;
    }
    if (titles.contains(column)) {
      return titles.indexOf(column);
    }
    if (column.matches("[1-9][0-9]{0,5}") && Integer.parseInt(column) <= titles.size()) {
      return Integer.parseInt(column) - 1;
    }
    throw new InputException(
        file + " has no column '" + column + "'; give one of " + titles + ", or its number from 1");
  }

  private static String[] cells(String line) {
    String[] cells = line.split(",", -1);
    for (int i = 0; i < cells.length; i++) {
      cells[i] = cells[i].strip();
    }
    return cells;
  }

  private static boolean isNumber(String cell) {
    try {
      return Float.isFinite(Float.parseFloat(cell));
    } catch (NumberFormatException e) {
      return false;
    }
  }
}
