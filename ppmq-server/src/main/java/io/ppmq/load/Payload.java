package io.ppmq.load;

import java.util.Random;

/**
 * The content of a payload of the load: {@code stamp:19 number:10 text}. The stamp is the moment at
 * which the message was due, by {@link System#nanoTime}, which on Linux all processes of a machine
 * share. The text hardly compresses. The last payload of a producer begins with {@link #END}
 * instead.
 */
public final class Payload {
  static final byte END = 'E';

  private static final int STAMP_DIGITS = 19;
  private static final int NUMBER_DIGITS = 10;
  private static final int HEAD_BYTES = STAMP_DIGITS + NUMBER_DIGITS;
  private static final long NUMBERS = 10_000_000_000L;
  private static final int TEXT_BITS = 18;
  private static final String LETTERS =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  private final int length;
  private final byte[] text;

  /** Payloads of {@code length} bytes, at least {@link Shape#PAYLOAD_BYTES_MIN}. */
  public Payload(int length) {
    this.length = length;
    this.text = new byte[(1 << TEXT_BITS) + length];
    Random random = new Random(length);
    for (int i = 0; i < text.length; i++) {
      text[i] = (byte) LETTERS.charAt(random.nextInt(LETTERS.length()));
    }
  }

  /** Writes a payload of {@code length} bytes into {@code array}. */
  public void write(byte[] array, int at, long number, long stampNanos) {
    Digits.write(array, at, STAMP_DIGITS, stampNanos);
    Digits.write(array, at + STAMP_DIGITS, NUMBER_DIGITS, number % NUMBERS);
    int from = (int) ((number * 0x9E3779B97F4A7C15L) >>> (Long.SIZE - TEXT_BITS));
    System.arraycopy(text, from, array, at + HEAD_BYTES, length - HEAD_BYTES);
  }

  /** Writes the last payload of a producer. */
  public void writeEnd(byte[] array, int at) {
    write(array, at, 0, 0);
    array[at] = END;
  }

  /** Whether this is the last payload of a producer. */
  public static boolean isEnd(byte[] array, int at) {
    return array[at] == END;
  }

  /** The moment at which the message was due. */
  public static long stampNanos(byte[] array, int at) {
    return Digits.read(array, at, STAMP_DIGITS);
  }
}
