package io.github.conv4j.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** A bar for every row and competitor, with the roofline above them. */
final class LayerChart {
  private static final int HEIGHT = 720;
  private static final int MARGIN = 400;
  private static final int ROW = 75;
  private static final int LEAST_WIDTH = 1200;

  private LayerChart() {}

  static CategoryChart of(Report report, String title, List<Report.Row> rows) {
    boolean flops = rows.get(0).flops() > 0;
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(Math.max(LEAST_WIDTH, MARGIN + ROW * rows.size()))
            .height(HEIGHT)
            .title(title + (flops ? ": effective GFLOP/s" : ": GB/s") + ", higher is faster")
            .yAxisTitle(flops ? "effective GFLOP/s" : "GB/s")
            .build();
    ChartStyle.apply(chart.getStyler());
    chart.getStyler().setXAxisLabelRotation(50);
    chart.getStyler().setAvailableSpaceFill(0.85);
    chart.getStyler().setYAxisMin(0.0);
    List<String> names = new ArrayList<>();
    rows.forEach(row -> names.add(row.name().replaceFirst("^" + row.file() + "_", "")));
    for (Report.Participant participant : report.competitors()) {
      List<Double> rates = new ArrayList<>();
      rows.forEach(row -> rates.add(rate(row, participant.id(), flops)));
      if (participant.error() == null && !participant.id().equals("conv4j-reference")) {
        chart
            .addSeries(participant.name(), names, rates)
            .setFillColor(Palette.of(participant.id()));
      }
    }
    if (rows.get(0).rooflineMs() != null) {
      List<Double> limits = new ArrayList<>();
      rows.forEach(row -> limits.add((flops ? row.flops() : row.bytes()) / row.rooflineMs() / 1e6));
      CategorySeries roof = chart.addSeries("roofline", names, limits);
      roof.setChartCategorySeriesRenderStyle(CategorySeries.CategorySeriesRenderStyle.Line);
      roof.setLineStyle(SeriesLines.NONE);
      roof.setMarker(SeriesMarkers.DIAMOND);
      roof.setMarkerColor(Palette.ROOF);
    }
    return chart;
  }

  /** 0 where there is no rank. */
  private static double rate(Report.Row row, String competitor, boolean flops) {
    return row.result(competitor)
        .filter(Report.Result::isRanked)
        .map(flops ? Report.Result::gflops : Report.Result::gbs)
        .orElse(0.0);
  }
}
