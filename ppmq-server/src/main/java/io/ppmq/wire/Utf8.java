package io.ppmq.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.message.Bytes;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;

/** The strict rules of UTF-8: no overlong form, no surrogate, nothing beyond U+10FFFF. */
final class Utf8 {
  private static final byte[] REPLACEMENT = {(byte) 0xef, (byte) 0xbf, (byte) 0xbd};

  private Utf8() {}

  /** The index of the first byte that is not UTF-8; -1 if there is none. */
  static int firstBroken(byte[] array, int from, int to) {
    int i = from;
    while (i < to) {
      if (array[i] >= 0) {
        i++;
        continue;
      }
      int length = sequenceLength(array, i, to);
      if (length == 0) {
        return i;
      }
      i += length;
    }
    return -1;
  }

  /** The number of bytes of the character at {@code i}, which is not ASCII; 0 if it is broken. */
  private static int sequenceLength(byte[] array, int i, int to) {
    int first = array[i] & 0xff;
    int length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (first < 0xc2 || first > 0xf4 || length > to - i) {
      return 0;
    }
    for (int k = 1; k < length; k++) {
      if ((array[i + k] & 0xc0) != 0x80) {
        return 0;
      }
    }
    int second = array[i + 1] & 0xff;
    boolean sound =
        switch (first) {
          case 0xe0 -> second >= 0xa0;
          case 0xed -> second < 0xa0;
          case 0xf0 -> second >= 0x90;
          case 0xf4 -> second < 0x90;
          default -> true;
        };
    return sound ? length : 0;
  }

  /** The UTF-8 form of {@code text}, with U+FFFD for a lone surrogate, as in Go. */
  static Bytes encode(String text) {
    CharsetEncoder encoder =
        UTF_8.newEncoder().onMalformedInput(CodingErrorAction.REPLACE).replaceWith(REPLACEMENT);
    try {
      ByteBuffer encoded = encoder.encode(CharBuffer.wrap(text));
      return new Bytes(encoded.array(), encoded.arrayOffset(), encoded.limit());
    } catch (CharacterCodingException e) {
      throw new AssertionError("every malformed character is replaced", e);
    }
  }
}
