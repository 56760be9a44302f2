package io.github.conv4j.app;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Writes maps, lists, strings, numbers, booleans and null as JSON. */
final class Json {
  private final StringBuilder text = new StringBuilder();

  private Json() {}

  /**
   * The value as JSON text (RFC 8259), maps on several lines, in ASCII.
   *
   * @throws IllegalArgumentException for a value of another type, or a number that is not finite
   */
  static String write(Object value) {
    Json json = new Json();
    json.append(value, "");
    return json.text.toString();
  }

  private void append(Object value, String indent) {
    if (value instanceof Map<?, ?> map) {
      appendMap(map, indent);
    } else if (value instanceof List<?> list) {
      String separator = "";
      text.append('[');
      for (Object element : list) {
        text.append(separator);
        append(element, indent);
        separator = ", ";
      }
      text.append(']');
    } else if (value instanceof String string) {
      appendString(string);
    } else if (value == null || value instanceof Boolean || isFinite(value)) {
      text.append(value);
    } else {
      throw new IllegalArgumentException("no JSON for " + value.getClass() + " " + value);
    }
  }

  private static boolean isFinite(Object value) {
    return value instanceof Number number && Double.isFinite(number.doubleValue());
  }

  private void appendMap(Map<?, ?> map, String indent) {
    if (map.isEmpty()) {
      text.append("{}");
      return;
    }
    String inner = indent + "  ";
    text.append("{\n");
    Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<?, ?> entry = entries.next();
      text.append(inner);
      appendString(String.valueOf(entry.getKey()));
      text.append(": ");
      append(entry.getValue(), inner);
      text.append(entries.hasNext() ? ",\n" : "\n");
    }
    text.append(indent).append('}');
  }

  private void appendString(String string) {
    text.append('"');
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      if (c == '"' || c == '\\') {
        text.append('\\').append(c);
      } else if (c >= ' ' && c <= '~') {
        text.append(c);
      } else {
        text.append(String.format("\\u%04x", (int) c));
      }
    }
    text.append('"');
  }
}
