package io.github.conv4j.app;

import io.github.conv4j.io.Picture;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;

/** A colourful picture on which every filter shows something: ramps, rings, fine lines, letters. */
final class TestCard {
  private static final int WIDTH = 641;
  private static final int HEIGHT = 359;
  private static final Color DARK = new Color(0x1d2433);

  private final BufferedImage image =
      new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_3BYTE_BGR);
  private final Graphics2D graphics = image.createGraphics();

  private TestCard() {}

  /** Draws the card, 641 by 359 pixels. */
  static Picture draw() {
    TestCard card = new TestCard();
    card.graphics.setRenderingHint(
        RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    card.background();
    card.rings(112, 124, 92);
    card.star(306, 124, 92);
    card.discs();
    card.lines();
    card.bars();
    card.letters();
    card.graphics.dispose();
    return Picture.of(card.image);
  }

  private void background() {
    graphics.setPaint(
        new GradientPaint(0, 0, new Color(0x16325c), WIDTH, HEIGHT, new Color(0xf2b36b)));
    graphics.fillRect(0, 0, WIDTH, HEIGHT);
  }

  /** Rings that grow finer outwards, in all orientations. */
  private void rings(int centreX, int centreY, int radius) {
    for (int y = -radius; y <= radius; y++) {
      for (int x = -radius; x <= radius; x++) {
        double distance = Math.hypot(x, y);
        if (distance < radius) {
          double wave = Math.cos(distance * distance * Math.PI / (2.4 * radius));
          int grey = (int) Math.round(127.5 + 118 * wave);
          image.setRGB(centreX + x, centreY + y, new Color(grey, grey, grey).getRGB());
        }
      }
    }
  }

  /** Coloured wedges. */
  private void star(int centreX, int centreY, int radius) {
    int wedges = 36;
    for (int i = 0; i < wedges; i++) {
      double from = 2 * Math.PI * i / wedges;
      double to = 2 * Math.PI * (i + 1) / wedges;
      Path2D wedge = new Path2D.Double();
      wedge.moveTo(centreX, centreY);
      wedge.lineTo(centreX + radius * Math.cos(from), centreY + radius * Math.sin(from));
      wedge.lineTo(centreX + radius * Math.cos(to), centreY + radius * Math.sin(to));
      wedge.closePath();
      graphics.setColor(i % 2 == 0 ? Color.getHSBColor((float) i / wedges, 0.75f, 0.95f) : DARK);
      graphics.fill(wedge);
    }
  }

  private void discs() {
    int[] colours = {0xd0e63946, 0xd02a9d8f, 0xd0e9c46a};
    int[][] centres = {{482, 72}, {548, 72}, {515, 128}};
    for (int i = 0; i < colours.length; i++) {
      graphics.setColor(new Color(colours[i], true));
      graphics.fill(new Ellipse2D.Double(centres[i][0] - 46, centres[i][1] - 46, 92, 92));
    }
    graphics.setColor(Color.WHITE);
    graphics.setStroke(new BasicStroke(3));
    graphics.draw(new Ellipse2D.Double(425.5, 16.5, 180, 178));
  }

  /** Upright and level lines of one to four pixels. */
  private void lines() {
    int left = 20;
    for (int thickness = 1; thickness <= 4; thickness++) {
      graphics.setColor(Color.WHITE);
      graphics.fillRect(left, 232, 68, 48);
      graphics.setColor(DARK);
      for (int at = 0; at < 48; at += 2 * thickness) {
        graphics.fillRect(left + 34, 232 + at, 34, thickness);
        if (at < 34) {
          graphics.fillRect(left + at, 232, thickness, 48);
        }
      }
      left += 76;
    }
  }

  private void bars() {
    int[] colours = {
      0xffffff, 0xf4d35e, 0x2ec4b6, 0x06a77d, 0xb5179e, 0xe63946, 0x3a0ca3, 0x111111
    };
    for (int i = 0; i < colours.length; i++) {
      graphics.setColor(new Color(colours[i]));
      graphics.fillRect(20 + 38 * i, 296, 38, 45);
    }
    graphics.setPaint(new GradientPaint(340, 0, Color.BLACK, 621, 0, Color.WHITE));
    graphics.fillRect(340, 319, 281, 22);
  }

  private void letters() {
    Lettering.draw(graphics, "conv4j", Font.BOLD, 72, Color.WHITE, 338, 274, 285);
    Lettering.draw(
        graphics, "641 x 359  convolution and pooling", Font.PLAIN, 15, DARK, 340, 309, 281);
  }
}
