package io.github.conv4j.benchmarks.report;

import java.awt.Color;
import java.util.Map;

/**
 * Colours that stay with a competitor in every picture and can be told apart by the colour-blind
 * (Okabe and Ito, "Color universal design", 2008, and shades of theirs), on white and on black.
 */
final class Palette {
  static final Color PAPER = Color.WHITE;
  static final Color INK = new Color(0x24, 0x29, 0x2f);
  static final Color GRID = new Color(0xd8, 0xde, 0xe4);
  static final Color ROOF = new Color(0x80, 0x86, 0x8b);

  private static final Map<String, Color> COLORS =
      Map.ofEntries(
          Map.entry("conv4j", new Color(0xd5, 0x5e, 0x00)),
          Map.entry("conv4j-strict", new Color(0xf0, 0xa3, 0x5e)),
          Map.entry("conv4j-reference", new Color(0x99, 0x99, 0x99)),
          Map.entry("openblas", new Color(0x9c, 0x75, 0x5f)),
          Map.entry("openblas-core", new Color(0xc9, 0xa2, 0x27)),
          Map.entry("onednn", new Color(0x00, 0x72, 0xb2)),
          Map.entry("onednn-nchw", new Color(0x56, 0xb4, 0xe9)),
          Map.entry("libtorch", new Color(0x00, 0x9e, 0x73)),
          Map.entry("onnxruntime", new Color(0xcc, 0x79, 0xa7)),
          Map.entry("nd4j", new Color(0x7a, 0x5a, 0xb8)),
          Map.entry("djl", new Color(0x7f, 0xc9, 0x7f)));

  private Palette() {}

  static Color of(String competitor) {
    return COLORS.getOrDefault(competitor, Color.GRAY);
  }
}
