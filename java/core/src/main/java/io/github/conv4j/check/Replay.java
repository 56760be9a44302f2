package io.github.conv4j.check;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The parts of a command line that repeats a check. */
final class Replay {
  /** What every such line begins with. */
  static final String COMMAND = "java -jar java/app/target/conv4j.jar validate ";

  private Replay() {}

  /** The options for a module and the shape of its input. */
  static String module(String text, Shape input) {
    return "--module '" + text + "' --input " + extents(input);
  }

  /** The option for how images lie; empty for planes. */
  static String format(MemoryFormat format) {
    return format == MemoryFormat.CONTIGUOUS ? "" : " --format nhwc";
  }

  /** Extents separated by commas. */
  static String extents(Shape shape) {
    return Arrays.stream(shape.toArray()).mapToObj(Long::toString).collect(Collectors.joining(","));
  }
}
