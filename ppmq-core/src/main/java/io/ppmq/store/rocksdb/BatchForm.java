package io.ppmq.store.rocksdb;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Tells whether a record of the write-ahead log is a batch of changes; {@link WalFile} draws its
 * header.
 *
 * <pre>
 *  change: u8 kind | varint column family, for the kinds that have one
 *          | varint bytes | key | varint bytes | value, or the end of a range
 *  kind:   1, 5 a value (with a family: 5); 0, 4 a deletion; 15, 14 a deletion of a range
 * </pre>
 */
final class BatchForm {
  private static final int HEADER_BYTES = 12;

  private BatchForm() {}

  static boolean isBatch(byte[] record) {
    if (record.length < HEADER_BYTES) {
      return false;
    }
    ByteBuffer in = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
    in.getLong();
    int changes = in.getInt();
    try {
      int found = 0;
      while (in.hasRemaining()) {
        if (!change(in)) {
          return false;
        }
        found++;
      }
      return found == changes;
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean change(ByteBuffer in) {
    int kind = in.get();
    switch (kind) {
      case 4, 5, 14 -> {
        if (varint(in) >= Keys.families().size()) {
          return false;
        }
      }
      case 0, 1, 15 -> {}
      default -> {
        return false;
      }
    }
    skip(in);
    if (kind != 0 && kind != 4) {
      skip(in);
    }
    return true;
  }

  private static void skip(ByteBuffer in) {
    long bytes = varint(in);
    if (bytes > in.remaining()) {
      throw new IllegalArgumentException("it ends too early");
    }
    in.position(in.position() + (int) bytes);
  }

  private static long varint(ByteBuffer in) {
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
}
