package io.ppmq.wire;

import io.ppmq.message.Bytes;

/** Writes strings as JSON: escapes quotes, backslashes and control characters, and nothing else. */
final class JsonText {
  /** The length of the longest escape of a byte: {@code \}{@code u001f}. */
  static final int ESCAPED_BYTES_MAX = 6;

  private static final String HEX = "0123456789abcdef";

  private JsonText() {}

  /**
   * Writes {@code text}, which is UTF-8, without quotes around it.
   *
   * @param out an array with room for {@link #ESCAPED_BYTES_MAX} times the length of the text
   * @return the index after the last written byte
   */
  static int escape(Bytes text, byte[] out, int at) {
    byte[] array = text.array();
    int end = text.offset() + text.length();
    int next = at;
    for (int i = text.offset(); i < end; i++) {
      byte b = array[i];
      if (b == '"' || b == '\\') {
        out[next++] = '\\';
        out[next++] = b;
      } else if (b >= 0 && b < ' ') {
        next = escapeControl(b, out, next);
      } else {
        out[next++] = b;
      }
    }
    return next;
  }

  private static int escapeControl(byte b, byte[] out, int at) {
    out[at] = '\\';
    out[at + 1] = 'u';
    out[at + 2] = '0';
    out[at + 3] = '0';
    out[at + 4] = (byte) HEX.charAt(b >> 4);
    out[at + 5] = (byte) HEX.charAt(b & 0xf);
    return at + ESCAPED_BYTES_MAX;
  }

  /** The JSON string of {@code text}, with quotes. */
  static String quoted(String text) {
    Bytes bytes = Utf8.encode(text);
    byte[] escaped = new byte[ESCAPED_BYTES_MAX * bytes.length()];
    int end = escape(bytes, escaped, 0);
    return '"' + new Bytes(escaped, 0, end).text() + '"';
  }
}
