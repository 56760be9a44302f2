package io.github.conv4j.check;

import io.github.conv4j.Shape;
import io.github.conv4j.check.Subject.Output;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import javax.imageio.ImageIO;

/**
 * The error of one plane of a result as a picture: black where both sides agree, over red and
 * yellow to white where the error is largest, blue where only one of them is finite; with the scale
 * beside it. Nothing of it needs a screen or a font.
 */
final class HeatMap {
  private static final int MARGIN = 16;
  private static final int BAR_WIDTH = 20;
  private static final int LARGEST_PLANE = 640;
  private static final int LARGEST_CELL = 40;
  private static final int BACKGROUND = 0xF4F4F4;
  private static final int INK = 0x202020;
  private static final int ONE_SIDED = 0x2080FF;

  private final String name;
  private final Output actual;
  private final Output expected;
  private final int first;
  private final int rows;
  private final int columns;
  private final double[] errors;
  private final double largest;
  private final int worst;

  private HeatMap(String name, Output actual, Output expected, int first, int rows, int columns) {
    this.name = name;
    this.actual = actual;
    this.expected = expected;
    this.first = first;
    this.rows = rows;
    this.columns = columns;
    this.errors = new double[rows * columns];
    double most = 0;
    int at = 0;
    for (int i = 0; i < errors.length; i++) {
      errors[i] = error(actual.values()[first + i], expected.values()[first + i]);
      at = errors[i] > errors[at] ? i : at;
      most = errors[i] < Double.POSITIVE_INFINITY ? Math.max(most, errors[i]) : most;
    }
    this.largest = most;
    this.worst = at;
  }

  /** Infinite where only one side is a finite number. */
  private static double error(float actual, float expected) {
    if (Float.floatToIntBits(actual) == Float.floatToIntBits(expected)) {
      return 0;
    }
    double error = Math.abs((double) actual - expected);
    return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
  }

  /**
   * The map of one plane.
   *
   * @param plane all indices but the last two; null for the plane with the worst element
   */
  static HeatMap of(String name, Output actual, Output expected, long[] plane) {
    Shape shape = expected.shape();
    int rank = shape.rank();
    int columns = rank < 1 ? 1 : Math.toIntExact(shape.dim(rank - 1));
    int rows = rank < 2 ? 1 : Math.toIntExact(shape.dim(rank - 2));
    if (shape.elements() == 0) {
      throw new IllegalArgumentException(name + " has shape " + shape + "; there is no plane");
    }
    int size = rows * columns;
    int index = 0;
    if (plane == null) {
      double most = -1;
      for (int i = 0; i < expected.values().length; i++) {
        double error = error(actual.values()[i], expected.values()[i]);
        if (error > most) {
          most = error;
          index = i / size;
        }
      }
    } else {
      if (plane.length != Math.max(0, rank - 2)) {
        throw new IllegalArgumentException(
            "the plane is " + Arrays.toString(plane) + "; " + name + " has shape " + shape);
      }
      for (int axis = 0; axis < plane.length; axis++) {
        if (plane[axis] < 0 || plane[axis] >= shape.dim(axis)) {
          throw new IllegalArgumentException(
              "the plane is " + Arrays.toString(plane) + "; " + name + " has shape " + shape);
        }
        index = Math.toIntExact(index * shape.dim(axis) + plane[axis]);
      }
    }
    return new HeatMap(name, actual, expected, index * size, rows, columns);
  }

