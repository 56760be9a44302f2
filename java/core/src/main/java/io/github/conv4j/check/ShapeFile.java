package io.github.conv4j.check;

import io.github.conv4j.kernel.AdaptivePool2dGeometry;
import io.github.conv4j.kernel.AvgPool2dGeometry;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.ConvTranspose2dGeometry;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Files of geometries, one a line, as in tests/shapes: what tests, validation and benchmarks run
 * on.
 *
 * <p>The first line that is neither blank nor a comment is the header, and says what the file
 * holds:
 *
 * <pre>
 *   name,n,ic,ih,iw,oc,kh,kw,sh,sw,pt,pl,pb,pr,dh,dw,g[,mode] convolutions; mode as in PaddingMode
 *   name,n,ic,ih,iw,oc,kh,kw,sh,sw,pt,pl,pb,pr,oph,opw,dh,dw,g transposed convolutions
 *   name,n,c,ih,iw,kh,kw,sh,sw,pt,pl,pb,pr,dh,dw[,ceil]       poolings; ceil is 0 or 1
 * </pre>
 *
 * <p>The extents are those of {@link Conv2dGeometry}, {@link ConvTranspose2dGeometry} and {@link
 * Pool2dGeometry}. A '#' begins a comment that runs to the end of its line.
 */
public final class ShapeFile {
  private static final String CONV2D = "name,n,ic,ih,iw,oc,kh,kw,sh,sw,pt,pl,pb,pr,dh,dw,g";
  private static final String CONV2D_MODE = CONV2D + ",mode";
  private static final String TRANSPOSE =
      "name,n,ic,ih,iw,oc,kh,kw,sh,sw,pt,pl,pb,pr,oph,opw,dh,dw,g";
  private static final String POOL2D = "name,n,c,ih,iw,kh,kw,sh,sw,pt,pl,pb,pr,dh,dw";
  private static final String POOL2D_CEIL = POOL2D + ",ceil";
  private static final int CONV2D_EXTENTS = 16;
  private static final int TRANSPOSE_EXTENTS = 18;
  private static final int POOL2D_EXTENTS = 14;
  private static final String AVG_POOL2D = POOL2D_CEIL + ",count_include_pad,divisor_override";
  private static final int AVG_POOL2D_EXTENTS = 17;
  private static final String ADAPTIVE_POOL2D = "name,n,c,ih,iw,oh,ow";
  private static final int ADAPTIVE_POOL2D_EXTENTS = 6;

  private ShapeFile() {}

  /**
   * All geometries of a file, in its order.
   *
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException naming the file and the line that is wrong, or if there is
   *     none
   */
  public static List<KernelCase> read(Path file) throws IOException {
    List<KernelCase> cases = new ArrayList<>();
    String header = null;
    int number = 0;
    for (String line : Files.readAllLines(file)) {
      number++;
      String content = (line.contains("#") ? line.substring(0, line.indexOf('#')) : line).strip();
      if (content.isEmpty()) {
        continue;
      }
      try {
        if (header == null) {
          header = header(content);
        } else {
          cases.add(row(content, header));
        }
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(file + ":" + number + ": " + e.getMessage(), e);
      }
    }
    if (cases.isEmpty()) {
      throw new IllegalArgumentException(file + " has no geometry");
    }
    return cases;
  }

  /**
   * One geometry from its extents alone, separated by commas: 16 make a convolution, a padding mode
   * may follow; 18 a transposed one; 14 or (with ceil) 15 a max pooling, 17 an average pooling
   * (with ceil, count_include_pad and the divisor or 0), and 6 an adaptive average pooling
   * (n,c,ih,iw,oh,ow), of which adaptive max pooling is a {@link KernelCase#related} case.
   *
   * @param name the name to give it
   * @param extents the columns of a shape file without the name
   * @throws IllegalArgumentException saying what is wrong
   */
  public static KernelCase parse(String name, String extents) {
    String[] columns = extents.split(",", -1);
    if (columns.length == CONV2D_EXTENTS) {
      return convolution(name, numbers(columns, 0, CONV2D), PaddingMode.ZEROS);
    }
    // As many columns as an average pooling has, but the last one is a word.
    String last = columns[columns.length - 1].strip();
    if (columns.length == CONV2D_EXTENTS + 1
        && !last.isEmpty()
        && Character.isLetter(last.charAt(0))) {
      return convolution(name, columns, 0);
    }
    if (columns.length == TRANSPOSE_EXTENTS) {
      return transposed(name, numbers(columns, 0, TRANSPOSE));
    }
    if (columns.length == POOL2D_EXTENTS || columns.length == POOL2D_EXTENTS + 1) {
      return pooling(name, numbers(columns, 0, POOL2D_CEIL));
    }
    if (columns.length == AVG_POOL2D_EXTENTS) {
      return average(name, numbers(columns, 0, AVG_POOL2D));
    }
    if (columns.length == ADAPTIVE_POOL2D_EXTENTS) {
      long[] v = numbers(columns, 0, ADAPTIVE_POOL2D);
      return new AvgPool2dCase(
          name, new AdaptivePool2dGeometry(v[0], v[1], v[2], v[3], v[4], v[5]));
    }
    throw new IllegalArgumentException(
        columns.length
            + " extents; a convolution has "
            + CONV2D_EXTENTS
            + " (n,ic,ih,...) and perhaps a padding mode, a transposed one "
            + TRANSPOSE_EXTENTS
            + ", a pooling "
            + POOL2D_EXTENTS
            + " or, with ceil, "
            + (POOL2D_EXTENTS + 1)
            + ", an average pooling "
            + AVG_POOL2D_EXTENTS
            + ", an adaptive one "
            + ADAPTIVE_POOL2D_EXTENTS);
  }

