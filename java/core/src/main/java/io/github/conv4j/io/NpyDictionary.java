package io.github.conv4j.io;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads the Python dictionary in the head of an npy file, as far as plain numbers need: strings,
 * True, False, and tuples of whole numbers. Anything else is refused, and nothing is run.
 */
final class NpyDictionary {
  private final String text;
  private int at;

  private NpyDictionary(String text) {
    this.text = text;
  }

  /** The text is no such dictionary; the message says where. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message);
    }
  }

  /** The dictionary that the text consists of: values are String, Boolean or long[]. */
  static Map<String, Object> read(String text) throws Malformed {
    NpyDictionary dictionary = new NpyDictionary(text);
    Map<String, Object> items = dictionary.items();
    dictionary.skipSpace();
    if (dictionary.at < text.length()) {
      throw dictionary.expected("the end");
    }
    return items;
  }

  private Map<String, Object> items() throws Malformed {
    Map<String, Object> items = new LinkedHashMap<>();
    require('{');
    while (!next('}')) {
      String name = string();
      require(':');
      if (items.put(name, value()) != null) {
        throw new Malformed("\"" + name + "\" is there twice");
      }
      if (!next(',')) {
        require('}');
        break;
      }
    }
    return items;
  }

  private Object value() throws Malformed {
    if (word("True")) {
      return true;
    }
    if (word("False")) {
      return false;
    }
    return peek() == '(' ? tuple() : string();
  }

  private boolean word(String word) {
    skipSpace();
    boolean found = text.startsWith(word, at);
    at += found ? word.length() : 0;
    return found;
  }

  private String string() throws Malformed {
    char quote = peek();
    if (quote != '\'' && quote != '"') {
      throw expected("text in quotes");
    }
    int end = text.indexOf(quote, at + 1);
    String string = end < 0 ? "\\" : text.substring(at + 1, end);
    if (string.indexOf('\\') >= 0) {
      throw new Malformed("text at character " + at + " does not end, or has an escape");
    }
    at = end + 1;
    return string;
  }

  private long[] tuple() throws Malformed {
    long[] numbers = new long[8];
    int count = 0;
    require('(');
    while (!next(')')) {
      numbers = count < numbers.length ? numbers : Arrays.copyOf(numbers, 2 * count);
      numbers[count++] = number();
      if (!next(',')) {
        if (count == 1) {
          throw expected("',', without which Python sees no tuple");
        }
        require(')');
        break;
      }
    }
    return Arrays.copyOf(numbers, count);
  }

  private long number() throws Malformed {
    peek();
    int start = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    try {
      return Long.parseLong(text, start, at, 10);
    } catch (NumberFormatException e) {
      throw new Malformed("character " + start + " should be a whole number below 2^63");
    }
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
    skipSpace();
    if (at >= text.length()) {
      throw expected("more text");
    }
    return text.charAt(at);
  }

  private void skipSpace() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private Malformed expected(String what) {
    return new Malformed("character " + at + " should be " + what);
  }
}
