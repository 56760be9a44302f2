package io.github.conv4j.io;

import static io.github.conv4j.io.SafeTensorsBytes.tensor;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.Tensor;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Safetensors files that lie: each is refused by name and reason. */
class SafeTensorsHostileTest {
  @TempDir private Path folder;

  private void assertRefused(Path file, String reason) {
    FormatException refused =
        assertThrows(FormatException.class, () -> SafeTensors.open(file).close());
    assertTrue(refused.getMessage().startsWith(file + " "), refused.getMessage());
    assertTrue(refused.getMessage().contains(reason), refused.getMessage());
  }

  private void assertRefused(String header, int dataBytes, String reason) {
    assertRefused(SafeTensorsBytes.write(folder, header, new byte[dataBytes]), reason);
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 18446744073709551615 bytes",
    "9223372036854775807, at most 100000000",
    "100000001, at most 100000000",
    "100000000, the file has 10",
    "3, the file has 10",
    "0, does not start with '{'"
  })
  void lengthsOfHeaders(long length, String reason) {
    assertRefused(SafeTensorsBytes.write(folder, length, new byte[] {'{', '}'}), reason);
  }

  @Test
  void filesShorterThanALength() throws IOException {
    assertRefused(Files.write(folder.resolve("seven"), new byte[7]), "7 bytes are too few");
    assertRefused(Files.write(folder.resolve("empty"), new byte[0]), "0 bytes are too few");
  }

  @Test
  void filesThatAreNotThere() {
    Path missing = folder.resolve("missing.safetensors");
    IOException failure = assertThrows(IOException.class, () -> SafeTensors.open(missing));
    assertEquals(missing + " cannot be read: there is no such file", failure.getMessage());
    failure = assertThrows(IOException.class, () -> SafeTensors.open(folder));
    assertEquals(folder + " cannot be read: it is a folder", failure.getMessage());
  }

  @Test
  void offsetsThatOverlapOrLeaveHoles() {
    String a = tensor("a", "F32", "[2]", 0, 8);
    assertRefused("{" + a + "," + tensor("b", "F32", "[2]", 4, 12) + "}", 12, "inside of");
    assertRefused("{" + a + "," + tensor("b", "F32", "[2]", 0, 8) + "}", 8, "inside of");
    assertRefused("{" + a + "," + tensor("b", "F32", "[1]", 12, 16) + "}", 16, "behind a hole");
    assertRefused("{" + tensor("a", "F32", "[2]", 4, 12) + "}", 12, "behind a hole");
    assertRefused("{" + a + "}", 9, "1 bytes behind the data belong to no tensor");
    assertRefused("{}", 4, "4 bytes behind");
  }

  @Test
  void offsetsOutsideOfTheFile() {
    assertRefused("{" + tensor("a", "F32", "[2]", 0, 8) + "}", 7, "outside of the 7 bytes");
    assertRefused("{" + tensor("a", "F32", "[2]", 8, 0) + "}", 8, "outside of");
    assertRefused("{" + tensor("a", "F32", "[2]", -8, 0) + "}", 8, "no whole number from 0");
    assertRefused(
        "{" + tensor("a", "U8", "[9223372036854775807]", 0, Long.MAX_VALUE) + "}", 8, "2^63");
    assertRefused(
        "{" + tensor("a", "U8", "[1000000000000]", 0, 1000000000000L) + "}", 8, "outside of");
    assertRefused("{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0]}}", 4, "outside");
  }

  @Test
  void sizesThatDoNotFitToShapeAndType() {
    assertRefused("{" + tensor("a", "F32", "[3]", 0, 8) + "}", 8, "takes 12 bytes");
    assertRefused("{" + tensor("a", "F64", "[2]", 0, 8) + "}", 8, "takes 16 bytes");
    assertRefused("{" + tensor("a", "F32", "[0]", 0, 8) + "}", 8, "takes 0 bytes");
    // 2^32 * 2^32 * 4 is 0 where the product wraps around
    assertRefused("{" + tensor("a", "F32", "[4294967296,4294967296]", 0, 0) + "}", 0, "2^63");
    assertRefused("{" + tensor("a", "F64", "[1152921504606846976,2]", 0, 0) + "}", 0, "\"a\"");
    assertRefused("{" + tensor("a", "F32", "[-1]", 0, 0) + "}", 0, "no whole number");
    assertRefused("{" + tensor("a", "F32", "[1.0]", 0, 4) + "}", 4, "no whole number");
    assertRefused("{" + tensor("a", "F32", "[18446744073709551617]", 0, 4) + "}", 4, "64 bits");
    assertRefused("{" + tensor("a", "F32", "7", 0, 4) + "}", 4, "no array");
    assertRefused("{" + tensor("a", "Q7", "[1]", 0, 4) + "}", 4, "dtype Q7");
  }

  @Test
  void jsonThatIsNotWhatItShouldBe() {
    String a = tensor("a", "F32", "[1]", 0, 4);
    assertRefused("{" + a + "," + a + "}", 4, "\"a\" is there twice");
    assertRefused("{" + a + ",}", 4, "a name");
    assertRefused("{" + a + "}x", 4, "the end");
    assertRefused("{" + a, 4, "should be '}'");
    assertRefused(" {" + a + "}", 4, "does not start with '{'");
    assertRefused("[1]", 4, "does not start with '{'");
    assertRefused("{\"a\":1}", 4, "\"a\" is no object");
    assertRefused("{\"a\":{\"dtype\":\"F32\"}}", 4, "instead of");
    assertRefused(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}", 4, "x");
    assertRefused("{\"__metadata__\":{\"k\":1}," + a + "}", 4, "\"k\" is no string");
    assertRefused("{\"__metadata__\":\"k\"," + a + "}", 4, "is no object");
    assertRefused("{\"\\ud800\":1}", 4, "surrogate");
    assertRefused("{\"\\q\":1}", 4, "escape");
    assertRefused("{\"\\u00+f\":1}", 4, "hexadecimal");
    assertRefused("{\"a\nb\":1}", 4, "control character");
    assertRefused("{\"a\":01}", 4, "'}'");
    assertRefused("{\"a\":nul}", 4, "a value");
  }

  @Test
  void deepNestingIsRefusedBeforeTheStackEnds() {
    int levels = 5_000_000;
    String deep = "{\"a\":" + "[".repeat(levels) + "]".repeat(levels) + "}";
    assertRefused(deep, 0, "more than " + Json.DEEPEST + " levels");
  }

  @Test
  void badUtf8() {
    byte[] header = "{\"_\":1}".getBytes(StandardCharsets.UTF_8);
    header[2] = (byte) 0xc3;
    assertRefused(SafeTensorsBytes.write(folder, header.length, header), "not UTF-8");
  }

  /** Whatever byte is changed or cut: read as it stands, or refused; never another failure. */
  @Test
  void damagedFilesAreReadOrRefused() throws IOException {
    String header =
        "{\"__metadata__\":{\"k\":\"v\"},"
            + tensor("a", "F32", "[2,3]", 0, 24)
            + ","
            + tensor("b", "F16", "[1]", 24, 26)
            + "}";
    byte[] whole = Files.readAllBytes(SafeTensorsBytes.write(folder, header, new byte[26]));
    SplittableRandom random = new SplittableRandom(6);
    int refused = 0;
    for (int i = 0; i < 3000; i++) {
      byte[] bytes = whole.clone();
      bytes[random.nextInt(8 + header.length())] = (byte) random.nextInt();
      refused += isRefused(bytes) ? 1 : 0;
    }
    assertTrue(refused > 1500, refused + " of 3000 were refused");
    for (int length = 0; length < whole.length; length++) {
      assertTrue(isRefused(Arrays.copyOf(whole, length)), length + " bytes");
    }
  }

  private boolean isRefused(byte[] bytes) throws IOException {
    Path file = Files.write(folder.resolve("damaged.safetensors"), bytes);
    try (SafeTensors open = SafeTensors.open(file)) {
      open.tensors().values().forEach(Tensor::close);
      return false;
    } catch (FormatException e) {
      return true;
    }
  }

  @Test
  void aFileCutOffAfterItWasOpenedIsNoFault() throws IOException {
    byte[] data = new byte[1 << 22];
    Path file =
        SafeTensorsBytes.write(
            folder, "{" + tensor("a", "F32", "[1048576]", 0, data.length) + "}", data);
    try (SafeTensors open = SafeTensors.open(file);
        FileChannel other = FileChannel.open(file, StandardOpenOption.WRITE)) {
      other.truncate(1 << 21);
      FormatException refused = assertThrows(FormatException.class, () -> open.tensor("a").close());
      assertTrue(refused.getMessage().contains("ends before its data"), refused.getMessage());
    }
  }
}
