package io.github.conv4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.io.Picture;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Folders of images, and what becomes of an image on its way into a sample. */
class ImageFolderTest {
  @TempDir private Path folder;

  /** A grey image whose samples count up. */
  private static Path grey(Path file, int width, int height, int first) throws IOException {
    byte[] plane = new byte[width * height];
    for (int i = 0; i < plane.length; i++) {
      plane[i] = (byte) (first + i);
    }
    Files.createDirectories(file.getParent());
    new Picture(width, height, new byte[][] {plane}, null).write(file);
    return file;
  }

  private static void refused(Executable call, String... words) {
    IOException failure = assertThrows(IOException.class, call);
    for (String word : words) {
      assertTrue(failure.getMessage().contains(word), failure.getMessage());
    }
  }

  @Test
  void classesAndFilesComeInTheOrderOfTheirNames() throws IOException {
    grey(folder.resolve("b/2.png"), 3, 2, 20);
    grey(folder.resolve("b/1.png"), 3, 2, 10);
    grey(folder.resolve("a/deep/x.png"), 3, 2, 30);
    Files.createDirectories(folder.resolve(".hidden"));
    Files.writeString(folder.resolve("b/notes.txt"), "left alone");
    Files.writeString(folder.resolve("readme.txt"), "left alone");
    BufferedImage colour = new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB);
    ImageIO.write(colour, "jpeg", folder.resolve("a/z.JPG").toFile());
    ImageFolder images = ImageFolder.open(folder, ImageDecoder.grey());
    assertEquals(List.of("a", "b"), images.classes());
    assertEquals(4, images.size());
    assertEquals(Shape.of(1, 2, 3), images.sampleShape());
    int[] labels = {0, 0, 1, 1};
    int[] first = {30, 0, 10, 20};
    float[] values = new float[6];
    for (int i = 0; i < 4; i++) {
      assertEquals(labels[i], images.label(i));
      images.read(i, 0, values);
      assertEquals(first[i] / 255f, values[0], images.file(i).toString());
    }
    assertThrows(IllegalArgumentException.class, () -> images.read(0, 0, new float[5]));
    assertThrows(IndexOutOfBoundsException.class, () -> images.read(4, 0, values));
  }

  @Test
  void foldersThatAreNotAsTheyShouldBeAreExplained() throws IOException {
    ImageDecoder decoder = ImageDecoder.rgb();
    Path missing = folder.resolve("missing");
    refused(() -> ImageFolder.open(missing, decoder), missing + " does not exist", "give a folder");
    refused(() -> ImageFolder.open(folder, decoder), folder + " has no folders", "put the images");
    Path a = grey(folder.resolve("a/1.png"), 3, 2, 0);
    refused(() -> ImageFolder.open(a, decoder), a + " is no folder");
    Path empty = Files.createDirectory(folder.resolve("b"));
    refused(() -> ImageFolder.open(folder, decoder), empty.toString(), "fill it or delete it");
    Path other = grey(folder.resolve("b/1.png"), 2, 3, 0);
    refused(
        () -> ImageFolder.open(folder, decoder),
        "differ in size",
        a.toString(),
        other.toString(),
        "[3, 2, 3]",
        "[3, 3, 2]",
        "resize them");
    assertEquals(Shape.of(3, 4, 4), ImageFolder.open(folder, decoder.resize(4, 4)).sampleShape());
    ImageFolder cropped = ImageFolder.open(folder, decoder.centerCrop(3, 3));
    refused(() -> cropped.read(0, 0, new float[27]), a.toString(), "too few for a crop of 3 x 3");
    Files.writeString(other, "no image at all");
    refused(() -> ImageFolder.open(folder, decoder), other + " is neither a PNG nor a JPEG");
    ImageFolder lazy = ImageFolder.open(folder, decoder.resize(4, 4));
    refused(() -> lazy.read(1, 0, new float[48]), other + " is neither a PNG nor a JPEG");
  }

  /** Worked out by hand: halving with the triangle's weights 1, 3, 3, 1 of 8, cut at the edges. */
  @Test
  void reducingWeighsWithATriangle() {
    float[] row = {0, 8, 16, 40, 80, 96};
    float[] half = Resampling.resize(row, 1, 6, 1, 3);
    assertEquals((3 * 0 + 3 * 8 + 16) / 7f, half[0], 1e-5f);
    assertEquals((8 + 3 * 16 + 3 * 40 + 80) / 8f, half[1], 1e-5f);
    assertEquals((40 + 3 * 80 + 3 * 96) / 7f, half[2], 1e-5f);
    assertArrayEquals(half, Resampling.resize(row, 6, 1, 3, 1));
  }

  @Test
  void enlargingJoinsByStraightLines() {
    float[] wide = Resampling.resize(new float[] {0, 8}, 1, 2, 1, 4);
    assertArrayEquals(new float[] {0, 2, 6, 8}, wide);
    float[] constant = new float[35];
    Arrays.fill(constant, 3);
    for (float value : Resampling.resize(constant, 5, 7, 13, 3)) {
      assertEquals(3, value, 1e-5f);
    }
    float[] plane = {1, 2, 3, 4, 5, 6};
    assertArrayEquals(plane, Resampling.resize(plane, 2, 3, 2, 3));
  }

  @Test
  void theShorterSideIsResizedAndTheMiddleCropped() throws IOException {
    Path file = grey(folder.resolve("x/1.png"), 9, 4, 0);
    try (Tensor whole = ImageDecoder.grey().decode(file);
        Tensor resized = ImageDecoder.rgb().resize(2).decode(file);
        Tensor crop = ImageDecoder.grey().centerCrop(2, 4).decode(file);
        Tensor into = Tensor.zeros(1, 1, 2, 4)) {
      assertEquals(Shape.of(1, 4, 9), whole.shape());
      assertEquals(Shape.of(3, 2, 4), resized.shape());
      assertEquals(Shape.of(1, 2, 4), crop.shape());
      // Rows 1 and 2, and of 5 spare columns 2 on the left: 2.5 goes to the even side.
      assertEquals((9 + 2) / 255f, crop.get(0));
      assertEquals((18 + 5) / 255f, crop.get(7));
      ImageDecoder.grey().centerCrop(2, 4).decode(file, into);
      assertArrayEquals(crop.toArray(), into.toArray());
      refused(() -> ImageDecoder.grey().decode(file, into), "[1, 4, 9] instead of [1, 2, 4]");
    }
    assertThrows(IllegalArgumentException.class, () -> ImageDecoder.rgb().resize(0));
    assertThrows(IllegalArgumentException.class, () -> ImageDecoder.rgb().centerCrop(3, 0));
  }

  @Test
  void coloursBecomeGreyAndTransparencyWhite() throws IOException {
    Path file = folder.resolve("c.png");
    byte[][] colours = {{-1, 10}, {0, 20}, {0, 30}};
    new Picture(2, 1, colours, new byte[] {-1, 0}).write(file);
    try (Tensor rgb = ImageDecoder.rgb().decode(file);
        Tensor grey = ImageDecoder.grey().decode(file)) {
      assertArrayEquals(new float[] {1, 1, 0, 1, 0, 1}, rgb.toArray());
      assertArrayEquals(new float[] {76 / 255f, 1}, grey.toArray());
    }
  }
}
