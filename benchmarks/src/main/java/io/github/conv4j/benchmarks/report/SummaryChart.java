package io.github.conv4j.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;

/** A group of bars for every group of rows: the speed of each competitor, conv4j's being 100. */
final class SummaryChart {
  private static final int WIDTH = 1700;
  private static final int HEIGHT = 640;

  private SummaryChart() {}

  static CategoryChart of(Summary summary) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title("Speed relative to conv4j (higher is faster, geometric mean)")
            .yAxisTitle("per cent of conv4j's speed")
            .build();
    ChartStyle.apply(chart.getStyler());
    chart.getStyler().setXAxisLabelRotation(20);
    chart.getStyler().setAvailableSpaceFill(0.9);
    chart.getStyler().setYAxisMin(0.0);
    List<String> titles = new ArrayList<>();
    summary.groups().keySet().forEach(title -> titles.add(shorter(title)));
    for (Report.Participant participant : summary.participants()) {
      List<Double> speeds = new ArrayList<>();
      summary
          .groups()
          .values()
          .forEach(
              rows -> {
                var ratio = Summary.ratio(rows, participant.id());
                speeds.add(ratio.isEmpty() ? 0 : 100 / ratio.getAsDouble());
              });
      chart
          .addSeries(participant.name(), titles, speeds)
          .setFillColor(Palette.of(participant.id()));
    }
    return chart;
  }

  /** A title that fits under its bars. */
  private static String shorter(String title) {
    return title
        .replace(", convolutions, forward", " layers")
        .replace(", convolutions, ", " ")
        .replace(", whole network, batch 1", " network")
        .replace(", whole network, batch", " network, batch")
        .replace(", training step, batch", " training, batch");
  }
}
