package io.ppmq.load;

/** Decimal numbers of a fixed width within byte arrays. */
final class Digits {
  private Digits() {}

  static void write(byte[] array, int at, int width, long number) {
    long rest = number;
    for (int i = at + width - 1; i >= at; i--) {
      array[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }

  static long read(byte[] array, int at, int width) {
    long number = 0;
    for (int i = at; i < at + width; i++) {
      number = number * 10 + array[i] - '0';
    }
    return number;
  }
}
