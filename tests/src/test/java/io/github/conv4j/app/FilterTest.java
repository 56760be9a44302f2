package io.github.conv4j.app;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pixels that the command filter makes of small images of odd size, of every kind. */
class FilterTest {
  private static final int WIDTH = 7;
  private static final int HEIGHT = 5;
  private static final float[][] IDENTITY = {{1}};
  private static final float[][] LAPLACIAN = {{0, 1, 0}, {1, -4, 1}, {0, 1, 0}};

  @TempDir private Path folder;

  private Path in;
  private Path out;
  private SplittableRandom random;

  @BeforeEach
  void prepare() {
    in = folder.resolve("in.png");
    out = folder.resolve("out.png");
    random = new SplittableRandom(11);
  }

  /** The samples of every band, [band][row][column]. */
  private static int[][][] samples(Raster raster) {
    int[][][] bands = new int[raster.getNumBands()][raster.getHeight()][raster.getWidth()];
    for (int band = 0; band < bands.length; band++) {
      for (int y = 0; y < raster.getHeight(); y++) {
        for (int x = 0; x < raster.getWidth(); x++) {
          bands[band][y][x] = raster.getSample(x, y, band);
        }
      }
    }
    return bands;
  }

  private int[][][] draw(int type) throws IOException {
    return draw(new BufferedImage(WIDTH, HEIGHT, type), 256);
  }

  /** Fills an image with noise, writes it, and gives its samples. */
  private int[][][] draw(BufferedImage image, int levels) throws IOException {
    WritableRaster raster = image.getRaster();
    for (int band = 0; band < raster.getNumBands(); band++) {
      for (int y = 0; y < image.getHeight(); y++) {
        for (int x = 0; x < image.getWidth(); x++) {
          raster.setSample(x, y, band, random.nextInt(levels));
        }
      }
    }
    assertTrue(ImageIO.write(image, "png", in.toFile()));
    return samples(raster);
  }

  private int[][][] filter(String... options) throws IOException {
    String[] arguments = new String[options.length + 3];
    arguments[0] = "filter";
    arguments[1] = in.toString();
    arguments[2] = out.toString();
    System.arraycopy(options, 0, arguments, 3, options.length);
    assertEquals("", CommandRun.of(arguments).succeeded().out());
    BufferedImage image = ImageIO.read(out.toFile());
    assertEquals(8, image.getSampleModel().getSampleSize(0));
    return samples(image.getRaster());
  }

  /** The definition: cross-correlation with zeros around, rounded and clamped. */
  private static int[][] correlate(
      int[][] plane, float[][] kernel, float offset, int stride, boolean magnitude) {
    int height = plane.length;
    int width = plane[0].length;
    int top = (kernel.length - 1) / 2;
    int left = (kernel[0].length - 1) / 2;
    int[][] result = new int[(height + stride - 1) / stride][(width + stride - 1) / stride];
    for (int oy = 0; oy < result.length; oy++) {
      for (int ox = 0; ox < result[0].length; ox++) {
        double sum = offset;
        for (int ky = 0; ky < kernel.length; ky++) {
          for (int kx = 0; kx < kernel[0].length; kx++) {
            int y = oy * stride - top + ky;
            int x = ox * stride - left + kx;
            if (y >= 0 && y < height && x >= 0 && x < width) {
              sum += kernel[ky][kx] * plane[y][x];
            }
          }
        }
        sum = magnitude ? Math.abs(sum) : sum;
        result[oy][ox] = (int) Math.max(0, Math.min(255, Math.floor(sum + 0.5)));
      }
    }
    return result;
  }

  private static int[][][] correlate(int[][][] planes, float[][] kernel) {
    int[][][] result = new int[planes.length][][];
    for (int i = 0; i < planes.length; i++) {
      result[i] = correlate(planes[i], kernel, 0, 1, false);
    }
    return result;
  }

  private static int[][] largest(int[][] plane, int size, int stride) {
    int[][] result =
        new int[(plane.length - size) / stride + 1][(plane[0].length - size) / stride + 1];
    for (int oy = 0; oy < result.length; oy++) {
      for (int ox = 0; ox < result[0].length; ox++) {
        for (int y = 0; y < size; y++) {
          for (int x = 0; x < size; x++) {
            result[oy][ox] = Math.max(result[oy][ox], plane[oy * stride + y][ox * stride + x]);
          }
        }
      }
    }
    return result;
  }

  @Test
  void identityChangesNothing() throws IOException {
    for (int type :
        new int[] {
          BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_4BYTE_ABGR
        }) {
      int[][][] drawn = draw(type);
      assertArrayEquals(drawn, filter("--kernel", "identity"));
    }
  }

