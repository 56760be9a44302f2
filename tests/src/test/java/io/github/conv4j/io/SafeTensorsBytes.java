package io.github.conv4j.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Safetensors files made by hand, right or wrong. */
final class SafeTensorsBytes {
  private SafeTensorsBytes() {}

  /** A file of a header and data that need not fit to one another. */
  static Path write(Path folder, String header, byte... data) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    return write(folder, text.length, text, data);
  }

  /** A file whose header may have another length than it says. */
  static Path write(Path folder, long length, byte[] header, byte... data) {
    ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + data.length);
    bytes.order(ByteOrder.LITTLE_ENDIAN).putLong(length).put(header).put(data);
    try {
      return Files.write(folder.resolve("hand.safetensors"), bytes.array());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The part of a header about one tensor. */
  static String tensor(String name, String type, String shape, long begin, long end) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
        .formatted(name, type, shape, begin, end);
  }
}
