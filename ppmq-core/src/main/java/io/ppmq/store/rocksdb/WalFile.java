package io.ppmq.store.rocksdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Reads one file of RocksDB's write-ahead log to find the end of its valid part.
 *
 * <pre>
 *  batch:     u64 sequence number of its first change | u32 how many changes | changes
 * </pre>
 *
 * <p>{@link RecordBlock} describes the records that hold batches.
 *
 * <p>Sequence numbers have no gaps: each batch begins where the one before it ended.
 */
final class WalFile {
  private static final int BATCH_HEADER_BYTES = 12;

  /** The first type that is a remark. */
  private static final int REMARK = 9;

  /** A record with a number so far ahead is not a record, but bytes that look like one. */
  private static final long SEQUENCE_LEAP_MAX = 1L << 40;

  private final Path file;
  private final boolean sequenced;
  private final RecordBlock block = new RecordBlock();
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
   * @param nextSequence the number with which its first batch must begin; 0 if unknown
   */
  static WalFile read(Path file, long nextSequence) throws IOException {
    return new WalFile(file, true, nextSequence).read();
  }

  /** Reads a MANIFEST, which has the same records with other content than batches. */
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

  /** The size of the file in bytes. */
  long bytes() {
    return bytes;
  }

  /** The number of bytes at its start that hold only complete batches. */
  long goodBytes() {
    return goodBytes;
  }

  boolean isDamaged() {
    return damagedAt >= 0;
  }

  /** The first invalid byte. Only for a damaged file. */
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

  /** The number with which the next batch must begin; 0 if there never was one. */
  long nextSequence() {
    return nextSequence;
  }

  private void readBlocks(FileChannel channel) throws IOException {
    for (long base = 0; base < bytes; base += RecordBlock.BYTES) {
      block.read(channel, base);
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
    while (block.hasHeader(at)) {
      if (!block.isRecord(at) || !follows(at)) {
        damaged(base, at);
        return;
      }
      at = block.end(at);
      if (!inBatch) {
        goodBytes = base + at;
      }
    }
    if (at < block.limit() && block.limit() < RecordBlock.BYTES) {
      damaged(base, at);
    }
  }

  private void damaged(long base, int at) {
    damagedAt = base + at;
    int left = block.limit() - at - RecordBlock.HEADER_BYTES;
    cutShort = base + block.limit() == bytes && (left < 0 || block.length(at) > left);
    inBatch = false;
    lookForBatches(at, true);
  }

  /** Whether the record is possible here; notes its content. */
  private boolean follows(int at) {
    int type = block.type(at);
    if (type >= REMARK || type < 0) {
      return !inBatch;
    }
    if ((type == RecordBlock.FULL || type == RecordBlock.FIRST) == inBatch) {
      return false;
    }
    gather(at, type);
    inBatch = type == RecordBlock.FIRST || type == RecordBlock.MIDDLE;
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
    if (type == RecordBlock.FULL || type == RecordBlock.FIRST) {
      batchHeader.clear();
    }
    int from = at + RecordBlock.HEADER_BYTES;
    int more = Math.min(batchHeader.remaining(), block.length(at));
    batchHeader.put(block.array(), from, more);
  }

  /** Searches for complete batches in a block that holds the damage or follows it. */
  private void lookForBatches(int from, boolean everywhere) {
    int at = from;
    while (!batchesAfterDamage && block.hasHeader(at)) {
      if (block.isRecord(at)) {
        lookAt(at);
        at = block.end(at);
      } else if (everywhere) {
        at++;
      } else {
        inBatch = false;
        return;
      }
    }
  }

  private void lookAt(int at) {
    int type = block.type(at);
    if (type > RecordBlock.LAST || type < RecordBlock.FULL) {
      return;
    }
    boolean begins = type == RecordBlock.FULL || type == RecordBlock.FIRST;
    if (begins || inBatch) {
      gather(at, type);
      inBatch = type == RecordBlock.FIRST || type == RecordBlock.MIDDLE;
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
}
