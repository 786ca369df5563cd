package io.ppmq.store.rocksdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Reads one file of RocksDB's write-ahead log to find where it stops making sense.
 *
 * <pre>
 *  file:      blocks of 32 KiB; a record never crosses the end of a block, and where less than a
 *             header is left there, zeros fill it
 *  record:    u32 masked CRC-32C of type and payload | u16 length | u8 type | payload
 *             (little-endian)
 *  type:      1 a whole batch; 2, 3, 4 its first, a middle, its last part;
 *             9 and above: remarks on the file
 *  batch:     u64 sequence number of its first change | u32 how many changes | changes
 * </pre>
 *
 * <p>Sequence numbers have no gaps: each batch begins where the one before it ended.
 */
final class WalFile {
  private static final int BLOCK_BYTES = 32 * 1024;
  private static final int HEADER_BYTES = 7;
  private static final int BATCH_HEADER_BYTES = 12;
  private static final int FULL = 1;
  private static final int FIRST = 2;
  private static final int MIDDLE = 3;
  private static final int LAST = 4;

  /** The first type that is a remark. */
  private static final int REMARK = 9;

  private static final int MASK_DELTA = 0xa282ead8;
  private static final int MASK_ROTATION = 15;

  /** A record that claims to be so far ahead is no record but bytes that look like one. */
  private static final long SEQUENCE_LEAP_MAX = 1L << 40;

  private final Path file;
  private final boolean sequenced;
  private final ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final ByteBuffer batchHeader =
      ByteBuffer.allocate(BATCH_HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private boolean inBatch;
  private long nextSequence;
  private long goodBytes;
  private long damagedAt = -1;
  private long batches;
  private boolean batchesAfterDamage;
  private boolean cutShort;
  private long bytes;

  private WalFile(Path file, boolean sequenced, long nextSequence) {
    this.file = file;
    this.sequenced = sequenced;
    this.nextSequence = nextSequence;
  }

  /**
   * Reads the file.
   *
   * @param nextSequence the number with which its first batch is to begin; 0 if that is not known
   */
  static WalFile read(Path file, long nextSequence) throws IOException {
    return new WalFile(file, true, nextSequence).read();
  }

  /** Reads a MANIFEST, which has the same records but other things in them than batches. */
  static WalFile readManifest(Path file) throws IOException {
    return new WalFile(file, false, 0).read();
  }

  private WalFile read() throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      bytes = channel.size();
      readBlocks(channel);
    }
    return this;
  }

  Path file() {
    return file;
  }

  /** How many bytes the file has. */
  long bytes() {
    return bytes;
  }

  /** How many bytes at its start hold complete batches and nothing else. */
  long goodBytes() {
    return goodBytes;
  }

  boolean isDamaged() {
    return damagedAt >= 0;
  }

  /** The first byte that makes no sense. Only for a damaged file. */
  long damagedAt() {
    return damagedAt;
  }

  /** Whether there is any complete batch, before or after the damage. */
  boolean holdsBatches() {
    return batches > 0 || batchesAfterDamage;
  }

  /** Whether complete batches follow the damage. */
  boolean hasBatchesAfterDamage() {
    return batchesAfterDamage;
  }

  /** Whether the file ends before the damaged record does, as when a write was broken off. */
  boolean isCutShort() {
    return cutShort;
  }

  /** The number with which the next batch is to begin; 0 if there never was one. */
  long nextSequence() {
    return nextSequence;
  }

  private void readBlocks(FileChannel channel) throws IOException {
    for (long base = 0; base < bytes; base += BLOCK_BYTES) {
      block.clear();
      while (block.hasRemaining() && channel.read(block, base + block.position()) > 0) {
        // until the block is full or the file ends
      }
      block.flip();
      if (isDamaged()) {
        lookForBatches(0, false);
      } else {
        readBlock(base);
      }
    }
    if (!isDamaged() && goodBytes < bytes && inBatch) {
      damagedAt = goodBytes;
      cutShort = true;
    }
  }

  private void readBlock(long base) {
    int at = 0;
    while (block.limit() - at >= HEADER_BYTES) {
      if (!isRecord(at) || !follows(at)) {
        damaged(base, at);
        return;
      }
      at += HEADER_BYTES + length(at);
      if (!inBatch) {
        goodBytes = base + at;
      }
    }
    if (at < block.limit() && block.limit() < BLOCK_BYTES) {
      damaged(base, at);
    }
  }

  private void damaged(long base, int at) {
    damagedAt = base + at;
    int left = block.limit() - at - HEADER_BYTES;
    cutShort = base + block.limit() == bytes && (left < 0 || length(at) > left);
    inBatch = false;
    lookForBatches(at, true);
  }

  /** Whether the record can stand here; notes what it says. */
  private boolean follows(int at) {
    int type = block.get(at + 6);
    if (type >= REMARK || type < 0) {
      return !inBatch;
    }
    if ((type == FULL || type == FIRST) == inBatch) {
      return false;
    }
    gather(at, type);
    inBatch = type == FIRST || type == MIDDLE;
    if (inBatch) {
      return true;
    }
    return !sequenced || (batchHeader.position() == BATCH_HEADER_BYTES && continues());
  }

  private boolean continues() {
    long sequence = batchHeader.getLong(0);
    if (nextSequence != 0 && sequence > nextSequence) {
      batchesAfterDamage = true;
      return false;
    }
    nextSequence = sequence + (batchHeader.getInt(8) & 0xFFFFFFFFL);
    batches++;
    return true;
  }

  /** Collects the header of a batch, which may lie in more than one record. */
  private void gather(int at, int type) {
    if (type == FULL || type == FIRST) {
      batchHeader.clear();
    }
    int from = at + HEADER_BYTES;
    int more = Math.min(batchHeader.remaining(), length(at));
    batchHeader.put(block.array(), from, more);
  }

  /** Looks for complete batches in a block that lies after the damage or holds it. */
  private void lookForBatches(int from, boolean everywhere) {
    int at = from;
    while (!batchesAfterDamage && block.limit() - at >= HEADER_BYTES) {
      if (isRecord(at)) {
        lookAt(at);
        at += HEADER_BYTES + length(at);
      } else if (everywhere) {
        at++;
      } else {
        inBatch = false;
        return;
      }
    }
  }

  private void lookAt(int at) {
    int type = block.get(at + 6);
    if (type > LAST || type < FULL) {
      return;
    }
    boolean begins = type == FULL || type == FIRST;
    if (begins || inBatch) {
      gather(at, type);
      inBatch = type == FIRST || type == MIDDLE;
      batchesAfterDamage = !inBatch && isBatch();
    }
  }

  private boolean isBatch() {
    return !sequenced || (batchHeader.position() == BATCH_HEADER_BYTES && isLater());
  }

  private boolean isLater() {
    long sequence = batchHeader.getLong(0);
    return sequence >= nextSequence && sequence - nextSequence < SEQUENCE_LEAP_MAX;
  }

  private boolean isRecord(int at) {
    int length = length(at);
    int type = block.get(at + 6);
    if (type == 0 || length > block.limit() - at - HEADER_BYTES) {
      return false;
    }
    CRC32C crc = new CRC32C();
    crc.update(block.array(), at + 6, length + 1);
    int checksum = Integer.rotateRight((int) crc.getValue(), MASK_ROTATION) + MASK_DELTA;
    return checksum == block.getInt(at);
  }

  private int length(int at) {
    return block.getShort(at + 4) & 0xFFFF;
  }
}
