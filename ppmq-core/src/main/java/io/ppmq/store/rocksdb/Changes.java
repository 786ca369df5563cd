package io.ppmq.store.rocksdb;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * The changes of one commit, collected in RocksDB's own bytes. So a commit needs one call into the
 * native library. A call for every change would cost as much as writing it. {@link BatchForm} draws
 * these bytes.
 *
 * <p>RocksDB itself collects changes beyond {@link #BYTES_MAX}, outside of the heap. Owned by the
 * writer's thread.
 */
final class Changes implements AutoCloseable {
  /** Most commits stay far below this; this much of the heap is kept for later commits. */
  static final int BYTES_MAX = 1 << 20;

  private static final int BYTES_FIRST = 4 << 10;
  private static final int HEADER_BYTES = 12;
  private static final int COUNT_OFFSET = 8;

  /** A kind and three numbers. */
  private static final int CHANGE_BYTES_MAX = 16;

  private static final int DELETE = 4;
  private static final int PUT = 5;
  private static final int DELETE_RANGE = 14;

  private byte[] array = new byte[BYTES_FIRST];
  private int length = HEADER_BYTES;
  private int count;
  private @Nullable WriteBatch batch;

  void put(ColumnFamilyHandle family, byte[] key, byte[] value) throws RocksDBException {
    if (hasRoom(key.length, value.length)) {
      begin(PUT, family);
      sized(key);
      sized(value);
    } else {
      batch().put(family, key, value);
    }
  }

  void delete(ColumnFamilyHandle family, byte[] key) throws RocksDBException {
    if (hasRoom(key.length, 0)) {
      begin(DELETE, family);
      sized(key);
    } else {
      batch().delete(family, key);
    }
  }

  /** Deletes the keys from one to before another. */
  void deleteRange(ColumnFamilyHandle family, byte[] from, byte[] to) throws RocksDBException {
    if (hasRoom(from.length, to.length)) {
      begin(DELETE_RANGE, family);
      sized(from);
      sized(to);
    } else {
      batch().deleteRange(family, from, to);
    }
  }

  boolean isEmpty() {
    return batch == null ? count == 0 : batch.count() == 0;
  }

  /** The number of bytes that the commit writes. */
  long bytes() {
    return batch == null ? length : batch.getDataSize();
  }

  /** All changes so far, to be written; it is freed by {@link #clear}. */
  WriteBatch batch() {
    if (batch == null) {
      putCount();
      batch = new WriteBatch(Arrays.copyOf(array, length));
    }
    return batch;
  }

  /** All changes so far, as the bytes that RocksDB makes of them. */
  byte[] toBytes() throws RocksDBException {
    if (batch != null) {
      return batch.data();
    }
    putCount();
    return Arrays.copyOf(array, length);
  }

  /** Begins the next commit. */
  void clear() {
    close();
    batch = null;
    length = HEADER_BYTES;
    count = 0;
  }

  @Override
  public void close() {
    if (batch != null) {
      batch.close();
    }
  }

  private void putCount() {
    for (int i = 0; i < Integer.BYTES; i++) {
      array[COUNT_OFFSET + i] = (byte) (count >>> (8 * i));
    }
  }

  private boolean hasRoom(int firstBytes, int secondBytes) {
    long needed = (long) length + firstBytes + secondBytes + CHANGE_BYTES_MAX;
    if (batch != null || needed > BYTES_MAX) {
      return false;
    }
    if (needed > array.length) {
      array = Arrays.copyOf(array, (int) Math.min(BYTES_MAX, Math.max(needed, 2L * array.length)));
    }
    return true;
  }

  private void begin(int kind, ColumnFamilyHandle family) {
    array[length++] = (byte) kind;
    varint(family.getID());
    count++;
  }

  private void sized(byte[] bytes) {
    varint(bytes.length);
    System.arraycopy(bytes, 0, array, length, bytes.length);
    length += bytes.length;
  }

  private void varint(int number) {
    int rest = number;
    while (rest >= 0x80) {
      array[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    array[length++] = (byte) rest;
  }
}
