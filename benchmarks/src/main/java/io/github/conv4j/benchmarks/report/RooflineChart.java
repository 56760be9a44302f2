package io.github.conv4j.benchmarks.report;

import java.awt.BasicStroke;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * The roofline model (Williams, Waterman and Patterson, 2009): every forward convolution by its
 * operations per byte and its speed, under the roofs of the caches and of memory.
 */
final class RooflineChart {
  private static final int WIDTH = 1400;
  private static final int HEIGHT = 800;
  private static final int MARKER = 8;

  private RooflineChart() {}

  static XYChart of(Report report) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title("Convolutions under the measured roofline")
            .xAxisTitle("operations per byte of all tensors, FLOP/B")
            .yAxisTitle("effective GFLOP/s")
            .build();
    ChartStyle.apply(chart.getStyler());
    chart.getStyler().setXAxisLogarithmic(true);
    chart.getStyler().setYAxisLogarithmic(true);
    chart.getStyler().setMarkerSize(MARKER);
    chart.getStyler().setPlotGridVerticalLinesVisible(true);
    List<Report.Row> rows =
        report.rows().stream().filter(row -> row.operation().equals("conv2d")).toList();
    for (Report.Participant participant : report.competitors()) {
      if (participant.error() == null && !participant.id().equals("conv4j-reference")) {
        add(chart, participant, rows);
      }
    }
    double least = rows.stream().mapToDouble(row -> row.flops() / row.bytes()).min().orElse(1);
    double most = rows.stream().mapToDouble(row -> row.flops() / row.bytes()).max().orElse(1);
    Roofline roof = report.roofline();
    roof(chart, "roof: memory", SeriesLines.SOLID, roof.memoryGBs(), roof, least, most);
    roof(chart, "roof: L3", SeriesLines.DASH_DASH, roof.l3GBs(), roof, least, most);
    roof(chart, "roof: L2", SeriesLines.DOT_DOT, roof.l2GBs(), roof, least, most);
    return chart;
  }

  private static void add(XYChart chart, Report.Participant participant, List<Report.Row> rows) {
    List<Double> intensities = new ArrayList<>();
    List<Double> rates = new ArrayList<>();
    for (Report.Row row : rows) {
      row.result(participant.id())
          .filter(Report.Result::isRanked)
          .ifPresent(
              result -> {
                intensities.add(row.flops() / row.bytes());
                rates.add(result.gflops());
              });
    }
    if (!rates.isEmpty()) {
      XYSeries series = chart.addSeries(participant.name(), intensities, rates);
      series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
      series.setMarker(SeriesMarkers.CIRCLE);
      series.setMarkerColor(Palette.of(participant.id()));
    }
  }

  private static void roof(
      XYChart chart,
      String name,
      BasicStroke line,
      double bandwidth,
      Roofline roof,
      double least,
      double most) {
    double fma = roof.fmaGflops();
    double corner = Math.min(Math.max(fma / bandwidth, least), most);
    XYSeries series =
        chart.addSeries(
            name,
            new double[] {least, corner, most},
            new double[] {
              Math.min(fma, least * bandwidth),
              Math.min(fma, corner * bandwidth),
              Math.min(fma, most * bandwidth)
            });
    series.setMarker(SeriesMarkers.NONE);
    series.setLineStyle(line);
    series.setLineColor(Palette.ROOF);
  }
}
