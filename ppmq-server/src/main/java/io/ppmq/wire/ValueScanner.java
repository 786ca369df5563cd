package io.ppmq.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Finds the end of a JSON value while its bytes arrive, split anywhere. It follows only brackets
 * and strings, and finds at once errors that no later byte can repair; {@link ValueParser} reads
 * the text between the brackets.
 */
final class ValueScanner {
  /** The state of the value. */
  enum State {
    /** More bytes have to arrive. */
    OPEN,
    /** The last byte scanned closed the value. */
    COMPLETE,
    /** The last byte scanned opened one level too many. */
    TOO_DEEP,
    /** The last byte scanned cannot be part of JSON. */
    BROKEN
  }

  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = ONES << 7;
  private static final long QUOTES = ONES * '"';
  private static final long BACKSLASHES = ONES * '\\';
  private static final long SPACES = ONES * ' ';

  private static final byte PLAIN = 0;
  private static final byte QUOTE = 1;
  private static final byte OPENING = 2;
  private static final byte CLOSING = 3;
  private static final byte STRANGE = 4;
  private static final byte[] KINDS = kinds();

  private State state = State.OPEN;
  private String flaw = "";
  private int depth;

  /** A bit for each open level, set where it is an object. */
  private long objects;

  private boolean inString;
  private boolean escaped;
  private boolean nonAscii;

  private static byte[] kinds() {
    byte[] kinds = new byte[256];
    for (int b = 0; b < kinds.length; b++) {
      boolean text = b > ' ' && b < 0x7f;
      kinds[b] = text || isWhiteSpace((byte) b) ? PLAIN : STRANGE;
    }
    kinds['"'] = QUOTE;
    kinds['{'] = OPENING;
    kinds['['] = OPENING;
    kinds['}'] = CLOSING;
    kinds[']'] = CLOSING;
    return kinds;
  }

  static boolean isWhiteSpace(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  /** The next byte is the first of a value. */
  void begin() {
    state = State.OPEN;
    depth = 0;
    inString = false;
    escaped = false;
    nonAscii = false;
  }

  State state() {
    return state;
  }

  /** The error at the last byte scanned, in {@link State#BROKEN}. */
  String flaw() {
    return flaw;
  }

  /** False if the whole value is ASCII, and so has no broken UTF-8. */
  boolean mayHoldNonAscii() {
    return nonAscii;
  }

  /**
   * Continues while the value is {@link State#OPEN}.
   *
   * @return the index after the last byte scanned
   */
  int scan(byte[] array, int from, int to) {
    int i = inString ? scanString(array, from, to) : from;
    while (i < to && state == State.OPEN) {
      byte b = array[i++];
      switch (KINDS[b & 0xff]) {
        case PLAIN -> {}
        case QUOTE -> {
          inString = true;
          i = scanString(array, i, to);
        }
        case OPENING -> open(b == '{');
        case CLOSING -> close(b == '}');
        default -> fail("not JSON");
      }
    }
    return i;
  }

  private void open(boolean object) {
    if (depth == Limits.DEPTH_MAX) {
      state = State.TOO_DEEP;
      return;
    }
    long bit = 1L << depth++;
    objects = object ? objects | bit : objects & ~bit;
  }

  private void close(boolean object) {
    if (((objects >>> --depth) & 1) != (object ? 1 : 0)) {
      fail("brackets that do not match");
    } else if (depth == 0) {
      state = State.COMPLETE;
    }
  }

  private void fail(String what) {
    state = State.BROKEN;
    flaw = what;
  }

  private int scanString(byte[] array, int from, int to) {
    int i = from;
    if (escaped && i < to) {
      escaped = false;
      nonAscii |= array[i++] < 0;
    }
    while (i < to) {
      i = plainEnd(array, i, to);
      if (i == to) {
        break;
      }
      byte b = array[i++];
      if (b == '"') {
        inString = false;
        break;
      } else if (b != '\\') {
        fail("a control character inside a string");
        break;
      } else if (i == to) {
        escaped = true;
      } else {
        nonAscii |= array[i++] < 0;
      }
    }
    return i;
  }

  /**
   * The index of the first byte that is not a plain part of a string. Checks eight at a time, since
   * most bytes are in strings.
   */
  private int plainEnd(byte[] array, int from, int to) {
    int i = from;
    long seen = 0;
    for (; i <= to - Long.BYTES; i += Long.BYTES) {
      long word = (long) WORDS.get(array, i);
      seen |= word;
      long stops = stops(word);
      if (stops != 0) {
        nonAscii |= (seen & HIGH_BITS) != 0;
        return i + (Long.numberOfTrailingZeros(stops) >>> 3);
      }
    }
    nonAscii |= (seen & HIGH_BITS) != 0;
    for (; i < to; i++) {
      byte b = array[i];
      if (b < 0) {
        nonAscii = true;
      } else if (b < ' ' || b == '"' || b == '\\') {
        break;
      }
    }
    return i;
  }

  /**
   * Sets the high bit of each byte that is a quote, a backslash or below a space. A borrow may set
   * bits above the lowest one, never below it, and only the lowest is used.
   */
  private static long stops(long word) {
    long quotes = word ^ QUOTES;
    long backslashes = word ^ BACKSLASHES;
    return (((quotes - ONES) & ~quotes)
            | ((backslashes - ONES) & ~backslashes)
            | ((word - SPACES) & ~word))
        & HIGH_BITS;
  }
}
