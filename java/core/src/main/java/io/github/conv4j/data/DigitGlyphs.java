package io.github.conv4j.data;

import java.util.ArrayList;
import java.util.List;

/**
 * The digits as strokes of a pen, each in several hands, in a box from 0, 0 (upper left) to 100,
 * 100. No font is needed, so they look the same on every machine.
 */
final class DigitGlyphs {
  /** Pieces that a span between two points of a curve is cut into. */
  private static final int PIECES = 5;

  /**
   * For each digit its hands, for each hand its strokes between semicolons: points x,y joined by
   * straight lines, or behind a tilde by a smooth curve.
   */
  private static final String[][] HANDS = {
    {
      "~50,0 16,18 8,50 16,82 50,100 84,82 92,50 84,18 50,0",
      "~62,3 26,15 15,50 26,88 52,100 78,86 86,50 74,14 42,1",
      "~50,0 22,10 20,50 22,90 50,100 78,90 80,50 78,10 50,0"
    },
    {"50,0 50,100", "25,22 53,0 53,100", "25,22 53,0 53,100;25,100 80,100", "~60,0 52,50 46,100"},
    {
      "~12,26 30,5 60,0 85,18 80,42 50,70 12,100;12,100 90,100",
      "~15,20 45,0 80,14 76,44 36,84 12,94 20,80 45,88 70,100 92,90",
      "~14,20 50,0 86,24 62,58 12,98;~12,98 40,92 90,100"
    },
    {
      "~14,14 45,0 80,14 76,38 42,48;~42,48 84,58 86,84 46,100 12,86",
      "14,0 86,0 44,40;~44,40 80,50 90,72 70,95 36,100 10,88",
      "~16,10 50,2 82,22 50,46;~50,46 86,68 60,98 14,94"
    },
    {
      "20,0 12,60 92,60;70,28 70,100",
      "70,100 70,0 8,68 95,68",
      "~24,0 14,36 26,56 52,56 82,48;84,5 76,100",
      "46,0 10,64 90,64;64,40 60,100"
    },
    {
      "85,0 25,0 20,44;~20,44 50,36 84,48 88,75 62,98 12,92",
      "82,3 30,0;~30,0 22,42 50,38 84,56 80,88 46,100 12,88",
      "80,0 24,0 24,42 60,42;~60,42 90,58 84,90 50,100 14,94"
    },
    {
      "~75,2 40,20 15,56 20,88 50,100 82,88 85,65 55,50 20,66",
      "~60,0 26,34 15,70 34,97 70,95 85,72 65,52 36,58 18,75",
      "~68,0 40,30 22,66;~22,66 24,92 52,100 80,84 72,60 46,56 22,74"
    },
    {
      "10,0 90,0 40,100",
      "10,0 90,0 40,100;30,50 76,50",
      "12,14 12,0 88,0;~88,0 62,40 46,100",
      "~10,6 40,2 88,2;~88,2 66,40 56,100"
    },
    {
      "~50,47 20,30 25,7 50,0 75,7 80,30 50,47 15,68 18,92 50,100 82,92 85,68 50,47",
      "~80,15 50,0 20,18 40,42 75,60 85,85 50,100 15,85 25,62 65,40 82,16",
      "~50,0 26,8 26,38 50,46 74,38 74,8 50,0;~50,46 18,58 18,92 50,100 82,92 82,58 50,46"
    },
    {
      "~82,34 50,50 18,38 20,12 50,0 80,12 83,40;~83,12 82,50 75,100",
      "~82,26 56,2 20,14 18,42 50,52 80,30;~82,22 82,60 62,92 28,100",
      "~80,24 50,2 20,20 28,48 60,48 80,24;80,24 72,100"
    }
  };

  private DigitGlyphs() {}

  /** The number of hands of a digit. */
  static int hands(int digit) {
    return HANDS[digit].length;
  }

  /**
   * The strokes of a digit.
   *
   * @return for each stroke the points x, y, x, y, ... of a chain of short lines, 0 to 1
   */
  static List<double[]> strokes(int digit, int hand) {
    List<double[]> strokes = new ArrayList<>();
    for (String stroke : HANDS[digit][hand].split(";")) {
      boolean smooth = stroke.startsWith("~");
      String[] words = stroke.substring(smooth ? 1 : 0).split("[ ,]");
      double[] points = new double[words.length];
      for (int i = 0; i < points.length; i++) {
        points[i] = Integer.parseInt(words[i]) / 100.0;
      }
      strokes.add(smooth ? curve(points) : points);
    }
    return strokes;
  }

  /** The curve of Catmull and Rom through the points, its ends as if they were there twice. */
  private static double[] curve(double[] points) {
    int spans = points.length / 2 - 1;
    double[] chain = new double[2 * (spans * PIECES + 1)];
    for (int i = 0; i < chain.length; i++) {
      int span = Math.min(i / 2 / PIECES, spans - 1);
      double t = (double) (i / 2 - span * PIECES) / PIECES;
      double before = points[2 * Math.max(0, span - 1) + i % 2];
      double from = points[2 * span + i % 2];
      double to = points[2 * span + 2 + i % 2];
      double after = points[2 * Math.min(spans, span + 2) + i % 2];
      double cubic = -before + 3 * from - 3 * to + after;
      double square = 2 * before - 5 * from + 4 * to - after;
      chain[i] = from + 0.5 * t * (to - before + t * (square + t * cubic));
    }
    return chain;
  }
}
