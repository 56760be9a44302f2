package io.github.conv4j.app;

import io.github.conv4j.io.Picture;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** Pictures with captions, side by side in cells of one size, dark on light. */
final class ContactSheet {
  private static final int LARGEST = 720;
  private static final int SMALLEST = 240;
  private static final int GAP = 28;
  private static final int CAPTION = 46;
  private static final int HEADER = 64;
  private static final Color PAPER = new Color(0xfafaf7);
  private static final Color FRAME = new Color(0xd4d4cc);
  private static final Color INK = new Color(0x1d2433);
  private static final Color FAINT = new Color(0x5c6470);

  private record Tile(String caption, String remark, BufferedImage image) {}

  private final String title;
  private final String subtitle;
  private final int cellWidth;
  private final int cellHeight;
  private final double scale;
  private final List<Tile> tiles = new ArrayList<>();

  /**
   * A sheet whose cells have the proportions of a picture.
   *
   * @param title the first line
   * @param subtitle the second line
   * @param width of the largest picture
   * @param height of the largest picture
   */
  ContactSheet(String title, String subtitle, int width, int height) {
    this.title = title;
    this.subtitle = subtitle;
    int longSide = Math.max(width, height);
    this.scale =
        longSide > LARGEST ? (double) LARGEST / longSide : Math.max(1, SMALLEST / longSide);
    this.cellWidth = Math.max(SMALLEST, (int) Math.round(width * scale));
    this.cellHeight = Math.max(1, (int) Math.round(height * scale));
  }

  /**
   * Adds a picture, which is shown as large as its cell allows: reduced by the mean of the pixels,
   * or enlarged a whole number of times.
   */
  void add(String caption, String remark, Picture picture) {
    double fit =
        Math.min((double) cellWidth / picture.width(), (double) cellHeight / picture.height());
    BufferedImage image;
    if (fit < 1) {
      int width = Math.max(1, (int) Math.round(picture.width() * fit));
      int height = Math.max(1, (int) Math.round(picture.height() * fit));
      image = Reduction.reduce(picture, width, height).toImage();
    } else {
      BufferedImage original = picture.toImage();
      int times = (int) fit;
      int width = picture.width() * times;
      int height = picture.height() * times;
      image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
      Graphics2D graphics = image.createGraphics();
      graphics.drawImage(original, 0, 0, width, height, null);
      graphics.dispose();
    }
    tiles.add(new Tile(caption, remark, image));
  }

  /** The sheet, its tiles in the order in which they came. */
  BufferedImage draw() {
    int columns = columns();
    int rows = (tiles.size() + columns - 1) / columns;
    int width = GAP + columns * (cellWidth + GAP);
    int height = HEADER + GAP + rows * (cellHeight + CAPTION + GAP);
    BufferedImage sheet = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D graphics = sheet.createGraphics();
    graphics.setColor(PAPER);
    graphics.fillRect(0, 0, width, height);
    Lettering.draw(graphics, title, Font.BOLD, 26, INK, GAP, GAP + 22, width - 2 * GAP);
    Lettering.draw(graphics, subtitle, Font.PLAIN, 16, FAINT, GAP, GAP + 48, width - 2 * GAP);
    for (int i = 0; i < tiles.size(); i++) {
      int x = GAP + i % columns * (cellWidth + GAP);
      int y = HEADER + GAP + i / columns * (cellHeight + CAPTION + GAP);
      draw(graphics, tiles.get(i), x, y);
    }
    graphics.dispose();
    return sheet;
  }

  private void draw(Graphics2D graphics, Tile tile, int x, int y) {
    int top = y + (cellHeight - tile.image.getHeight()) / 2;
    graphics.setColor(FRAME);
    graphics.drawRect(x - 1, top - 1, tile.image.getWidth() + 1, tile.image.getHeight() + 1);
    graphics.drawImage(tile.image, x, top, null);
    int below = y + cellHeight;
    Lettering.draw(graphics, tile.caption, Font.BOLD, 17, INK, x, below + 21, cellWidth);
    Lettering.draw(graphics, tile.remark, Font.PLAIN, 14, FAINT, x, below + 41, cellWidth);
  }

  /** As many columns as bring the sheet nearest to 4:3, with a preference for full rows. */
  private int columns() {
    int best = 1;
    double least = Double.MAX_VALUE;
    for (int columns = 1; columns <= tiles.size(); columns++) {
      int rows = (tiles.size() + columns - 1) / columns;
      double aspect =
          (columns * (double) (cellWidth + GAP)) / (rows * (double) (cellHeight + CAPTION + GAP));
      double empty = columns * rows - tiles.size();
      double cost = Math.abs(Math.log(aspect * 3 / 4)) + empty / tiles.size();
      if (cost < least) {
        least = cost;
        best = columns;
      }
    }
    return best;
  }
}
