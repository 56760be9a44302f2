package io.github.conv4j.app;

import java.awt.Color;
import java.awt.Font;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.HeatMapChartBuilder;
import org.knowm.xchart.style.HeatMapStyler;

/**
 * A table of how many samples of each class (row) were taken for each class (column), as a picture.
 *
 * @param title the first line
 * @param remark what follows it
 * @param classes the names
 * @param confusion the counts
 */
record ConfusionMatrix(String title, String remark, List<String> classes, long[][] confusion) {
  private static final int CELL = 62;
  private static final int MARGIN = 260;

  /** Above so many classes counts are left to the colours. */
  private static final int MOST_COUNTS = 20;

  private static final int MOST_PIXELS = 2000;
  private static final Color[] WHITE_TO_BLUE = {
    new Color(0xffffff), new Color(0xcfe0f2), new Color(0x8fbbe6), new Color(0x5b9bd8)
  };

  /** The picture: what a sample is on the vertical axis, the first class on top. */
  BufferedImage draw() {
    Chart.requireFonts();
    int side = Math.min(MOST_PIXELS, MARGIN + CELL * Math.max(8, classes.size()));
    HeatMapChart chart =
        new HeatMapChartBuilder()
            .width(side + 60)
            .height(side)
            .title(title + ": " + remark)
            .xAxisTitle("taken for")
            .yAxisTitle("true class")
            .build();
    HeatMapStyler styler = chart.getStyler();
    styler.setRangeColors(WHITE_TO_BLUE);
    styler.setShowValue(classes.size() <= MOST_COUNTS);
    styler.setHeatMapValueDecimalPattern("#,##0");
    styler.setChartTitleBoxVisible(false);
    styler.setChartBackgroundColor(new Color(0xfafaf7));
    styler.setLegendBackgroundColor(new Color(0xfafaf7));
    styler.setPlotContentSize(1);
    styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 18));
    styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 16));
    styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
    styler.setXAxisLabelRotation(longNames() ? 45 : 0);
    styler.setChartPadding(14);
    styler.setChartTitlePadding(12);
    int count = classes.size();
    List<Number[]> cells = new ArrayList<>();
    List<String> upwards = new ArrayList<>();
    for (int y = 0; y < count; y++) {
      int row = count - 1 - y; // the axis points up
      upwards.add(classes.get(row));
      for (int x = 0; x < count; x++) {
        cells.add(new Number[] {x, y, confusion[row][x]});
      }
    }
    chart.addSeries("samples", classes, upwards, cells);
    return BitmapEncoder.getBufferedImage(chart);
  }

  private boolean longNames() {
    return classes.stream().anyMatch(name -> name.length() > 5);
  }
}
