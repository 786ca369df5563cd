package io.ppmq.cli.output;

import java.util.Arrays;

/**
 * How many columns of a terminal a text takes: two for each wide character of East Asian scripts
 * and each emoji, none for a combining mark, one for any other. A terminal may differ for single
 * characters, so this aligns tables and nothing else.
 */
public final class TextWidth {
  private static final int FIRST_MARK = 0x300;
  private static final int FIRST_JAMO_WITHIN = 0x1160; // vowels and finals join the initial
  private static final int LAST_JAMO_WITHIN = 0x11ff;

  /**
   * The first and last of each range of wide characters: those that are W or F in
   * EastAsianWidth.txt of Unicode 14. A range goes on over unassigned ones.
   */
  private static final int[] WIDE = {
    0x1100, 0x115f, 0x231a, 0x231b, 0x2329, 0x232a, 0x23e9, 0x23ec, 0x23f0, 0x23f0, 0x23f3, 0x23f3,
    0x25fd, 0x25fe, 0x2614, 0x2615, 0x2648, 0x2653, 0x267f, 0x267f, 0x2693, 0x2693, 0x26a1, 0x26a1,
    0x26aa, 0x26ab, 0x26bd, 0x26be, 0x26c4, 0x26c5, 0x26ce, 0x26ce, 0x26d4, 0x26d4, 0x26ea, 0x26ea,
    0x26f2, 0x26f3, 0x26f5, 0x26f5, 0x26fa, 0x26fa, 0x26fd, 0x26fd, 0x2705, 0x2705, 0x270a, 0x270b,
    0x2728, 0x2728, 0x274c, 0x274c, 0x274e, 0x274e, 0x2753, 0x2755, 0x2757, 0x2757, 0x2795, 0x2797,
    0x27b0, 0x27b0, 0x27bf, 0x27bf, 0x2b1b, 0x2b1c, 0x2b50, 0x2b50, 0x2b55, 0x2b55, 0x2e80, 0x303e,
    0x3041, 0x3247, 0x3250, 0x4dbf, 0x4e00, 0xa4c6, 0xa960, 0xa97c, 0xac00, 0xd7a3, 0xf900, 0xfad9,
    0xfe10, 0xfe6b, 0xff01, 0xff60, 0xffe0, 0xffe6, 0x16fe0, 0x1b2fb, 0x1f004, 0x1f004, 0x1f0cf,
    0x1f0cf, 0x1f18e, 0x1f18e, 0x1f191, 0x1f19a, 0x1f200, 0x1f320, 0x1f32d, 0x1f335, 0x1f337,
    0x1f37c, 0x1f37e, 0x1f393, 0x1f3a0, 0x1f3ca, 0x1f3cf, 0x1f3d3, 0x1f3e0, 0x1f3f0, 0x1f3f4,
    0x1f3f4, 0x1f3f8, 0x1f43e, 0x1f440, 0x1f440, 0x1f442, 0x1f4fc, 0x1f4ff, 0x1f53d, 0x1f54b,
    0x1f54e, 0x1f550, 0x1f567, 0x1f57a, 0x1f57a, 0x1f595, 0x1f596, 0x1f5a4, 0x1f5a4, 0x1f5fb,
    0x1f64f, 0x1f680, 0x1f6c5, 0x1f6cc, 0x1f6cc, 0x1f6d0, 0x1f6d2, 0x1f6d5, 0x1f6df, 0x1f6eb,
    0x1f6ec, 0x1f6f4, 0x1f6fc, 0x1f7e0, 0x1f7f0, 0x1f90c, 0x1f93a, 0x1f93c, 0x1f945, 0x1f947,
    0x1f9ff, 0x1fa70, 0x1faf6, 0x20000, 0x3fffd,
  };

  private TextWidth() {}

  /** The columns of the text. */
  public static int of(String text) {
    return text.codePoints().map(TextWidth::of).sum();
  }

  private static int of(int codePoint) {
    if (codePoint < FIRST_MARK) {
      return 1;
    }
    int type = Character.getType(codePoint);
    if (type == Character.NON_SPACING_MARK
        || type == Character.ENCLOSING_MARK
        || (codePoint >= FIRST_JAMO_WITHIN && codePoint <= LAST_JAMO_WITHIN)) {
      return 0;
    }
    int at = Arrays.binarySearch(WIDE, codePoint);
    boolean wide = at >= 0 || (-at - 1) % 2 == 1;
    return wide ? 2 : 1;
  }

  /** The text, and spaces after it up to this many columns. */
  public static String padded(String text, int columns) {
    return text + spaces(text, columns);
  }

  /** Spaces up to this many columns, and the text after them. */
  public static String padLeft(String text, int columns) {
    return spaces(text, columns) + text;
  }

  private static String spaces(String text, int columns) {
    return " ".repeat(Math.max(0, columns - of(text)));
  }

  /** As much of the beginning as fits into this many columns. */
  public static String clipped(String text, int columns) {
    int end = 0;
    int left = columns;
    while (end < text.length()) {
      int next = text.codePointAt(end);
      left -= of(next);
      if (left < 0) {
        break;
      }
      end += Character.charCount(next);
    }
    return text.substring(0, end);
  }

  /** Without its middle where the text is wider: names often differ at their end. */
  public static String shortened(String text, int columns) {
    if (of(text) <= columns) {
      return text;
    }
    int end = columns / 2;
    return clipped(text, Math.max(0, columns - 1 - end)) + "…" + last(text, end);
  }

  /** As much of the end as fits, beginning with no combining mark. */
  private static String last(String text, int columns) {
    int begin = text.length();
    int at = begin;
    int left = columns;
    while (at > 0) {
      int previous = text.codePointBefore(at);
      int width = of(previous);
      left -= width;
      if (left < 0) {
        break;
      }
      at -= Character.charCount(previous);
      begin = width == 0 ? begin : at;
    }
    return text.substring(begin);
  }
}
