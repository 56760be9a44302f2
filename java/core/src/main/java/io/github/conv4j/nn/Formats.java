package io.github.conv4j.nn;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;

/** Which format a layer's result has. */
final class Formats {
  private Formats() {}

  /** That of src, as long as the result is an image: rows of features are contiguous. */
  static MemoryFormat ofResult(MemoryFormat src, Shape result) {
    boolean image = result.rank() == 3 || result.rank() == 4;
    return image ? src : MemoryFormat.CONTIGUOUS;
  }
}
