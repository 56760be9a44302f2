package io.github.conv4j.check;

import java.awt.image.BufferedImage;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Capital letters, digits and signs of five rows of pixels, for pictures without fonts. */
final class PixelText {
  private static final int SCALE = 3;
  private static final int ROWS = 5;

  /** Of a line, in pixels. */
  static final int HEIGHT = ROWS * SCALE;

  /** Each character with its rows from the top, a digit a row: the bits of its columns. */
  private static final String[] GLYPHS = {
    "A25755", "B65656", "C34443", "D65556", "E74647", "F74644", "G34553", "H55755", "I72227",
    "J11152", "K55655", "L44447", "O25552", "P65644", "Q25563", "R65655", "S34216", "T72222",
    "U55557", "V55552", "X55255", "Y55222", "Z71247", "075557", "126227", "271747", "371717",
    "455711", "574717", "674757", "771122", "875757", "975717", ".00002", ",00024", "-00700",
    "+02720", "=07070", "[64446", "]31113", "(24442", ")21112", ":02020", "|22222", "_00007",
    "/11244", "'22000"
  };

  /** The letters that need more than three columns, five bits a row in octal. */
  private static final String[] WIDE_GLYPHS = {"M2133252121", "N2131252321", "W2121253321"};

  private record Glyph(int width, int[] rows) {}

  private static final Map<Character, Glyph> KNOWN = new HashMap<>();

  static {
    for (String glyph : GLYPHS) {
      int[] rows = new int[ROWS];
      for (int row = 0; row < ROWS; row++) {
        rows[row] = glyph.charAt(1 + row) - '0';
      }
      KNOWN.put(glyph.charAt(0), new Glyph(3, rows));
    }
    for (String glyph : WIDE_GLYPHS) {
      int[] rows = new int[ROWS];
      for (int row = 0; row < ROWS; row++) {
        rows[row] = Integer.parseInt(glyph.substring(1 + 2 * row, 3 + 2 * row), 8);
      }
      KNOWN.put(glyph.charAt(0), new Glyph(5, rows));
    }
    KNOWN.put(' ', new Glyph(2, new int[ROWS]));
  }

  private PixelText() {}

  private static Glyph glyph(char letter) {
    return KNOWN.getOrDefault(letter, KNOWN.get(' '));
  }

  /** Pixels that a line takes. */
  static int width(String text) {
    int columns = 0;
    for (char letter : text.toUpperCase(Locale.ROOT).toCharArray()) {
      columns += glyph(letter).width + 1;
    }
    return columns * SCALE;
  }

  /** Draws a line whose upper left corner is x, y; characters that are not known are spaces. */
  static void draw(BufferedImage image, String text, int x, int y, int color) {
    int left = x;
    for (char letter : text.toUpperCase(Locale.ROOT).toCharArray()) {
      Glyph glyph = glyph(letter);
      for (int row = 0; row < HEIGHT; row++) {
        for (int column = 0; column < glyph.width * SCALE; column++) {
          int bit = glyph.rows[row / SCALE] >> (glyph.width - 1 - column / SCALE) & 1;
          if (bit != 0) {
            image.setRGB(left + column, y + row, color);
          }
        }
      }
      left += (glyph.width + 1) * SCALE;
    }
  }
}
