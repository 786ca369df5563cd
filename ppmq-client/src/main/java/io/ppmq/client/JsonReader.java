package io.ppmq.client;

import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads JSON (RFC 8259) from complete bytes, from left to right; the caller asks for the values
 * that it expects. Values nest at most {@link #DEPTH_MAX} deep, so that no input exhausts the
 * stack. Error messages name the place and never the content. A reader that has thrown must not be
 * used again.
 */
final class JsonReader {
  /** Twice the limit of the broker. */
  static final int DEPTH_MAX = 128;

  private final byte[] bytes;
  private final int begin;
  private final int end;
  private int at;

  /** Whether the object or array opened last has had no element yet. */
  private boolean first;

  JsonReader(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  /** Reads {@code bytes} from {@code begin} to {@code end}; they must not change meanwhile. */
  JsonReader(byte[] bytes, int begin, int end) {
    this.bytes = bytes;
    this.begin = begin;
    this.end = end;
    this.at = begin;
  }

  /** Enters an object; {@link #nextField} follows. */
  void beginObject() throws ProtocolException {
    take('{');
    first = true;
  }

  /** Whether an object comes next and its first field has that name; reads nothing. */
  boolean isFirstField(String lowerCaseName) throws ProtocolException {
    JsonReader ahead = new JsonReader(bytes, at, end);
    ahead.beginObject();
    return ahead.nextField() && ahead.string().equalsIgnoreCase(lowerCaseName);
  }

  /** Enters an array; {@link #nextElement} follows. */
  void beginArray() throws ProtocolException {
    take('[');
    first = true;
  }

  /** Whether another field follows; if so, its name comes next. False when the object has ended. */
  boolean nextField() throws ProtocolException {
    return next('}');
  }

  /**
   * Whether another element follows; if so, its value comes next. False when the array has ended.
   */
  boolean nextElement() throws ProtocolException {
    return next(']');
  }

  private boolean next(char close) throws ProtocolException {
    boolean more = peek() != close;
    if (!more) {
      at++;
    } else if (!first) {
      take(',');
    }
    first = false;
    return more;
  }

  /** Reads the name of a field and the colon behind it. */
  String name() throws ProtocolException {
    String name = string();
    take(':');
    return name;
  }

  /** Skips {@code null} if it comes next; returns whether it did. */
  boolean skipNull() throws ProtocolException {
    boolean isNull = peek() == 'n';
    if (isNull) {
      literal("null");
    }
    return isNull;
  }

  /** Reads a number without fraction or exponent that fits an int. */
  int integer() throws ProtocolException {
    peek();
    int from = at;
    skipNumber();
    try {
      return Integer.parseInt(text(from, at));
    } catch (NumberFormatException e) {
      at = from;
      throw expected("a whole number");
    }
  }

  /** The JSON text of a value of any kind, unchanged. */
  String rawValue() throws ProtocolException {
    peek();
    int from = at;
    skipValue(0);
    return text(from, at);
  }

  /** Skips a value of any kind. */
  void skipValue() throws ProtocolException {
    skipValue(0);
  }

  /** Checks that only white space is left. */
  void end() throws ProtocolException {
    skipSpace();
    if (at < end) {
      throw expected("the end");
    }
  }

  /** Reads a string; returns its characters. */
  String string() throws ProtocolException {
    peek();
    int from = at + 1;
    boolean escapes = skipString();
    return escapes ? unescape(from, at - 1) : text(from, at - 1);
  }

  private void skipValue(int depth) throws ProtocolException {
    if (depth > DEPTH_MAX) {
      throw new ProtocolException("nested deeper than " + DEPTH_MAX + " at byte " + (at - begin));
    }
    switch (peek()) {
      case '{' -> {
        beginObject();
        while (nextField()) {
          peek();
          skipString();
          take(':');
          skipValue(depth + 1);
        }
      }
      case '[' -> {
        beginArray();
        while (nextElement()) {
          skipValue(depth + 1);
        }
      }
      case '"' -> skipString();
      case 't' -> literal("true");
      case 'f' -> literal("false");
      case 'n' -> literal("null");
      default -> skipNumber();
    }
  }

  /** Skips a string that begins here; returns whether it holds an escape. */
  private boolean skipString() throws ProtocolException {
    take('"');
    boolean escapes = false;
    passPlain();
    while (current() != '"') {
      if (current() != '\\') { // also at the end
        throw expected("the end of a string");
      }
      at++;
      escapes = true;
      skipEscape();
      passPlain();
    }
    at++;
    return escapes;
  }

  /** Skips characters that stand for themselves in a string. */
  private void passPlain() {
    int i = at;
    while (i < end && bytes[i] != '"' && bytes[i] != '\\' && (bytes[i] & 0xe0) != 0) {
      i++;
    }
    at = i;
  }

  private void skipEscape() throws ProtocolException {
    int c = current();
    if (c < 0 || "\"\\/bfnrtu".indexOf(c) < 0) {
      throw expected("an escape");
    }
    at++;
    for (int i = 0; c == 'u' && i < 4; i++, at++) {
      if (Character.digit(current(), 16) < 0) {
        throw expected("a hexadecimal digit");
      }
    }
  }

  private void skipNumber() throws ProtocolException {
    if (current() == '-') {
      at++;
    }
    if (current() == '0') {
      at++;
    } else {
      skipDigits();
    }
    if (current() == '.') {
      at++;
      skipDigits();
    }
    if (current() == 'e' || current() == 'E') {
      at++;
      if (current() == '+' || current() == '-') {
        at++;
      }
      skipDigits();
    }
  }

  private void skipDigits() throws ProtocolException {
    int from = at;
    while (current() >= '0' && current() <= '9') {
      at++;
    }
    if (at == from) {
      throw expected("a value");
    }
  }

  private void literal(String word) throws ProtocolException {
    for (int i = 0; i < word.length(); i++, at++) {
      if (current() != word.charAt(i)) {
        throw expected(word);
      }
    }
  }

  private void take(char wanted) throws ProtocolException {
    if (peek() != wanted) {
      throw expected("'" + wanted + "'");
    }
    at++;
  }

  /** The next byte that is not white space, without reading past it; -1 at the end. */
  private int peek() {
    skipSpace();
    return current();
  }

  private int current() {
    return at < end ? bytes[at] & 0xff : -1;
  }

  private void skipSpace() {
    while (at < end && isSpace(bytes[at])) {
      at++;
    }
  }

  static boolean isSpace(byte c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
  }

  /** Decodes the inside of a string that {@link #skipString} has checked. */
  private String unescape(int from, int to) throws ProtocolException {
    StringBuilder text = new StringBuilder(to - from);
    int plain = from;
    for (int i = from; i < to; i++) {
      if (bytes[i] == '\\') {
        text.append(text(plain, i++));
        if (bytes[i] == 'u') {
          text.append((char) Integer.parseInt(text(i + 1, i + 5), 16));
          i += 4;
        } else {
          text.append(unescaped(bytes[i]));
        }
        plain = i + 1;
      }
    }
    return text.append(text(plain, to)).toString();
  }

  private static char unescaped(byte c) {
    return switch (c) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      default -> (char) c;
    };
  }

  private String text(int from, int to) throws ProtocolException {
    if (isAscii(from, to)) {
      return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }
    try {
      ByteBuffer stretch = ByteBuffer.wrap(bytes, from, to - from);
      return StandardCharsets.UTF_8.newDecoder().decode(stretch).toString();
    } catch (CharacterCodingException e) {
      throw new ProtocolException("broken UTF-8 after byte " + (from - begin));
    }
  }

  private boolean isAscii(int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] < 0) {
        return false;
      }
    }
    return true;
  }

  private ProtocolException expected(String what) {
    String found = at < end ? "" : ", where the text ends";
    return new ProtocolException("expected " + what + " at byte " + (at - begin) + found);
  }
}
