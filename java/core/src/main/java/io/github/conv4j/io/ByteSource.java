package io.github.conv4j.io;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where bytes come from, one after the other. */
@FunctionalInterface
interface ByteSource {
  /**
   * Puts some bytes behind the position of a buffer.
   *
   * @return how many, -1 at the end
   */
  int read(ByteBuffer to) throws IOException;
}
