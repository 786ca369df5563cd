package io.ppmq.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.message.Bytes;

/**
 * Finds escapes in JSON of half a surrogate pair alone, as in {@code "caf\\udce9"}. JSON allows
 * them, and some programs write file names with them, but they are not characters: UTF-8 cannot
 * represent them.
 */
final class Escapes {
  /** The length of {@code \\udce9}. */
  static final int LENGTH = 6;

  private static final int NOT_HEX = -1;

  private Escapes() {}

  /**
   * The index of the first such escape in a JSON string, or in whole strings and the text between
   * them; -1 if there is none.
   */
  static int firstLoneSurrogate(byte[] array, int from, int to) {
    int i = from;
    while (i < to) {
      if (array[i] != '\\') {
        i++;
        continue;
      }
      int unit = unit(array, i, to);
      if (unit == NOT_HEX || !Character.isSurrogate((char) unit)) {
        i += 2;
      } else if (isPair(unit, unit(array, i + LENGTH, to))) {
        i += 2 * LENGTH;
      } else {
        return i;
      }
    }
    return -1;
  }

  /**
   * The decoded beginning of a JSON string, in UTF-8, up to the last character that ends within
   * {@code bytesMax} bytes. It must not contain half a surrogate pair alone.
   */
  static Bytes beginning(byte[] array, int from, int to, int bytesMax) {
    StringBuilder text = new StringBuilder();
    int bytes = 0;
    int i = from;
    while (i < to) {
      int at = i;
      int end = i + 1;
      String next;
      int unit = unit(array, i, to);
      if (unit != NOT_HEX) {
        boolean pair = Character.isHighSurrogate((char) unit);
        end = i + (pair ? 2 * LENGTH : LENGTH);
        next = pair ? "" + (char) unit + (char) unit(array, i + LENGTH, to) : "" + (char) unit;
      } else if (array[i] == '\\') {
        end = i + 2;
        next = "" + shortEscape((char) array[i + 1]);
      } else {
        while (end < to && (array[end] & 0xc0) == 0x80) {
          end++;
        }
        next = new String(array, at, end - at, UTF_8);
      }
      bytes += Utf8.encode(next).length();
      if (bytes > bytesMax) {
        break;
      }
      text.append(next);
      i = end;
    }
    return Utf8.encode(text.toString());
  }

  private static char shortEscape(char letter) {
    return switch (letter) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      default -> letter;
    };
  }

  private static boolean isPair(int first, int second) {
    return second != NOT_HEX
        && Character.isHighSurrogate((char) first)
        && Character.isLowSurrogate((char) second);
  }

  /**
   * The character of the escape with four digits at {@code i}; {@link #NOT_HEX} if there is none.
   */
  private static int unit(byte[] array, int i, int to) {
    if (i + LENGTH > to || array[i] != '\\' || array[i + 1] != 'u') {
      return NOT_HEX;
    }
    int unit = 0;
    for (int k = i + 2; k < i + LENGTH; k++) {
      int digit = Character.digit(array[k], 16);
      if (digit < 0) {
        return NOT_HEX;
      }
      unit = 16 * unit + digit;
    }
    return unit;
  }

  /**
   * A copy of the range with each lone half of a surrogate pair replaced by other characters of the
   * same length.
   */
  static byte[] withoutLoneSurrogates(byte[] array, int from, int to) {
    byte[] text = array.clone();
    int at = firstLoneSurrogate(text, from, to);
    while (at >= 0) {
      text[at + 2] = '0';
      at = firstLoneSurrogate(text, at + LENGTH, to);
    }
    return text;
  }
}
