package io.ppmq.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.message.Bytes;
import io.ppmq.message.Printable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Walks over the tokens of a value and returns their bytes, without decoding them if possible.
 * Every method that reads leaves the cursor on the next token.
 *
 * <p>Errors in the value are noted, not thrown: the walk continues, since a confirm may follow and
 * the rest must be JSON.
 */
final class ValueCursor {
  /** The part of a wrong value that a reason repeats. */
  private static final int QUOTED_BYTES_MAX = 40;

  /** The greatest factor by which escaping makes text longer. */
  private static final int ESCAPED_BYTES_MAX = 6;

  private static final int NO_MESSAGE = -1;
  private static final int NOT_ASKED = -1;

  private final JsonParser parser;
  private final byte[] array;
  private final int from;

  /** The start of the current token; cached, since the parser makes an object of each answer. */
  private int start = NOT_ASKED;

  private int message = NO_MESSAGE;
  private @Nullable String reason;
  private ErrorCode code = ErrorCode.MALFORMED;
  private int reasonIndex;

  /**
   * A cursor before the first token.
   *
   * @param parser reads {@code array} from {@code from}, the start of a value that {@link
   *     ValueScanner} has found complete
   */
  ValueCursor(JsonParser parser, byte[] array, int from) {
    this.parser = parser;
    this.array = array;
    this.from = from;
  }

  /** The array with the value. */
  byte[] array() {
    return array;
  }

  JsonToken token() {
    return parser.currentToken();
  }

  JsonToken next() throws IOException {
    start = NOT_ASKED;
    return parser.nextToken();
  }

  /** The index in the array of the current token's first byte. */
  int start() {
    if (start == NOT_ASKED) {
      start = from + (int) parser.currentTokenLocation().getByteOffset();
    }
    return start;
  }

  /**
   * Steps from the name of a field to its value and returns the name; null at the end of the
   * object.
   */
  @Nullable String nextField() throws IOException {
    if (token() != JsonToken.FIELD_NAME) {
      return null;
    }
    String name = parser.currentName();
    next();
    return name;
  }

  void skip() throws IOException {
    skipChildren();
    next();
  }

  private void skipChildren() throws IOException {
    start = NOT_ASKED;
    parser.skipChildren();
  }

  /** Later refusals concern the message with this index. */
  void inMessage(int index) {
    message = index;
  }

  /** Later refusals concern no message. */
  void afterMessages() {
    message = NO_MESSAGE;
  }

  /** Refuses the value as malformed; the first reason counts. */
  void refuse(int index, String what) {
    refuse(index, ErrorCode.MALFORMED, what);
  }

  /** Refuses the value; the first reason counts. */
  void refuse(int index, ErrorCode why, String what) {
    if (reason == null) {
      code = why;
      reason = message == NO_MESSAGE ? what : "Messages[" + message + "]: " + what;
      reasonIndex = index - from;
    }
  }

  /** Why the value is refused; null if it is not. */
  @Nullable String reason() {
    return reason;
  }

  /** The reason as a word. */
  ErrorCode code() {
    return code;
  }

  /** The position of the fault in the value, in bytes. */
  int reasonIndex() {
    return reasonIndex;
  }

  /** A decoded name; null for JSON null and for a refused name. */
  @Nullable String text(String field, int bytesMax) throws IOException {
    Bytes bytes = string(field, bytesMax);
    return bytes == null ? null : bytes.text();
  }

  /** The present string as UTF-8; null for JSON null and for a refused string. */
  @Nullable Bytes string(String field, int bytesMax) throws IOException {
    if (token() != JsonToken.VALUE_STRING) {
      if (token() != JsonToken.VALUE_NULL) {
        refuse(start(), field + " must be a string");
      }
      skip();
      return null;
    }
    int start = start() + 1;
    int plain = plainEnd(start);
    Bytes string = new Bytes(array, start, plain - start);
    int bytes = string.length();
    if (array[plain] == '\\') {
      int end = stringEnd(plain);
      if (Escapes.firstLoneSurrogate(array, plain, end) >= 0) {
        refuse(start - 1, field + " has half a surrogate pair, which is not a character");
        skip();
        return null;
      }
      boolean surelyTooLong = end - start > ESCAPED_BYTES_MAX * (long) bytesMax;
      string = surelyTooLong ? Bytes.EMPTY : Utf8.encode(parser.getText());
      bytes = surelyTooLong ? end - start : string.length();
    }
    next();
    if (bytes > bytesMax) {
      refuse(start - 1, field + " is longer than " + bytesMax + " bytes");
      return null;
    }
    return string;
  }

  /**
   * The beginning of the present string as UTF-8, up to the last character that ends within {@code
   * bytesMax} bytes; null for JSON null and for a refused string.
   */
  @Nullable Bytes beginning(String field, int bytesMax) throws IOException {
    int start = start() + 1;
    int end = token() == JsonToken.VALUE_STRING ? stringEnd(start) : start;
    if (end - start <= bytesMax) {
      return string(field, bytesMax);
    }
    if (Escapes.firstLoneSurrogate(array, start, end) >= 0) {
      return string(field, bytesMax); // this call refuses it
    }
    skip();
    return Escapes.beginning(array, start, end, bytesMax);
  }

  private int plainEnd(int start) {
    int i = start;
    while (array[i] != '"' && array[i] != '\\') {
      i++;
    }
    return i;
  }

  private int stringEnd(int start) {
    int i = start;
    while (array[i] != '"') {
      i += array[i] == '\\' ? 2 : 1;
    }
    return i;
  }

  /** An integer, or the nearest end of the range of int. */
  static int nearestInt(Bytes digits) {
    boolean negative = digits.at(0) == '-';
    long value = 0;
    for (int i = negative ? 1 : 0; i < digits.length() && value <= Integer.MAX_VALUE; i++) {
      value = 10 * value + digits.at(i) - '0';
    }
    long signed = negative ? -value : value;
    return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, signed));
  }

  /**
   * The JSON text of the present value on one line, without its line breaks, which can only be
   * white space.
   */
  Bytes json() throws IOException {
    int start = start();
    if (token().isStructStart()) {
      skipChildren();
      int end = start() + 1;
      next();
      return oneLine(start, end);
    }
    next();
    int end = start();
    while (array[end - 1] == ',' || ValueScanner.isWhiteSpace(array[end - 1])) {
      end--;
    }
    return new Bytes(array, start, end - start);
  }

  private Bytes oneLine(int start, int end) {
    int breaks = 0;
    for (int i = start; i < end; i++) {
      if (isLineBreak(array[i])) {
        breaks++;
      }
    }
    if (breaks == 0) {
      return new Bytes(array, start, end - start);
    }
    byte[] line = new byte[end - start - breaks];
    int length = 0;
    for (int i = start; i < end; i++) {
      if (!isLineBreak(array[i])) {
        line[length++] = array[i];
      }
    }
    return Bytes.of(line);
  }

  private static boolean isLineBreak(byte b) {
    return b == '\n' || b == '\r';
  }

  /** The beginning of {@code text} for a reason, always on one line. */
  static String quoted(Bytes text) {
    int length = Math.min(text.length(), QUOTED_BYTES_MAX);
    String start = new Bytes(text.array(), text.offset(), length).text();
    String more = length < text.length() ? "…" : "";
    return '"' + Printable.of(start) + more + '"';
  }
}
