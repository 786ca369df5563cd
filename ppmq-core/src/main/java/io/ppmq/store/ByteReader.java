package io.ppmq.store;

import io.ppmq.message.Bytes;
import java.time.DateTimeException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Reads the stored forms that {@link ByteWriter} writes. Trusts nothing: bytes that end too early
 * or hold an impossible length are a {@link StoreException} that names what was being read.
 */
final class ByteReader {
  private final byte[] array;
  private final String what;
  private int at;

  ByteReader(byte[] array, String what) {
    this(array, 0, what);
  }

  ByteReader(byte[] array, int from, String what) {
    this.array = array;
    this.at = from;
    this.what = what;
  }

  int at() {
    return at;
  }

  void form(int known) {
    form(known, known);
  }

  /** Reads the number of the form, which must be from {@code oldest} to {@code newest}. */
  int form(int oldest, int newest) {
    int form = u8();
    if (form < oldest || form > newest) {
      String known = oldest == newest ? "" + newest : oldest + " to " + newest;
      throw damaged("its form is " + form + ", this version knows " + known);
    }
    return form;
  }

  int u8() {
    if (at >= array.length) {
      throw damaged("it ends at byte " + at);
    }
    return array[at++] & 0xFF;
  }

  int i32() {
    return (u8() << 24) | (u8() << 16) | (u8() << 8) | u8();
  }

  long i64() {
    return ((long) i32() << 32) | (i32() & 0xFFFFFFFFL);
  }

  long varint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int next = u8();
      value |= (long) (next & 0x7F) << shift;
      if (next < 0x80) {
        return value;
      }
    }
    throw damaged("a number at byte " + at + " does not end");
  }

  int varint32() {
    long value = varint();
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw damaged("a number at byte " + at + " is out of range");
    }
    return (int) value;
  }

  Bytes bytes(int length) {
    if (length > array.length - at) {
      throw damaged("it ends within the " + length + " bytes at byte " + at);
    }
    Bytes bytes = new Bytes(array, at, length);
    at += length;
    return bytes;
  }

  Bytes sized() {
    return bytes(varint32());
  }

  Bytes rest() {
    return bytes(array.length - at);
  }

  @Nullable Instant expires() {
    return u8() == 0 ? null : instant();
  }

  Instant instant() {
    try {
      return Instant.ofEpochSecond(i64(), varint());
    } catch (DateTimeException | ArithmeticException e) {
      throw StoreException.damage("the store holds " + what + " that is damaged: no such time", e);
    }
  }

  /** Refuses further bytes after the read ones. */
  void end() {
    if (at != array.length) {
      throw damaged("it goes on after its end at byte " + at);
    }
  }

  StoreException damaged(String how) {
    return StoreException.damage("the store holds " + what + " that is damaged: " + how, null);
  }
}
