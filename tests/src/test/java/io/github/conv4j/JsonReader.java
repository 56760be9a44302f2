package io.github.conv4j;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads JSON (RFC 8259) strictly into maps, lists, strings, doubles, booleans and null. */
public final class JsonReader {
  private final String text;
  private int at;

  private JsonReader(String text) {
    this.text = text;
  }

  /**
   * The one value that the text consists of.
   *
   * @throws IllegalArgumentException if it is no JSON
   */
  public static Object read(String text) {
    JsonReader reader = new JsonReader(text);
    Object value = reader.value();
    reader.skipSpace();
    reader.require(reader.at == text.length(), "the end");
    return value;
  }

  /** The text as an object. */
  @SuppressWarnings("unchecked")
  public static Map<String, Object> readObject(String text) {
    return (Map<String, Object>) read(text);
  }

  private Object value() {
    skipSpace();
    require(at < text.length(), "a value");
    char c = text.charAt(at);
    return switch (c) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      case 't' -> word("true", true);
      case 'f' -> word("false", false);
      case 'n' -> word("null", null);
      default -> number();
    };
  }

  private Map<String, Object> object() {
    Map<String, Object> members = new LinkedHashMap<>();
    at++;
    if (!next('}')) {
      do {
        skipSpace();
        String name = string();
        require(next(':'), "':'");
        require(!members.containsKey(name), "another name than " + name);
        members.put(name, value());
      } while (next(','));
      require(next('}'), "'}'");
    }
    return members;
  }

  private List<Object> array() {
    List<Object> elements = new ArrayList<>();
    at++;
    if (!next(']')) {
      do {
        elements.add(value());
      } while (next(','));
      require(next(']'), "']'");
    }
    return elements;
  }

  private String string() {
    require(at < text.length() && text.charAt(at) == '"', "a string");
    StringBuilder string = new StringBuilder();
    for (at++; ; at++) {
      require(at < text.length() && text.charAt(at) >= ' ', "the end of a string");
      char c = text.charAt(at);
      if (c == '"') {
        at++;
        return string.toString();
      }
      if (c != '\\') {
        string.append(c);
        continue;
      }
      char escaped = text.charAt(++at);
      int known = "\"\\/bfnrt".indexOf(escaped);
      if (escaped == 'u') {
        string.append((char) Integer.parseInt(text.substring(at + 1, at + 5), 16));
        at += 4;
      } else {
        require(known >= 0, "an escape");
        string.append("\"\\/\b\f\n\r\t".charAt(known));
      }
    }
  }

  private Double number() {
    int start = at;
    while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    String number = text.substring(start, at);
    require(number.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?"), "a number");
    return Double.valueOf(number);
  }

  private Object word(String word, Object value) {
    require(text.startsWith(word, at), word);
    at += word.length();
    return value;
  }

  private boolean next(char c) {
    skipSpace();
    if (at < text.length() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private void skipSpace() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private void require(boolean condition, String wanted) {
    if (!condition) {
      throw new IllegalArgumentException("no " + wanted + " at " + at + " of " + text);
    }
  }
}