  /** Writes the picture; the format is PNG whatever the name. */
  void write(Path file, String module) {
    try {
      if (!ImageIO.write(draw(module), "png", file.toFile())) {
        throw new IllegalStateException("this Java has no writer for PNG");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be written: " + e.getMessage(), e);
    }
  }

  /** The picture: title, map with its corners named, scale, and the worst element in words. */
  BufferedImage draw(String module) {
    // Large planes are drawn smaller, each pixel with the worst of what it stands for.
    int shrunk = (Math.max(rows, columns) + LARGEST_PLANE - 1) / LARGEST_PLANE;
    int cellsDown = (rows + shrunk - 1) / shrunk;
    int cellsAcross = (columns + shrunk - 1) / shrunk;
    int cell =
        Math.max(1, Math.min(LARGEST_CELL, LARGEST_PLANE / Math.max(cellsDown, cellsAcross)));
    int line = PixelText.HEIGHT + 8;
    String[] above = {
      cut(module),
      "ERROR |NATIVE - REFERENCE| OF " + name + " " + plane(),
      rows + " ROWS, " + columns + " COLUMNS" + (shrunk > 1 ? ", " + shrunk + " A PIXEL" : "")
    };
    String[] below = below();
    int left = MARGIN + PixelText.width(Integer.toString(rows - 1)) + 6;
    int top = MARGIN + above.length * line + line;
    int mapWidth = cellsAcross * cell;
    int mapHeight = Math.max(cellsDown * cell, 8 * line);
    int barLeft = left + mapWidth + 2 * MARGIN;
    int scaleWidth = BAR_WIDTH + 6 + PixelText.width(number(largest));
    int width = barLeft + scaleWidth + MARGIN;
    for (String text : above) {
      width = Math.max(width, PixelText.width(text) + 2 * MARGIN);
    }
    for (String text : below) {
      width = Math.max(width, PixelText.width(text) + 2 * MARGIN);
    }
    int height = top + mapHeight + 2 * line + below.length * line + MARGIN;
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    fill(image, 0, 0, width, height, BACKGROUND);
    for (int i = 0; i < above.length; i++) {
      PixelText.draw(image, above[i], MARGIN, MARGIN + i * line, INK);
    }
    for (int r = 0; r < cellsDown; r++) {
      for (int c = 0; c < cellsAcross; c++) {
        fill(image, left + c * cell, top + r * cell, cell, cell, color(worstOf(r, c, shrunk)));
      }
    }
    frame(image, left, top, mapWidth, cellsDown * cell);
    PixelText.draw(image, "0", left - 6 - PixelText.width("0"), top, INK);
    String last = Integer.toString(rows - 1);
    if (cellsDown * cell > 2 * line) {
      int y = top + cellsDown * cell - PixelText.HEIGHT;
      PixelText.draw(image, last, left - 6 - PixelText.width(last), y, INK);
    }
    PixelText.draw(image, "0", left, top - line + 4, INK);
    String end = Integer.toString(columns - 1);
    int endLeft = left + mapWidth - PixelText.width(end);
    if (endLeft > left + 2 * PixelText.width("0")) {
      PixelText.draw(image, end, endLeft, top - line + 4, INK);
    }
    scale(image, barLeft, top, mapHeight);
    for (int i = 0; i < below.length; i++) {
      PixelText.draw(image, below[i], MARGIN, top + mapHeight + (i + 1) * line, INK);
    }
    return image;
  }

  private static String cut(String module) {
    return module.length() <= 64 ? module : module.substring(0, 61) + "...";
  }

  private String plane() {
    int rank = expected.shape().rank();
    if (rank < 3) {
      return expected.shape().toString();
    }
    long index = first / ((long) rows * columns);
    long[] indices = new long[rank - 2];
    for (int axis = rank - 3; axis >= 0; axis--) {
      indices[axis] = index % expected.shape().dim(axis);
      index /= expected.shape().dim(axis);
    }
    return Arrays.toString(indices) + " IN " + expected.shape();
  }

  private String[] below() {
    long finite = Arrays.stream(errors).filter(e -> e < Double.POSITIVE_INFINITY).count();
    if (errors[worst] == 0) {
      return new String[] {"NO ELEMENT OF THIS PLANE DIFFERS"};
    }
    String where =
        "WORST AT ROW "
            + worst / columns
            + ", COLUMN "
            + worst % columns
            + ": "
            + actual.values()[first + worst]
            + ", REFERENCE "
            + expected.values()[first + worst];
    return finite == errors.length
        ? new String[] {where}
        : new String[] {where, "BLUE: ONLY ONE OF THEM IS FINITE"};
  }

  private double worstOf(int row, int column, int shrunk) {
    double most = 0;
    for (int r = row * shrunk; r < Math.min(rows, (row + 1) * shrunk); r++) {
      for (int c = column * shrunk; c < Math.min(columns, (column + 1) * shrunk); c++) {
        most = Math.max(most, errors[r * columns + c]);
      }
    }
    return most;
  }

  private int color(double error) {
    if (error == Double.POSITIVE_INFINITY) {
      return ONE_SIDED;
    }
    return shade(largest == 0 ? 0 : error / largest);
  }

  /** Black, red, yellow, white, for 0 to 1. */
  private static int shade(double part) {
    int red = channel(part * 3);
    int green = channel(part * 3 - 1);
    int blue = channel(part * 3 - 2);
    return red << 16 | green << 8 | blue;
  }

  private static int channel(double value) {
    return (int) Math.round(255 * Math.min(1, Math.max(0, value)));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.2e", value);
  }

  private void scale(BufferedImage image, int x, int y, int height) {
    for (int i = 0; i < height; i++) {
      fill(image, x, y + i, BAR_WIDTH, 1, shade(1 - i / (height - 1.0)));
    }
    frame(image, x, y, BAR_WIDTH, height);
    int text = x + BAR_WIDTH + 6;
    int bottom = y + height - PixelText.HEIGHT;
    PixelText.draw(image, number(largest), text, y, INK);
    PixelText.draw(image, number(largest / 2), text, (y + bottom) / 2, INK);
    PixelText.draw(image, "0", text, bottom, INK);
  }

  private static void fill(BufferedImage image, int x, int y, int width, int height, int color) {
    for (int r = y; r < y + height; r++) {
      for (int c = x; c < x + width; c++) {
        image.setRGB(c, r, color);
      }
    }
  }

  private static void frame(BufferedImage image, int x, int y, int width, int height) {
    fill(image, x - 1, y - 1, width + 2, 1, INK);
    fill(image, x - 1, y + height, width + 2, 1, INK);
    fill(image, x - 1, y, 1, height, INK);
    fill(image, x + width, y, 1, height, INK);
  }
}
