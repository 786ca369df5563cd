package io.ppmq.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A slow and plain JSON parser, written from RFC 8259: objects become maps (the last of equal names
 * counts), arrays lists, strings strings, and the rest a {@link Scalar}.
 */
final class JsonOracle {
  /** A number, true, false or null, as it was written. */
  record Scalar(String text) {}

  private final String text;
  private int at;

  private JsonOracle(String text) {
    this.text = text;
  }

  /** The meaning of {@code text}; throws IllegalArgumentException if it is not JSON. */
  static Object parse(String text) {
    JsonOracle oracle = new JsonOracle(text);
    Object value = oracle.value();
    oracle.space();
    oracle.check(oracle.at == text.length());
    return value;
  }

  /**
   * The index after the value that begins at {@code from}; throws like {@link #parse}. The text has
   * a character for each byte; characters of several bytes do not change the result.
   */
  static int end(String text, int from) {
    JsonOracle oracle = new JsonOracle(text);
    oracle.at = from;
    oracle.value();
    return oracle.at;
  }

  private void check(boolean sound) {
    if (!sound) {
      throw new IllegalArgumentException("no JSON at " + at);
    }
  }

  private char peek() {
    check(at < text.length());
    return text.charAt(at);
  }

  private void space() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private boolean take(char c) {
    space();
    if (peek() != c) {
      return false;
    }
    at++;
    return true;
  }

  private Object value() {
    space();
    return switch (peek()) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      default -> scalar();
    };
  }

  private Map<String, Object> object() {
    Map<String, Object> fields = new LinkedHashMap<>();
    check(take('{'));
    if (take('}')) {
      return fields;
    }
    do {
      space();
      String name = string();
      check(take(':'));
      Object value = value();
      fields.remove(name); // so the order is that of the last ones
      fields.put(name, value);
    } while (take(','));
    check(take('}'));
    return fields;
  }

  private List<Object> array() {
    List<Object> elements = new ArrayList<>();
    check(take('['));
    if (take(']')) {
      return elements;
    }
    do {
      elements.add(value());
    } while (take(','));
    check(take(']'));
    return elements;
  }

  private String string() {
    check(peek() == '"');
    at++;
    StringBuilder string = new StringBuilder();
    while (peek() != '"') {
      char c = text.charAt(at++);
      check(c >= ' ');
      string.append(c == '\\' ? escaped() : c);
    }
    at++;
    return string.toString();
  }

  private char escaped() {
    char c = peek();
    at++;
    if (c != 'u') {
      int index = "\"\\/bfnrt".indexOf(c);
      check(index >= 0);
      return "\"\\/\b\f\n\r\t".charAt(index);
    }
    check(at + 4 <= text.length());
    String hex = text.substring(at, at + 4);
    check(hex.matches("[0-9a-fA-F]{4}"));
    at += 4;
    return (char) Integer.parseInt(hex, 16);
  }

  private Scalar scalar() {
    int start = at;
    while (at < text.length() && " \t\r\n,]}{[:\"".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    String scalar = text.substring(start, at);
    check(scalar.matches("true|false|null|-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?"));
    return new Scalar(scalar);
  }
}
