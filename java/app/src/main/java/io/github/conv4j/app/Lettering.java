package io.github.conv4j.app;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;

/** Draws text, or nothing on a machine without fonts, where the JDK fails in many ways. */
final class Lettering {
  private static final int SMALLEST = 8;
  private static final boolean AVAILABLE = isUsable();

  private Lettering() {}

  /** Whether there is a font. */
  static boolean isAvailable() {
    return AVAILABLE;
  }

  private static boolean isUsable() {
    Graphics2D graphics = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB).createGraphics();
    try {
      graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, SMALLEST));
      graphics.drawString("x", 0, SMALLEST);
      return graphics.getFontMetrics().stringWidth("x") > 0;
    } catch (RuntimeException | Error e) {
      return false;
    } finally {
      graphics.dispose();
    }
  }

  /**
   * Draws one line.
   *
   * @param x left end in pixels
   * @param y base line in pixels
   * @param width the line is set smaller, then cut, until it takes no more than these pixels
   */
  static void draw(
      Graphics2D graphics, String text, int style, int size, Color color, int x, int y, int width) {
    if (!AVAILABLE) {
      return;
    }
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setColor(color);
    int fitting = size;
    graphics.setFont(new Font(Font.SANS_SERIF, style, fitting));
    while (fitting > SMALLEST && graphics.getFontMetrics().stringWidth(text) > width) {
      fitting--;
      graphics.setFont(new Font(Font.SANS_SERIF, style, fitting));
    }
    String shown = text;
    while (shown.length() > 3 && graphics.getFontMetrics().stringWidth(shown) > width) {
      shown = shown.substring(0, shown.length() - 4) + "...";
    }
    graphics.drawString(shown, x, y);
  }
}
