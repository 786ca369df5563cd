package io.ppmq.store.rocksdb;

import io.ppmq.store.StoreException;
import java.nio.ByteBuffer;

/**
 * The position of a {@link Replica} in the log of the cluster: the last entry that it took, and the
 * last that changed it. It is written with each batch, so that it always agrees with the store.
 *
 * <pre>
 *  u64 term | u64 index | u64 seq | u64 hash
 * </pre>
 *
 * @param term the term of the entry that was taken last
 * @param index its place in the log
 * @param seq the number, within that term, of the last proposal that was applied; 0 without one
 * @param hash the hash of the last proposal that was applied in any term, which contains the hash
 *     of the one before; 0 without one
 */
public record Applied(long term, long index, long seq, long hash) {
  private static final int BYTES = 4 * Long.BYTES;

  /** The position of a store that has taken nothing from a log yet. */
  static final Applied NOTHING = new Applied(0, -1, 0, 0);

  /** The position after an entry that changed nothing. */
  Applied passed(long nextTerm, long nextIndex) {
    return new Applied(nextTerm, nextIndex, seqIn(nextTerm), hash);
  }

  /** The number of the last proposal of this term that was applied; 0 without one. */
  long seqIn(long ofTerm) {
    return ofTerm == term ? seq : 0;
  }

  byte[] toBytes() {
    return ByteBuffer.allocate(BYTES)
        .putLong(term)
        .putLong(index)
        .putLong(seq)
        .putLong(hash)
        .array();
  }

  static Applied of(byte[] stored) {
    if (stored.length != BYTES) {
      throw StoreException.damage("the store's note of the applied entries is damaged", null);
    }
    ByteBuffer in = ByteBuffer.wrap(stored);
    return new Applied(in.getLong(), in.getLong(), in.getLong(), in.getLong());
  }
}
