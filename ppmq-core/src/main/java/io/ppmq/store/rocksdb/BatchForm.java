package io.ppmq.store.rocksdb;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Iterates over the changes in a batch: in a record of the write-ahead log, and in an entry of the
 * log of a cluster. {@link WalFile} draws the header of a batch.
 *
 * <pre>
 *  change: u8 kind | varint column family, for the kinds that have one
 *          | varint bytes | key | varint bytes | value, or the end of a range
 *  kind:   1, 5 a value (with a family: 5); 0, 4 a deletion; 15, 14 a deletion of a range
 * </pre>
 */
final class BatchForm {
  static final int HEADER_BYTES = 12;
  private static final int COUNT_OFFSET = 8;

  private static final int DELETE = 0;
  private static final int PUT = 1;
  private static final int DELETE_IN_FAMILY = 4;
  private static final int PUT_IN_FAMILY = 5;
  private static final int DELETE_RANGE_IN_FAMILY = 14;
  private static final int DELETE_RANGE = 15;

  /** The kinds of changes. */
  enum Kind {
    PUT,
    DELETE,
    DELETE_RANGE
  }

  private final byte[] array;
  private final ByteBuffer in;
  private Kind kind = Kind.PUT;
  private int family;
  private int keyFrom;
  private int keyTo;
  private int valueFrom;
  private int valueTo;

  /** For the batch that begins there, with its header, and ends with the array. */
  BatchForm(byte[] array, int from) {
    this.array = array;
    this.in = ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN);
    in.position(from + HEADER_BYTES);
  }

  /** Whether a record is a batch of changes. */
  static boolean isBatch(byte[] record) {
    return isBatch(record, 0);
  }

  /** Whether the bytes from there to the end of the array are a batch. */
  static boolean isBatch(byte[] array, int from) {
    if (array.length - from < HEADER_BYTES) {
      return false;
    }
    BatchForm reader = new BatchForm(array, from);
    try {
      int found = 0;
      while (reader.next()) {
        found++;
      }
      return found == reader.in.getInt(from + COUNT_OFFSET);
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * Moves to the next change; false when there is none.
   *
   * @throws IllegalArgumentException or {@link BufferUnderflowException} when it is no batch
   */
  boolean next() {
    if (!in.hasRemaining()) {
      return false;
    }
    int stored = in.get();
    kind =
        switch (stored) {
          case PUT, PUT_IN_FAMILY -> Kind.PUT;
          case DELETE, DELETE_IN_FAMILY -> Kind.DELETE;
          case DELETE_RANGE, DELETE_RANGE_IN_FAMILY -> Kind.DELETE_RANGE;
          default -> throw new IllegalArgumentException("no kind has the number " + stored);
        };
    boolean inFamily =
        stored == PUT_IN_FAMILY || stored == DELETE_IN_FAMILY || stored == DELETE_RANGE_IN_FAMILY;
    family = inFamily ? readFamily() : 0;
    int keyBytes = skip();
    keyTo = in.position();
    keyFrom = keyTo - keyBytes;
    int valueBytes = kind == Kind.DELETE ? 0 : skip();
    valueTo = in.position();
    valueFrom = valueTo - valueBytes;
    return true;
  }

  private int readFamily() {
    long number = varint();
    if (number >= Keys.families().size()) {
      throw new IllegalArgumentException("no family has the number " + number);
    }
    return (int) number;
  }

  private int skip() {
    long bytes = varint();
    if (bytes > in.remaining()) {
      throw new IllegalArgumentException("it ends too early");
    }
    in.position(in.position() + (int) bytes);
    return (int) bytes;
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number does not end");
  }

  // ---- the change that it stands at -----------------------------------------------------------

  Kind kind() {
    return kind;
  }

  /** The number of its column family, its place in {@link Keys#families()}. */
  int family() {
    return family;
  }

  int keyFrom() {
    return keyFrom;
  }

  int keyTo() {
    return keyTo;
  }

  int valueFrom() {
    return valueFrom;
  }

  int valueTo() {
    return valueTo;
  }

  byte[] key() {
    return Arrays.copyOfRange(array, keyFrom, keyTo);
  }

  /** The value; of a range, the key before which it ends. */
  byte[] value() {
    return Arrays.copyOfRange(array, valueFrom, valueTo);
  }
}
