package io.ppmq.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/**
 * A part of a byte array that does not change any more. A message's payload is one, and it points
 * into the bytes that came off the connection or out of the store, so that a payload is never
 * copied just to be named.
 *
 * <p>The array is shared, not copied: the creator of a {@code Bytes} promises that this part does
 * not change. Two are equal if their bytes are equal. Safe to share between threads.
 */
public final class Bytes implements Comparable<Bytes> {
  /** No bytes at all. */
  public static final Bytes EMPTY = new Bytes(new byte[0], 0, 0);

  private final byte[] array;
  private final int offset;
  private final int length;

  /**
   * Names {@code length} bytes of {@code array} from {@code offset}.
   *
   * @throws IndexOutOfBoundsException when the part does not lie within the array
   */
  public Bytes(byte[] array, int offset, int length) {
    java.util.Objects.checkFromIndexSize(offset, length, array.length);
    this.array = array;
    this.offset = offset;
    this.length = length;
  }

  /** The whole of {@code array}, which the caller gives away. */
  public static Bytes of(byte[] array) {
    return new Bytes(array, 0, array.length);
  }

  /** The UTF-8 form of {@code text}. */
  public static Bytes utf8(String text) {
    return of(text.getBytes(UTF_8));
  }

  /** The array that holds the bytes; must not be changed. */
  public byte[] array() {
    return array;
  }

  /** The index of the first byte in {@link #array()}. */
  public int offset() {
    return offset;
  }

  /** The number of bytes. */
  public int length() {
    return length;
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return length == 0;
  }

  /** The byte at {@code index}, counted from the first. */
  public byte at(int index) {
    java.util.Objects.checkIndex(index, length);
    return array[offset + index];
  }

  /** A copy that shares nothing with the array, for keeping a few bytes of a large one. */
  public Bytes copy() {
    return of(toByteArray());
  }

  /** The bytes in an array of their own. */
  public byte[] toByteArray() {
    return Arrays.copyOfRange(array, offset, offset + length);
  }

  /** The bytes read as UTF-8; invalid UTF-8 shows as U+FFFD. */
  public String text() {
    return new String(array, offset, length, UTF_8);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes b
        && Arrays.equals(array, offset, offset + length, b.array, b.offset, b.offset + b.length);
  }

  @Override
  public int hashCode() {
    int hash = 1;
    for (int i = offset, end = offset + length; i < end; i++) {
      hash = 31 * hash + array[i];
    }
    return hash;
  }

  /** Orders by unsigned bytes, as the stores do. */
  @Override
  public int compareTo(Bytes other) {
    return Arrays.compareUnsigned(
        array, offset, offset + length, other.array, other.offset, other.offset + other.length);
  }

  /** Gives the number of bytes and never the bytes: payloads do not belong in logs. */
  @Override
  public String toString() {
    return length + " bytes";
  }
}
