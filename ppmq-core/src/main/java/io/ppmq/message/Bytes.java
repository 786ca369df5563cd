package io.ppmq.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/**
 * A stretch of a byte array that does not change any more. A message's payload is one, and it
 * points into the bytes that came off the connection or out of the store, so that a payload is
 * never copied just to be named.
 *
 * <p>The array is shared, not copied: the creator of a {@code Bytes} promises that the stretch
 * stays as it is. Equal when the bytes are equal, wherever they lie. Safe to share between threads.
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
   * @throws IndexOutOfBoundsException when the stretch does not lie within the array
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

  /** The array that holds the stretch; not to be written to. */
  public byte[] array() {
    return array;
  }

  /** Where the stretch begins in {@link #array()}. */
  public int offset() {
    return offset;
  }

  /** How many bytes there are. */
  public int length() {
    return length;
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return length == 0;
  }

  /** The byte at {@code index}, counted from the start of the stretch. */
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

  /** Says how many bytes there are and never which: payloads do not belong in logs. */
  @Override
  public String toString() {
    return length + " bytes";
  }
}
