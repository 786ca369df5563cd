package io.ppmq.message;

import java.util.Locale;

/**
 * External text in a form that a log or a terminal may show: without characters that a terminal
 * obeys, that end a line, or that change the direction of the text. Characters that it must not
 * show appear as JSON escapes, so that JSON text stays the same JSON.
 */
public final class Printable {
  private Printable() {}

  /** The text with every other character escaped, line breaks too. */
  public static String of(String text) {
    return of(text, false);
  }

  /** The same for text of several lines: line feeds stay. */
  public static String lines(String text) {
    return of(text, true);
  }

  private static String of(String text, boolean lines) {
    if (text.codePoints().allMatch(Printable::isShown)) {
      return text; // as nearly all are
    }
    StringBuilder shown = new StringBuilder(text.length() + 16);
    text.codePoints().forEach(c -> append(shown, c, lines));
    return shown.toString();
  }

  private static void append(StringBuilder shown, int codePoint, boolean lines) {
    if (isShown(codePoint) || (lines && codePoint == '\n')) {
      shown.appendCodePoint(codePoint);
    } else {
      for (char unit : Character.toChars(codePoint)) {
        shown.append(String.format(Locale.ROOT, "\\u%04x", (int) unit));
      }
    }
  }

  private static boolean isShown(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          false;
      default -> true;
    };
  }
}
