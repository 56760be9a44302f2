package io.github.conv4j.benchmarks.report;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.internal.chartpart.Chart;

/**
 * The pictures of a report. {@code NAME.svg} is the summary; beside it lie {@code
 * NAME-FILE-DIRECTION.svg} with a bar for every layer and competitor, and {@code
 * NAME-roofline.svg}. In dark surroundings the SVG files turn dark.
 */
public final class Pictures {
  /** Light colours of the charts and what they become in the dark. */
  private static final Map<String, String> DARK =
      Map.of(
          "rgb(255,255,255)", "#0d1117",
          "rgb(36,41,47)", "#e6edf3",
          "rgb(216,222,228)", "#30363d");

  private static final Pattern DIGITS = Pattern.compile("(\\d[.]\\d)\\d+");
  private static final Pattern CLIP = Pattern.compile("clip-?\\d+");

  private final Path base;
  private final boolean bitmaps;
  private final List<Path> written = new ArrayList<>();

  private Pictures(Path base, boolean bitmaps) {
    this.base = base;
    this.bitmaps = bitmaps;
  }

  /**
   * Draws all of a report's pictures.
   *
   * @param file of the summary, ending in .svg
   * @param bitmaps whether a PNG file goes beside every SVG file
   * @return the files
   * @throws IOException if one cannot be written
   */
  public static List<Path> write(Report report, Path file, boolean bitmaps) throws IOException {
    String path = file.toAbsolutePath().toString().replaceFirst("[.]svg$", "");
    Pictures pictures = new Pictures(Path.of(path), bitmaps);
    Files.createDirectories(pictures.base.getParent());
    for (Map.Entry<String, Chart<?, ?>> chart : charts(report).entrySet()) {
      pictures.save(chart.getKey(), chart.getValue());
    }
    return pictures.written;
  }

  /** What follows the summary's name in the names of a report's pictures; nothing is drawn. */
  public static List<String> suffixes(Report report) {
    return List.copyOf(charts(report).keySet());
  }

  private static Map<String, Chart<?, ?>> charts(Report report) {
    Map<String, Chart<?, ?>> charts = new LinkedHashMap<>();
    Summary summary = new Summary(report);
    if (!report.rows().isEmpty()) {
      charts.put("", SummaryChart.of(summary));
    }
    for (Map.Entry<String, List<Report.Row>> group : summary.groups().entrySet()) {
      Report.Row first = group.getValue().get(0);
      if (!first.operation().equals("network")) {
        charts.put(
            "-" + first.file() + "-" + first.operation() + "-" + first.direction(),
            LayerChart.of(report, group.getKey(), group.getValue()));
      }
    }
    if (report.roofline() != null
        && report.rows().stream().anyMatch(row -> row.operation().equals("conv2d"))) {
      charts.put("-roofline", RooflineChart.of(report));
    }
    return charts;
  }

  private void save(String suffix, Chart<?, ?> chart) throws IOException {
    Path svg = Path.of(base + suffix + ".svg");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    VectorGraphicsEncoder.saveVectorGraphic(
        chart, bytes, VectorGraphicsEncoder.VectorGraphicsFormat.SVG);
    String text = shortened(bytes.toString(StandardCharsets.UTF_8));
    Files.writeString(svg, withDarkMode(text));
    written.add(svg);
    if (bitmaps) {
      Path png = Path.of(base + suffix + ".png");
      BitmapEncoder.saveBitmap(chart, png.toString(), BitmapEncoder.BitmapFormat.PNG);
      written.add(png);
    }
  }

  /**
   * With a tenth of a pixel as the last digit of coordinates, and the same names of clip paths
   * every time.
   */
  static String shortened(String svg) {
    String rounded = DIGITS.matcher(svg).replaceAll("$1").replaceAll("\\n\\s+", "\n");
    Map<String, String> names = new LinkedHashMap<>();
    return CLIP.matcher(rounded)
        .replaceAll(found -> names.computeIfAbsent(found.group(), key -> "clip" + names.size()));
  }

  /** Colours are attributes of every shape, so a style sheet matches them by their text. */
  static String withDarkMode(String svg) {
    StringBuilder style = new StringBuilder("<style>@media (prefers-color-scheme:dark){");
    DARK.forEach(
        (light, dark) -> {
          for (String property : new String[] {"fill", "stroke"}) {
            style.append(
                String.format(
                    "[style*=\"%s:%s\"],[%s=\"%s\"]{%s:%s !important}",
                    property, light, property, light, property, dark));
          }
        });
    style.append("}</style>");
    int at = svg.indexOf('>', svg.indexOf("<svg")) + 1;
    return svg.substring(0, at) + style + svg.substring(at);
  }
}
