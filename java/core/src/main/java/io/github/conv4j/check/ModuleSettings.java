package io.github.conv4j.check;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The settings between the parentheses of a module's text. */
final class ModuleSettings {
  private final String name;
  private final List<String> positional = new ArrayList<>();
  private final Map<String, String> named = new LinkedHashMap<>();

  /**
   * @param arguments separated by a comma and a space; numbers of one setting by a comma alone
   */
  ModuleSettings(String name, String arguments) {
    this.name = name;
    for (String argument : arguments.strip().split(", +")) {
      int equals = argument.indexOf('=');
      if (equals >= 0) {
        named.put(argument.substring(0, equals), argument.substring(equals + 1));
      } else if (!argument.isEmpty()) {
        positional.add(argument);
      }
    }
  }

  String name() {
    return name;
  }

  boolean has(String key) {
    return named.containsKey(key);
  }

  /** A setting without a name. */
  String positional(int index) {
    if (index >= positional.size()) {
      throw new IllegalArgumentException(
          name + " has " + positional.size() + " settings without a name; it needs more");
    }
    return positional.get(index);
  }

  /** A whole number without a name. */
  long extent(int index) {
    return integer("setting " + (index + 1), positional(index));
  }

  String text(String key) {
    String value = named.get(key);
    if (value == null) {
      throw new IllegalArgumentException(name + " has no " + key + "=");
    }
    return value;
  }

  long integer(String key) {
    return integer(key, text(key));
  }

  private long integer(String key, String value) {
    try {
      return Long.parseLong(value.strip());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          key + " of " + name + " is '" + value + "'; it must be a whole number", e);
    }
  }

  double number(String key) {
    try {
      return Double.parseDouble(text(key));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          key + " of " + name + " is '" + text(key) + "'; it must be a number", e);
    }
  }

  boolean flag(String key) {
    return switch (text(key)) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new IllegalArgumentException(
              key + " of " + name + " is '" + text(key) + "'; it must be true or false");
    };
  }

  /** Two numbers, as in 3x5. */
  long[] pair(String key) {
    return numbers(key, "x", 2);
  }

  /** Top, left, bottom and right. */
  long[] padding() {
    return numbers("padding", ",", 4);
  }

  private long[] numbers(String key, String separator, int count) {
    String[] parts = text(key).split(separator, -1);
    if (parts.length != count) {
      throw new IllegalArgumentException(
          key + " of " + name + " is '" + text(key) + "'; it must be " + count + " numbers");
    }
    long[] numbers = new long[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = integer(key, parts[i]);
    }
    return numbers;
  }
}
