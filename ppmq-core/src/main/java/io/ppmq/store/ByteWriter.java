package io.ppmq.store;

import io.ppmq.message.Bytes;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Writes the stored forms: bytes, and numbers as unsigned varints of seven bits a byte. */
final class ByteWriter {
  private byte[] array;
  private int length;

  ByteWriter(int capacity) {
    array = new byte[capacity];
  }

  int length() {
    return length;
  }

  void u8(int value) {
    ensure(1);
    array[length++] = (byte) value;
  }

  void i32(int value) {
    ensure(4);
    for (int shift = 24; shift >= 0; shift -= 8) {
      array[length++] = (byte) (value >>> shift);
    }
  }

  void i64(long value) {
    i32((int) (value >>> 32));
    i32((int) value);
  }

  void varint(long value) {
    ensure(10);
    while ((value & ~0x7FL) != 0) {
      array[length++] = (byte) (value | 0x80);
      value >>>= 7;
    }
    array[length++] = (byte) value;
  }

  void bytes(Bytes bytes) {
    ensure(bytes.length());
    System.arraycopy(bytes.array(), bytes.offset(), array, length, bytes.length());
    length += bytes.length();
  }

  void sized(Bytes bytes) {
    varint(bytes.length());
    bytes(bytes);
  }

  void expires(@Nullable Instant expires) {
    if (expires == null) {
      u8(0);
      return;
    }
    u8(1);
    i64(expires.getEpochSecond());
    varint(expires.getNano());
  }

  void writeTo(ByteWriter out) {
    out.bytes(new Bytes(array, 0, length));
  }

  byte[] toByteArray() {
    return length == array.length ? array : Arrays.copyOf(array, length);
  }

  private void ensure(int more) {
    if (length + more > array.length) {
      array = Arrays.copyOf(array, Math.max(length + more, array.length + (array.length >> 1)));
    }
  }
}
