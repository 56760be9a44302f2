package io.github.conv4j.nn;

import io.github.conv4j.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a network does with an input of one shape, layer by layer; {@link #toString} is a table.
 *
 * @param input the shape of src
 * @param rows the layers in their order, those within a {@link Sequential} one by one
 */
public record Summary(Shape input, List<Row> rows) {
  /**
   * One layer.
   *
   * @param name its path of names, {@code features.0}; empty for a layer that is all there is
   * @param type the name of its class
   * @param output the shape of its result
   * @param parameters elements that it learns
   * @param multiplyAdds of one forward pass, see {@link Layer#multiplyAdds}
   * @param receptiveField null where the input has fewer than three axes
   * @param memory bytes of its result, its parameters and its buffers
   */
  public record Row(
      String name,
      String type,
      Shape output,
      long parameters,
      long multiplyAdds,
      ReceptiveField receptiveField,
      long memory) {}

  private static final List<String> TITLES =
      List.of(
          "layer", "type", "output", "parameters", "multiply-adds", "receptive field", "memory");

  /** Columns of text, which begin at the left; the others are numbers. */
  private static final int TEXTS = 3;

  /** Copies the list. */
  public Summary {
    rows = List.copyOf(rows);
  }

  static Summary of(Layer layer, Shape input) {
    layer.outputShape(input); // refuses what does not suit, before any row
    List<Row> rows = new ArrayList<>();
    collect(layer, "", input, input.rank() < 3 ? null : ReceptiveField.PIXEL, rows);
    return new Summary(input, rows);
  }

  /** Adds the rows of a layer and returns the receptive field of its result. */
  private static ReceptiveField collect(
      Layer layer, String name, Shape input, ReceptiveField field, List<Row> rows) {
    if (layer instanceof Sequential whole) {
      Shape shape = input;
      ReceptiveField next = field;
      for (int i = 0; i < whole.layers().size(); i++) {
        Layer part = whole.layers().get(i);
        String path = (name.isEmpty() ? "" : name + ".") + whole.names().get(i);
        next = collect(part, path, shape, next, rows);
        shape = part.outputShape(shape);
      }
      return next;
    }
    Shape output = layer.outputShape(input);
    ReceptiveField after = field == null ? null : layer.receptiveField(field);
    long parameters = layer.parameters().stream().mapToLong(p -> p.value().elements()).sum();
    long buffers = layer.buffers().stream().mapToLong(b -> b.value().elements()).sum();
    rows.add(
        new Row(
            name,
            layer.getClass().getSimpleName(),
            output,
            parameters,
            layer.multiplyAdds(input),
            after,
            (output.elements() + parameters + buffers) * Float.BYTES));
    return after;
  }

  /** Elements that the network learns. */
  public long parameters() {
    return rows.stream().mapToLong(Row::parameters).sum();
  }

  /** Multiply-adds of one forward pass. */
  public long multiplyAdds() {
    return rows.stream().mapToLong(Row::multiplyAdds).sum();
  }

  /** Bytes of the results of all layers, the parameters and the buffers. */
  public long memory() {
    return rows.stream().mapToLong(Row::memory).sum();
  }

  /**
   * Bytes that training holds: the input, and twice {@link #memory}, as every result and every
   * parameter has a gradient. An optimizer's moments and the kernels' workspaces come on top.
   */
  public long trainingMemory() {
    return input.elements() * Float.BYTES + 2 * memory();
  }

  /** The table, with a line of sums. */
  @Override
  public String toString() {
    List<List<String>> lines = new ArrayList<>();
    lines.add(TITLES);
    for (Row row : rows) {
      lines.add(
          List.of(
              row.name,
              row.type,
              row.output.toString(),
              grouped(row.parameters),
              grouped(row.multiplyAdds),
              row.receptiveField == null ? "-" : row.receptiveField.toString(),
              bytes(row.memory)));
    }
    lines.add(
        List.of(
            "total", "", "", grouped(parameters()), grouped(multiplyAdds()), "", bytes(memory())));
    int[] widths = new int[TITLES.size()];
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder("input ").append(input).append('\n');
    for (int i = 0; i < lines.size(); i++) {
      if (i == 1 || i == lines.size() - 1) {
        text.append("-".repeat(width(widths))).append('\n');
      }
      append(text, lines.get(i), widths);
    }
    return text.append("training holds ").append(bytes(trainingMemory())).toString();
  }

  private static int width(int[] widths) {
    int sum = 2 * (widths.length - 1);
    for (int width : widths) {
      sum += width;
    }
    return sum;
  }

  private static void append(StringBuilder text, List<String> cells, int[] widths) {
    for (int i = 0; i < widths.length; i++) {
      String blanks = " ".repeat(widths[i] - cells.get(i).length());
      text.append(i == 0 ? "" : "  ");
      text.append(i < TEXTS ? cells.get(i) + blanks : blanks + cells.get(i));
    }
    text.append('\n');
  }

  private static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  private static String bytes(long number) {
    double value = number;
    int unit = 0;
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  }
}
