package io.github.conv4j.benchmarks.report;

import java.awt.Font;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;

/** What all charts share: paper, ink and letters. */
final class ChartStyle {
  private static final int LETTERS = 15;

  private ChartStyle() {}

  static void apply(AxesChartStyler styler) {
    Font plain = new Font(Font.SANS_SERIF, Font.PLAIN, LETTERS);
    styler.setChartBackgroundColor(Palette.PAPER);
    styler.setPlotBackgroundColor(Palette.PAPER);
    styler.setLegendBackgroundColor(Palette.PAPER);
    styler.setChartFontColor(Palette.INK);
    styler.setAxisTickLabelsColor(Palette.INK);
    styler.setAxisTickMarksColor(Palette.GRID);
    styler.setPlotGridLinesColor(Palette.GRID);
    styler.setPlotBorderColor(Palette.GRID);
    styler.setLegendBorderColor(Palette.PAPER);
    styler.setChartTitleBoxVisible(false);
    styler.setBaseFont(plain);
    styler.setChartTitleFont(plain.deriveFont(Font.BOLD, LETTERS + 4f));
    styler.setAxisTitleFont(plain);
    styler.setAxisTickLabelsFont(plain);
    styler.setLegendFont(plain);
    styler.setLegendPosition(Styler.LegendPosition.OutsideE);
    styler.setLegendLayout(Styler.LegendLayout.Vertical);
    styler.setPlotGridVerticalLinesVisible(false);
    styler.setAntiAlias(true);
  }
}