  @Test
  void boxIsTheMeanOfNine() throws IOException {
    float[][] box = new float[3][3];
    for (float[] row : box) {
      Arrays.fill(row, 1 / 9f);
    }
    int[][][] drawn = draw(BufferedImage.TYPE_3BYTE_BGR);
    assertArrayEquals(correlate(drawn, box), filter("--kernel", "box"));
  }

  @Test
  void laplacianIsClamped() throws IOException {
    int[][][] drawn = draw(BufferedImage.TYPE_3BYTE_BGR);
    assertArrayEquals(correlate(drawn, LAPLACIAN), filter("--kernel", "laplacian"));
    assertArrayEquals(
        correlate(drawn[1], LAPLACIAN, 0, 1, true), filter("--kernel", "LAPLACIAN", "--abs")[1]);
    assertArrayEquals(
        correlate(drawn[2], LAPLACIAN, 128, 1, false),
        filter("--kernel", "laplacian", "--offset", "128")[2]);
  }

  @Test
  void tapsMayBeGiven() throws IOException {
    int[][][] drawn = draw(BufferedImage.TYPE_BYTE_GRAY);
    float[][] taps = {{0.5f, -1, 2, 0.25f}, {1, 0, -0.5f, 1}};
    assertArrayEquals(correlate(drawn, taps), filter("--kernel", "0.5,-1,2,0.25; 1, 0, -.5, 1e0"));
    assertArrayEquals(correlate(drawn, taps), filter("--kernel", "0.5 -1 2 0.25; 1 0 -0.5 1"));
  }

  @Test
  void flipTurnsTheKernel() throws IOException {
    int[][][] drawn = draw(BufferedImage.TYPE_BYTE_GRAY);
    float[][] turned = {{4, 0, -3}, {0, 2, 1}};
    assertArrayEquals(correlate(drawn, turned), filter("--kernel", "1,2,0;-3,0,4", "--flip"));
  }

  @Test
  void strideLeavesResultsOut() throws IOException {
    int[][][] drawn = draw(BufferedImage.TYPE_3BYTE_BGR);
    for (int stride : new int[] {2, 3, 7, 100}) {
      int[][][] found = filter("--kernel", "laplacian", "--stride", Integer.toString(stride));
      for (int band = 0; band < 3; band++) {
        assertArrayEquals(correlate(drawn[band], LAPLACIAN, 0, stride, false), found[band]);
      }
    }
  }

  /** A kernel that shifts by one pixel shows what lies outside the image. */
  @Test
  void paddingModesFillTheEdge() throws IOException {
    int[][] drawn = draw(BufferedImage.TYPE_BYTE_GRAY)[0];
    int width = drawn[0].length;
    for (String mode : new String[] {"zeros", "replicate", "reflect", "circular"}) {
      int[][] found = filter("--kernel", "1,0,0", "--padding-mode", mode)[0];
      int source =
          switch (mode) {
            case "replicate" -> 0;
            case "reflect" -> 1;
            default -> width - 1;
          };
      for (int y = 0; y < drawn.length; y++) {
        assertEquals(mode.equals("zeros") ? 0 : drawn[y][source], found[y][0], mode);
        assertArrayEquals(
            Arrays.copyOf(drawn[y], width - 1), Arrays.copyOfRange(found[y], 1, width));
      }
    }
  }

  @Test
  void poolingKeepsTheLargest() throws IOException {
    int[][][] drawn = draw(BufferedImage.TYPE_3BYTE_BGR);
    int[][][] alone = filter("--pool", "max:2:2");
    int[][][] after = filter("--kernel", "laplacian", "--pool", "max:3:1");
    int[][][] apart = filter("--pool", "max:2");
    for (int band = 0; band < 3; band++) {
      assertArrayEquals(largest(drawn[band], 2, 2), alone[band]);
      assertArrayEquals(alone[band], apart[band]);
      assertArrayEquals(largest(correlate(drawn[band], LAPLACIAN, 0, 1, false), 3, 1), after[band]);
    }
  }

  @Test
  void poolingKeepsTheSmallestOrTheAverage() throws IOException {
    int[][][] drawn = draw(BufferedImage.TYPE_4BYTE_ABGR);
    int[][][] smallest = filter("--pool", "min:3:2");
    int[][][] average = filter("--pool", "avg:2");
    for (int band = 0; band < 3; band++) {
      int[][] from = drawn[band];
      for (int y = 0; y < smallest[band].length; y++) {
        for (int x = 0; x < smallest[band][y].length; x++) {
          int least = 255;
          for (int i = 0; i < 9; i++) {
            least = Math.min(least, from[2 * y + i / 3][2 * x + i % 3]);
          }
          assertEquals(least, smallest[band][y][x]);
        }
      }
    }
    // Opacity follows: the largest of the window, or the average.
    assertArrayEquals(largest(drawn[3], 3, 2), smallest[3]);
    for (int band = 0; band < 4; band++) {
      int[][] from = drawn[band];
      for (int y = 0; y < average[band].length; y++) {
        for (int x = 0; x < average[band][y].length; x++) {
          int above = from[2 * y][2 * x] + from[2 * y][2 * x + 1];
          int below = from[2 * y + 1][2 * x] + from[2 * y + 1][2 * x + 1];
          assertEquals(Math.round((above + below) / 4f), average[band][y][x]);
        }
      }
    }
  }

