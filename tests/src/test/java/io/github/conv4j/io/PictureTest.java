package io.github.conv4j.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pictures: to tensors, to files, and back. */
class PictureTest {
  private static final byte[] RED = {-1, 0, 10, 20, 30, 40};
  private static final byte[] GREEN = {1, 2, 3, 4, 5, -128};
  private static final byte[] BLUE = {7, 8, 9, 10, 11, 12};

  @TempDir private Path folder;

  @Test
  void tensorsHoldThePlanes() {
    Picture picture = new Picture(3, 2, new byte[][] {RED, GREEN, BLUE}, null);
    try (Tensor tensor = picture.toTensor()) {
      assertEquals(Shape.of(3, 2, 3), tensor.shape());
      float[] expected = {255, 0, 10, 20, 30, 40, 1, 2, 3, 4, 5, 128, 7, 8, 9, 10, 11, 12};
      assertArrayEquals(expected, tensor.toArray());
      assertArrayEquals(picture.planes(), Picture.of(tensor).planes());
    }
  }

  @Test
  void valuesAreRoundedAndClamped() {
    float[] values = {-5, 0.49f, 0.5f, 254.6f, 300, Float.NaN};
    try (Tensor tensor = Tensor.of(values, 1, 1, 2, 3)) {
      Picture picture = Picture.of(tensor);
      assertArrayEquals(new byte[] {0, 0, 1, -1, -1, 0}, picture.planes()[0]);
      assertEquals(3, picture.width());
      assertEquals(2, picture.height());
    }
    try (Tensor two = Tensor.zeros(2, 3, 4);
        Tensor last = Tensor.zeros(Shape.of(1, 3, 4, 5), MemoryFormat.CHANNELS_LAST)) {
      assertThrows(IllegalArgumentException.class, () -> Picture.of(two));
      assertThrows(IllegalArgumentException.class, () -> Picture.of(last));
      Picture picture = new Picture(3, 2, new byte[][] {RED}, null);
      assertThrows(IllegalArgumentException.class, () -> picture.copyTo(two));
    }
  }

  @Test
  void filesComeBackWithTheirOpacity() throws IOException {
    Path file = folder.resolve("x.png");
    byte[] alpha = {0, 1, 2, 3, -2, -1};
    new Picture(3, 2, new byte[][] {RED, GREEN, BLUE}, alpha).write(file);
    assertEquals(Shape.of(2, 3), ImageFile.size(file));
    Picture read = Picture.read(file);
    assertArrayEquals(new byte[][] {RED, GREEN, BLUE}, read.planes());
    assertArrayEquals(alpha, read.alpha());
    Picture grey = new Picture(3, 2, new byte[][] {GREEN}, null);
    grey.write(file);
    assertArrayEquals(grey.planes(), Picture.read(file).planes());
    assertNull(Picture.read(file).alpha());
  }

  @Test
  void greyIsTheLumaOfTheColours() {
    byte[][] colours = {{-1, 0, 0, -1}, {0, -1, 0, -1}, {0, 0, -1, -1}};
    Picture picture = new Picture(2, 2, colours, null);
    assertArrayEquals(new byte[] {76, (byte) 150, 29, -1}, picture.toGrey().planes()[0]);
    Picture rgb = picture.toGrey().toRgb();
    assertEquals(3, rgb.planes().length);
    assertArrayEquals(rgb.planes()[0], rgb.planes()[2]);
  }

  @Test
  void sizesThatDoNotFitAreRefused() {
    byte[][] two = {RED, GREEN};
    assertThrows(IllegalArgumentException.class, () -> new Picture(3, 2, two, null));
    byte[][] one = {RED};
    assertThrows(IllegalArgumentException.class, () -> new Picture(2, 2, one, null));
    assertThrows(IllegalArgumentException.class, () -> new Picture(3, 2, one, new byte[5]));
    int wraps = 1 << 16;
    assertThrows(
        IllegalArgumentException.class,
        () -> new Picture(wraps, wraps, new byte[][] {new byte[0]}, null));
  }

  /** A head of 16,000 x 16,000 pixels in front of nothing: no memory may be taken for them. */
  @Test
  void pixelsThatTheFileCannotHoldAreRefused() throws IOException {
    Path file = folder.resolve("large.png");
    new Picture(3, 2, new byte[][] {RED}, null).write(file);
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
    bytes.putInt(16, 16000).putInt(20, 16000);
    CRC32 sum = new CRC32();
    sum.update(bytes.array(), 12, 17);
    bytes.putInt(29, (int) sum.getValue());
    Files.write(file, bytes.array());
    FormatException refused = assertThrows(FormatException.class, () -> Picture.read(file));
    assertTrue(refused.getMessage().contains("claims 256000000 pixels"), refused.getMessage());
    assertThrows(FormatException.class, () -> ImageFile.size(file));
  }

  @Test
  void filesThatAreNoImagesAreNamed() throws IOException {
    Path text = Files.writeString(folder.resolve("text.png"), "no image, but long enough");
    for (Path file : new Path[] {text, folder, folder.resolve("missing.png")}) {
      IOException failure = assertThrows(IOException.class, () -> ImageFile.size(file));
      assertTrue(failure.getMessage().startsWith(file + " "), failure.getMessage());
      failure = assertThrows(IOException.class, () -> Picture.read(file));
      assertTrue(failure.getMessage().startsWith(file + " "), failure.getMessage());
    }
  }
}
