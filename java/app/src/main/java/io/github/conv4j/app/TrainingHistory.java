package io.github.conv4j.app;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** What was measured in the epochs of a training. */
final class TrainingHistory {
  /**
   * One epoch.
   *
   * @param loss the mean over the samples trained on, while they were
   * @param accuracy the share of them that was right, while they were trained on
   * @param testLoss the mean over the test samples, afterwards
   * @param testAccuracy the share of them that was right
   */
  record Row(double loss, double accuracy, double testLoss, double testAccuracy) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "loss %.4f, accuracy %.2f %%; test: loss %.4f, accuracy %.2f %%",
          loss,
          100 * accuracy,
          testLoss,
          100 * testAccuracy);
    }
  }

  private final List<Row> rows = new ArrayList<>();

  void add(Row row) {
    rows.add(row);
  }

  /** The epochs in their order. */
  List<Row> rows() {
    return rows;
  }

  /** All numbers, exactly, as text. */
  String toText() {
    StringBuilder text = new StringBuilder();
    for (Row row : rows) {
      text.append(row.loss).append(',').append(row.accuracy).append(',');
      text.append(row.testLoss).append(',').append(row.testAccuracy).append(';');
    }
    return text.toString();
  }

  /** Reads what {@link #toText} gave. */
  static TrainingHistory of(String text) {
    TrainingHistory history = new TrainingHistory();
    for (String row : text.split(";")) {
      if (!row.isEmpty()) {
        String[] cells = row.split(",");
        history.add(
            new Row(
                Double.parseDouble(cells[0]),
                Double.parseDouble(cells[1]),
                Double.parseDouble(cells[2]),
                Double.parseDouble(cells[3])));
      }
    }
    return history;
  }

  /** Loss and accuracy over the epochs, of training and test. */
  BufferedImage draw(String title) {
    double[] epochs = Chart.count(1, rows.size());
    return new Chart()
        .panel(title + ": loss", "epoch", "cross entropy")
        .line("train", epochs, column(Row::loss))
        .line("test", epochs, column(Row::testLoss))
        .panel(title + ": accuracy", "epoch", "right answers, %")
        .line("train", epochs, column(row -> 100 * row.accuracy))
        .line("test", epochs, column(row -> 100 * row.testAccuracy))
        .draw();
  }

  private double[] column(ToDoubleFunction<Row> number) {
    return rows.stream().mapToDouble(number).toArray();
  }
}
