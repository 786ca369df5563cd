package io.ppmq.store.rocksdb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A hash of 64 bits over the bytes of a proposal: MurmurHash64A with the seed 0. It detects stores
 * that have diverged, not attacks. Nodes of different versions compare it, so it never changes.
 */
final class ProposalHash {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long FACTOR = 0xc6a4a7935bd1e995L;
  private static final int SHIFT = 47;

  private ProposalHash() {}

  static long of(byte[] bytes) {
    long hash = bytes.length * FACTOR;
    int whole = bytes.length & -Long.BYTES;
    for (int at = 0; at < whole; at += Long.BYTES) {
      long word = (long) LONGS.get(bytes, at) * FACTOR;
      word ^= word >>> SHIFT;
      hash = (hash ^ (word * FACTOR)) * FACTOR;
    }
    if (whole < bytes.length) {
      long rest = 0;
      for (int at = bytes.length - 1; at >= whole; at--) {
        rest = (rest << Byte.SIZE) | (bytes[at] & 0xFF);
      }
      hash = (hash ^ rest) * FACTOR;
    }
    hash = (hash ^ (hash >>> SHIFT)) * FACTOR;
    return hash ^ (hash >>> SHIFT);
  }
}