  @Test
  void transparencyIsThatOfTheMiddle() throws IOException {
    int[][][] drawn = draw(BufferedImage.TYPE_4BYTE_ABGR);
    int[][][] found = filter("--kernel", "laplacian", "--stride", "2");
    assertEquals(4, found.length);
    for (int band = 0; band < 3; band++) {
      assertArrayEquals(correlate(drawn[band], LAPLACIAN, 0, 2, false), found[band]);
    }
    assertArrayEquals(correlate(drawn[3], IDENTITY, 0, 2, false), found[3]);
    assertArrayEquals(largest(drawn[3], 2, 2), filter("--pool", "max:2")[3]);
  }

  @Test
  void aPaletteStandsForItsColours() throws IOException {
    byte[] red = {0, 10, (byte) 200, 30};
    byte[] green = {5, (byte) 255, 100, 0};
    byte[] blue = {9, 8, 7, (byte) 250};
    IndexColorModel palette = new IndexColorModel(2, 4, red, green, blue);
    int[][][] indices =
        draw(new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_BINARY, palette), 4);
    int[][][] found = filter("--kernel", "1");
    assertEquals(3, found.length);
    byte[][] colours = {red, green, blue};
    for (int band = 0; band < 3; band++) {
      for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
          assertEquals(colours[band][indices[0][y][x]] & 0xff, found[band][y][x]);
        }
      }
    }
  }

  @Test
  void blackAndWhiteIsGrey() throws IOException {
    int[][][] bits = draw(new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_BINARY), 2);
    int[][][] found = filter("--kernel", "1");
    assertEquals(1, found.length);
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        assertEquals(255 * bits[0][y][x], found[0][y][x]);
      }
    }
  }

  @Test
  void sixteenBitsAreRoundedToEight() throws IOException {
    int[][][] drawn =
        draw(new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_USHORT_GRAY), 65_536);
    int[][][] found = filter("--kernel", "1");
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        assertEquals(Math.round(drawn[0][y][x] * 255 / 65_535.0), found[0][y][x]);
      }
    }
  }

  @Test
  void jpegImagesAreRead() throws IOException {
    for (int type : new int[] {BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_BYTE_GRAY}) {
      draw(type);
      Path png = in;
      BufferedImage image = ImageIO.read(png.toFile());
      in = folder.resolve("photo.jpg");
      assertTrue(ImageIO.write(image, "jpeg", in.toFile()));
      int[][][] decoded = samples(ImageIO.read(in.toFile()).getRaster());
      assertArrayEquals(decoded, filter("--kernel", "identity"));
      assertArrayEquals(correlate(decoded, LAPLACIAN), filter("--kernel", "laplacian"));
      in = png;
    }
  }

  @Test
  void onePixelIsAnImage() throws IOException {
    int[][][] drawn = draw(new BufferedImage(1, 1, BufferedImage.TYPE_3BYTE_BGR), 256);
    assertArrayEquals(drawn, filter("--kernel", "identity", "--stride", "5", "--pool", "max:1"));
    assertArrayEquals(correlate(drawn, LAPLACIAN), filter("--kernel", "laplacian"));
  }

  @Test
  void aKernelMayBeLargerThanTheImage() throws IOException {
    int[][][] drawn = draw(new BufferedImage(2, 3, BufferedImage.TYPE_BYTE_GRAY), 10);
    float[][] row = {{1, 1, 1, 1, 1, 1, 1, 1, 1}};
    assertArrayEquals(correlate(drawn, row), filter("--kernel", "1,1,1,1,1,1,1,1,1"));
  }

  @Test
  void theImageMayBeReplacedByItsResult() throws IOException {
    int[][][] drawn = draw(BufferedImage.TYPE_3BYTE_BGR);
    out = in;
    assertArrayEquals(correlate(drawn, LAPLACIAN), filter("--kernel", "laplacian"));
  }

  @Test
  void everyNamedKernelRuns() throws IOException {
    int[][][] drawn = draw(BufferedImage.TYPE_BYTE_GRAY);
    for (NamedKernel named : NamedKernel.values()) {
      FilterKernel kernel = named.kernel();
      float[][] taps = new float[kernel.height()][kernel.width()];
      for (int i = 0; i < kernel.taps().length; i++) {
        taps[i / kernel.width()][i % kernel.width()] = kernel.taps()[i];
      }
      assertArrayEquals(correlate(drawn, taps), filter("--kernel", named.label()), named.label());
    }
  }
}
