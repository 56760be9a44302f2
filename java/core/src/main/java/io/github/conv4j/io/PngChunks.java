package io.github.conv4j.io;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;

/**
 * Checks what the PNG reader of the JDK does not look at: the checksums and the end of the file.
 */
final class PngChunks {
  private static final int SIGNATURE = 8;
  private static final int END = 0x49454e44; // IEND
  private static final int ANCILLARY = 0x20000000;

  private PngChunks() {}

  /**
   * What is wrong with the chunks that an image needs (PNG specification, section 5); empty if
   * nothing is.
   *
   * @param file from its first byte on
   */
  static String damage(InputStream file) throws IOException {
    CRC32 sum = new CRC32();
    CheckedInputStream checked = new CheckedInputStream(new BufferedInputStream(file), sum);
    DataInputStream in = new DataInputStream(checked);
    try {
      in.skipNBytes(SIGNATURE);
      int type;
      do {
        int length = in.readInt();
        if (length < 0) {
          return "a chunk has the length " + Integer.toUnsignedString(length);
        }
        sum.reset();
        type = in.readInt();
        in.skipNBytes(length);
        long found = sum.getValue();
        if (Integer.toUnsignedLong(in.readInt()) != found && (type & ANCILLARY) == 0) {
          return "a checksum is wrong";
        }
      } while (type != END);
      return "";
    } catch (EOFException e) {
      return "the file is truncated";
    }
  }
}