  private static String header(String content) {
    String header = content.replace(" ", "");
    if (!List.of(CONV2D, CONV2D_MODE, TRANSPOSE, POOL2D, POOL2D_CEIL).contains(header)) {
      throw new IllegalArgumentException(
          "the header is "
              + content
              + "; it must be "
              + CONV2D
              + "[,mode], "
              + TRANSPOSE
              + " or "
              + POOL2D
              + "[,ceil]");
    }
    return header;
  }

  private static KernelCase row(String content, String header) {
    String[] columns = content.split(",", -1);
    int required = header.split(",").length;
    if (columns.length != required) {
      throw new IllegalArgumentException(
          columns.length + " columns; the header has " + required + " (" + header + ")");
    }
    String name = columns[0].strip();
    if (name.isEmpty()) {
      throw new IllegalArgumentException("the name is empty");
    }
    if (header.equals(CONV2D_MODE)) {
      return convolution(name, columns, 1);
    }
    long[] numbers = numbers(columns, 1, header);
    return switch (header) {
      case CONV2D -> convolution(name, numbers, PaddingMode.ZEROS);
      case TRANSPOSE -> transposed(name, numbers);
      default -> pooling(name, numbers);
    };
  }

  private static long[] numbers(String[] columns, int first, String header) {
    String[] names = header.split(",");
    long[] numbers = new long[columns.length - first];
    for (int i = 0; i < numbers.length; i++) {
      String text = columns[first + i].strip();
      try {
        numbers[i] = Long.parseLong(text);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            names[i + 1] + " is '" + text + "'; it must be a whole number", e);
      }
    }
    return numbers;
  }

  /** The last column is the padding mode. */
  private static Conv2dCase convolution(String name, String[] columns, int first) {
    int last = columns.length - 1;
    PaddingMode mode = PaddingMode.of(columns[last].strip());
    return convolution(name, numbers(Arrays.copyOf(columns, last), first, CONV2D), mode);
  }

  private static Conv2dCase convolution(String name, long[] v, PaddingMode mode) {
    return new Conv2dCase(
        name,
        new Conv2dGeometry(
            v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11], v[12], v[13],
            v[14], v[15]),
        mode);
  }

  private static ConvTranspose2dCase transposed(String name, long[] v) {
    return new ConvTranspose2dCase(
        name,
        new ConvTranspose2dGeometry(
            v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11], v[12], v[13],
            v[14], v[15], v[16], v[17]));
  }

  private static MaxPool2dCase pooling(String name, long[] v) {
    long ceil = v.length > POOL2D_EXTENTS ? v[POOL2D_EXTENTS] : 0;
    if (ceil != 0 && ceil != 1) {
      throw new IllegalArgumentException("ceil is " + ceil + "; it must be 0 or 1");
    }
    return new MaxPool2dCase(
        name,
        new Pool2dGeometry(
            v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11], v[12], v[13],
            ceil == 1));
  }

  private static AvgPool2dCase average(String name, long[] v) {
    long counted = v[POOL2D_EXTENTS + 1];
    if (counted != 0 && counted != 1) {
      throw new IllegalArgumentException("count_include_pad is " + counted + "; it must be 0 or 1");
    }
    Pool2dGeometry window = pooling(name, Arrays.copyOf(v, POOL2D_EXTENTS + 1)).geometry();
    AvgPool2dGeometry geometry = AvgPool2dGeometry.of(window).withCountIncludePad(counted == 1);
    long divisor = v[POOL2D_EXTENTS + 2];
    return new AvgPool2dCase(name, divisor == 0 ? geometry : geometry.withDivisorOverride(divisor));
  }
}
