package io.ppmq.config;

/**
 * Words of a file for an error: in quotes, on one line, cut if long, and without characters that a
 * terminal would obey.
 */
final class Quoted {
  static final int SHOWN_MAX = 80;

  private Quoted() {}

  static String of(String text) {
    StringBuilder shown = new StringBuilder("\"");
    text.codePoints().limit(SHOWN_MAX).forEach(c -> append(shown, c));
    if (text.codePointCount(0, Math.min(text.length(), 2 * SHOWN_MAX + 1)) > SHOWN_MAX) {
      shown.append('…');
    }
    return shown.append('"').toString();
  }

  private static void append(StringBuilder shown, int codePoint) {
    switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          shown.append(String.format("\\u%04x", codePoint));
      default -> shown.appendCodePoint(codePoint);
    }
  }
}
