package io.github.conv4j.app;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Lines over a common axis, one below the other in panels, as a picture. */
final class Chart {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 380;
  private static final Color PAPER = new Color(0xfafaf7);
  private static final Color GRID = new Color(0xdedfd9);
  private static final Color INK = new Color(0x1d2433);
  private static final Color[] LINES = {new Color(0x1f5fa8), new Color(0xc8501e)};

  private final List<XYChart> panels = new ArrayList<>();

  /** Begins a panel below those that are there. */
  Chart panel(String title, String xAxis, String yAxis) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle(xAxis)
            .yAxisTitle(yAxis)
            .build();
    XYStyler styler = chart.getStyler();
    styler.setChartBackgroundColor(PAPER);
    styler.setPlotBackgroundColor(Color.WHITE);
    styler.setPlotBorderColor(GRID);
    styler.setPlotGridLinesColor(GRID);
    styler.setPlotGridLinesStroke(new BasicStroke(1));
    styler.setChartFontColor(INK);
    styler.setChartTitleBoxVisible(false);
    styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 20));
    styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 16));
    styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    styler.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 15));
    styler.setLegendPosition(Styler.LegendPosition.OutsideE);
    styler.setLegendBorderColor(PAPER);
    styler.setLegendBackgroundColor(PAPER);
    styler.setSeriesColors(LINES);
    styler.setChartPadding(14);
    styler.setChartTitlePadding(12);
    styler.setXAxisMaxLabelCount(11);
    panels.add(chart);
    return this;
  }

  /**
   * Draws a line in the panel that was begun last.
   *
   * @param name for the legend
   * @param x of every point
   * @param y of every point; a NaN leaves a gap
   */
  Chart line(String name, double[] x, double[] y) {
    XYSeries series = panels.get(panels.size() - 1).addSeries(name, x, y);
    series.setMarker(x.length <= 60 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    series.setLineStyle(new BasicStroke(2.2f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    return this;
  }

  /** Sets the ends of the vertical axis of the panel that was begun last. */
  Chart range(double low, double high) {
    panels.get(panels.size() - 1).getStyler().setYAxisMin(low).setYAxisMax(high);
    return this;
  }

  /**
   * The panels, one below the other.
   *
   * @throws InputException on a machine without fonts, which cannot letter an axis
   */
  BufferedImage draw() {
    requireFonts();
    BufferedImage image =
        new BufferedImage(WIDTH, HEIGHT * panels.size(), BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D graphics = image.createGraphics();
    for (int i = 0; i < panels.size(); i++) {
      panels.get(i).getStyler().setLegendVisible(panels.get(i).getSeriesMap().size() > 1);
      graphics.drawImage(BitmapEncoder.getBufferedImage(panels.get(i)), 0, i * HEIGHT, null);
    }
    graphics.dispose();
    return image;
  }

  /** Refuses to go on where nothing can be lettered. */
  static void requireFonts() {
    if (!Lettering.isAvailable()) {
      throw new InputException(
          "there is no font here to letter a chart with; install one, such as fonts-dejavu-core");
    }
  }

  /** The numbers 0, 1, 2 and so on from a first one. */
  static double[] count(int first, int number) {
    double[] numbers = new double[number];
    for (int i = 0; i < number; i++) {
      numbers[i] = first + i;
    }
    return numbers;
  }
}
