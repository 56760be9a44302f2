package io.github.conv4j.io;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON (RFC 8259) strictly: no name twice, no half of a surrogate pair, no more than {@link
 * #DEEPEST} levels, nothing behind the value but spaces.
 */
final class Json {
  /** Levels of arrays and objects. */
  static final int DEEPEST = 16;

  private final String text;
  private int at;

  private Json(String text) {
    this.text = text;
  }

  /** The text is no JSON, or not what it should be; the message says why. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message);
    }
  }

  /** The one value of a text: a Map, List, String, Long, Double, Boolean, or null. */
  static Object read(String text) throws Malformed {
    Json json = new Json(text);
    Object value = json.value(0);
    json.skipSpace();
    if (json.at < text.length()) {
      throw json.expected("the end");
    }
    return value;
  }

  private Object value(int depth) throws Malformed {
    if (depth > DEEPEST) {
      throw new Malformed("more than " + DEEPEST + " levels at character " + at);
    }
    skipSpace();
    switch (peek()) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"':
        return string();
      case 't':
        return word("true", true);
      case 'f':
        return word("false", false);
      case 'n':
        return word("null", null);
      default:
        return number();
    }
  }

  private Map<String, Object> object(int depth) throws Malformed {
    Map<String, Object> members = new LinkedHashMap<>();
    at++;
    if (next('}')) {
      return members;
    }
    do {
      skipSpace();
      if (peek() != '"') {
        throw expected("a name");
      }
      String name = string();
      require(':');
      Object value = value(depth + 1);
      if (members.containsKey(name)) {
        throw new Malformed("\"" + name + "\" is there twice");
      }
      members.put(name, value);
    } while (next(','));
    require('}');
    return members;
  }

  private List<Object> array(int depth) throws Malformed {
    List<Object> elements = new ArrayList<>();
    at++;
    if (next(']')) {
      return elements;
    }
    do {
      elements.add(value(depth + 1));
    } while (next(','));
    require(']');
    return elements;
  }

  private String string() throws Malformed {
    StringBuilder value = new StringBuilder();
    int start = at++;
    while (peek() != '"') {
      char c = text.charAt(at++);
      if (c < ' ') {
        throw new Malformed("a control character in the string at character " + start);
      }
      value.append(c == '\\' ? escaped() : c);
    }
    at++;
    for (int i = 0; i < value.length(); i++) {
      if (Character.isSurrogate(value.charAt(i))) {
        boolean pair = i + 1 < value.length() && isPair(value.charAt(i), value.charAt(i + 1));
        if (!pair) {
          throw new Malformed("half of a surrogate pair in the string at character " + start);
        }
        i++;
      }
    }
    return value.toString();
  }

  private static boolean isPair(char high, char low) {
    return Character.isHighSurrogate(high) && Character.isLowSurrogate(low);
  }

  private char escaped() throws Malformed {
    char c = peek();
    at++;
    switch (c) {
      case '"', '\\', '/':
        return c;
      case 'b':
        return '\b';
      case 'f':
        return '\f';
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      case 'u':
        int code = 0;
        for (int i = 0; i < 4; i++, at++) {
          char hex = peek();
          int digit = hex < 128 ? Character.digit(hex, 16) : -1;
          if (digit < 0) {
            throw expected("four hexadecimal digits");
          }
          code = code << 4 | digit;
        }
        return (char) code;
      default:
        at--;
        throw expected("an escape");
    }
  }

  private Object number() throws Malformed {
    int start = at;
    boolean whole = true;
    at += peek() == '-' ? 1 : 0;
    if (peek() == '0') {
      at++;
    } else {
      digits();
    }
    if (at < text.length() && text.charAt(at) == '.') {
      whole = false;
      at++;
      digits();
    }
    if (at < text.length() && (text.charAt(at) | 0x20) == 'e') {
      whole = false;
      at++;
      at += peek() == '-' || peek() == '+' ? 1 : 0;
      digits();
    }
    String number = text.substring(start, at);
    if (!whole) {
      return Double.valueOf(number);
    }
    try {
      return Long.valueOf(number);
    } catch (NumberFormatException e) {
      throw new Malformed("the number at character " + start + " does not fit into 64 bits");
    }
  }

  private void digits() throws Malformed {
    int start = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    if (at == start) {
      throw expected("a value");
    }
  }

  private Object word(String word, Object value) throws Malformed {
    if (!text.startsWith(word, at)) {
      throw expected("a value");
    }
    at += word.length();
    return value;
  }

  private boolean next(char c) {
    skipSpace();
    boolean found = at < text.length() && text.charAt(at) == c;
    at += found ? 1 : 0;
    return found;
  }

  private void require(char c) throws Malformed {
    if (!next(c)) {
      throw expected("'" + c + "'");
    }
  }

  private char peek() throws Malformed {
    if (at >= text.length()) {
      throw new Malformed("the text ends too early");
    }
    return text.charAt(at);
  }

  private void skipSpace() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private Malformed expected(String what) {
    return new Malformed("character " + at + " should be " + what);
  }

  /** Appends a string in quotes, its characters as they are where JSON allows that. */
  static void quote(String string, StringBuilder to) {
    to.append('"');
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      if (c == '"' || c == '\\') {
        to.append('\\').append(c);
      } else if (c < ' ') {
        to.append(String.format("\\u%04x", (int) c));
      } else {
        to.append(c);
      }
    }
    to.append('"');
  }
}
