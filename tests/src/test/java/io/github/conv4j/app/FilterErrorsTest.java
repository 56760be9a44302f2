package io.github.conv4j.app;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the command filter refuses: one line, status 2, and every file as it was. */
class FilterErrorsTest {
  @TempDir private Path folder;

  private Path in;
  private Path out;

  @BeforeEach
  void prepare() throws IOException {
    in = folder.resolve("in.png");
    out = folder.resolve("out.png");
    Files.write(in, encoded("png"));
  }

  private static byte[] encoded(String format) throws IOException {
    BufferedImage image = new BufferedImage(40, 30, BufferedImage.TYPE_3BYTE_BGR);
    for (int i = 0; i < 1200; i++) {
      image.setRGB(i % 40, i / 40, i * 7919);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, format, bytes);
    return bytes.toByteArray();
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private void refused(Path from, Path to, List<String> options, String... words)
      throws IOException {
    List<String> before = names();
    String[] arguments =
        Stream.concat(Stream.of("filter", from.toString(), to.toString()), options.stream())
            .toArray(String[]::new);
    CommandRun.of(arguments).refused(words);
    assertEquals(before, names());
  }

  private static final List<String> BLUR = List.of("--kernel", "box");

  @Test
  void aPaddingModeThatDoesNotSuit() throws IOException {
    refused(
        in,
        out,
        List.of("--kernel", "box", "--padding-mode", "mirror"),
        "--padding-mode is mirror; it must be zeros, replicate, reflect or circular");
    refused(
        in,
        out,
        List.of("--kernel", "1" + ",0".repeat(2000), "--padding-mode", "reflect"),
        "reflect padding must be at most");
  }

  @Test
  void aMissingImage() throws IOException {
    refused(folder.resolve("none.png"), out, BLUR, "none.png", "there is no such file");
  }

  @Test
  void whatIsNoImage() throws IOException {
    refused(folder, out, BLUR, "is a folder, not an image");
    Path empty = Files.createFile(folder.resolve("empty.png"));
    refused(empty, out, BLUR, "empty.png is empty");
    Path text = Files.writeString(folder.resolve("text.png"), "not an image at all");
    refused(text, out, BLUR, "text.png", "neither a PNG nor a JPEG");
    Path gif = Files.write(folder.resolve("image.gif"), encoded("gif"));
    refused(gif, out, BLUR, "image.gif", "neither a PNG nor a JPEG");
  }

  @Test
  void truncatedImages() throws IOException {
    for (String format : List.of("png", "jpeg")) {
      byte[] whole = encoded(format);
      for (int length : new int[] {8, 20, whole.length / 2, whole.length - 20}) {
        Path half = folder.resolve("half." + format);
        Files.write(half, Arrays.copyOf(whole, length));
        refused(half, out, BLUR, "half." + format);
      }
    }
  }

  @Test
  void aPngWithAWrongByte() throws IOException {
    byte[] bytes = encoded("png");
    for (int at : new int[] {17, 30, bytes.length / 2, bytes.length - 6}) {
      byte[] wrong = bytes.clone();
      wrong[at] ^= 0x55;
      Path damaged = Files.write(folder.resolve("damaged.png"), wrong);
      refused(damaged, out, BLUR, "damaged.png");
    }
  }

  @Test
  void anImageOfImpossibleSize() throws IOException {
    byte[] bytes = encoded("png");
    // Width and height are the first two numbers of the first chunk; its checksum follows it.
    for (int i = 16; i < 24; i++) {
      bytes[i] = 0x7f;
    }
    CRC32 crc = new CRC32();
    crc.update(bytes, 12, 17);
    for (int i = 0; i < 4; i++) {
      bytes[29 + i] = (byte) (crc.getValue() >>> (24 - 8 * i));
    }
    Path huge = Files.write(folder.resolve("huge.png"), bytes);
    refused(huge, out, BLUR, "huge.png", "pixels");
  }

  @Test
  void outputsThatCannotBeWritten() throws IOException {
    refused(in, folder.resolve("no/such/out.png"), BLUR, "out.png", "there is no folder");
    refused(in, folder.resolve("out.jpg"), BLUR, "out.jpg", "only PNG");
    Path directory = Files.createDirectory(folder.resolve("dir.png"));
    refused(in, directory, BLUR, "dir.png", "it is a folder");
  }

  @Test
  void anOutputThatIsThereStaysAsItWas() throws IOException {
    byte[] before = {1, 2, 3};
    Files.write(out, before);
    Path text = Files.writeString(folder.resolve("text.png"), "not an image at all");
    refused(text, out, BLUR, "neither");
    refused(in, out, List.of("--pool", "max:100"), "larger");
    assertArrayEquals(before, Files.readAllBytes(out));
    // The image itself, too, when the result was to replace it.
    Path half = folder.resolve("half.png");
    byte[] bytes = Arrays.copyOf(encoded("png"), 300);
    Files.write(half, bytes);
    refused(half, half, BLUR, "half.png");
    assertArrayEquals(bytes, Files.readAllBytes(half));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "blurr           | there is no kernel 'blurr' | gaussian",
        "''              | there is no kernel ''      | identity",
        "1,2;3           | row 2                      | 1 taps; row 1 has 2",
        "1,2;;3,4        | row 2                      | empty",
        "1,2;            | row 2                      | empty",
        "1,,2            | row 1                      | ''",
        "1,x             | row 1                      | 'x'",
        "1,NaN           | row 1                      | NaN",
        "1e39            | row 1                      | finite",
        "-Infinity       | row 1                      | finite",
        "0x              | row 1                      | '0x'",
      })
  void kernelsThatMakeNoSense(String kernel, String where, String what) throws IOException {
    refused(in, out, List.of("--kernel", kernel), where, what);
  }

  @Test
  void optionsThatMakeNoSense() throws IOException {
    refused(in, out, List.of(), "nothing to do", "--kernel", "--pool");
    refused(in, out, List.of("--kernel", "box", "--stride", "0"), "--stride is 0", "at least 1");
    refused(in, out, List.of("--kernel", "box", "--offset", "NaN"), "--offset", "finite");
    refused(in, out, List.of("--kernel", "box", "--abs", "--offset", "3"), "--abs", "--offset");
    for (String pool : List.of("mid:2", "max", "max:", "max:2:", "max:-1", "max:2:2:2", "max:x")) {
      refused(in, out, List.of("--pool", pool), "--pool", "'" + pool + "'", "max:K");
    }
    refused(in, out, List.of("--pool", "max:0"), "--pool", "at least 1");
    refused(in, out, List.of("--pool", "max:2:0"), "--pool", "at least 1");
    refused(in, out, List.of("--pool", "max:31"), "height 31", "30");
    refused(in, out, List.of("--pool", "max:999999999"), "999999999");
  }

  @Test
  void errorsAreInOneLineWhateverTheFileIsCalled() throws IOException {
    Path odd = folder.resolve("two\nlines.png");
    Files.write(odd, "no image".getBytes(StandardCharsets.US_ASCII));
    refused(odd, out, BLUR, "two lines.png");
  }
}
