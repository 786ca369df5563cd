package io.ppmq.store.rocksdb;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Reads every record of a write-ahead log or a MANIFEST that is whole, also those behind damage.
 * {@link WalFile} draws the format, {@link RecordWriter} writes it.
 */
final class RecordFile {
  private static final int BLOCK_BYTES = 32 * 1024;
  private static final int HEADER_BYTES = 7;
  private static final int FULL = 1;
  private static final int FIRST = 2;
  private static final int MIDDLE = 3;
  private static final int LAST = 4;
  private static final int MASK_DELTA = 0xa282ead8;
  private static final int MASK_ROTATION = 15;

  /** What is found in a file, in order. */
  interface Found {
    /** A record that is whole. */
    void record(byte[] payload) throws IOException;

    /** A stretch that is not. */
    void damage(long from, long to) throws IOException;
  }

  private final Found found;
  private final byte[] bytes = new byte[BLOCK_BYTES];
  private final ByteBuffer block = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  private final ByteArrayOutputStream parts = new ByteArrayOutputStream();
  private boolean inRecord;
  private long recordAt;
  private long damagedFrom = -1;

  private RecordFile(Found found) {
    this.found = found;
  }

  // ---- reading --------------------------------------------------------------------------------

  /** Reads all of a file. */
  static void read(Path file, Found found) throws IOException {
    new RecordFile(found).read(file);
  }

  private void read(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      for (long base = 0; base < size; base += BLOCK_BYTES) {
        block.clear();
        while (block.hasRemaining() && channel.read(block, base + block.position()) > 0) {
          // until the block is full or the file ends
        }
        block.flip();
        readBlock(base, size);
      }
      if (inRecord) {
        damaged(recordAt);
      }
      endDamage(size);
    }
  }

  private void readBlock(long base, long size) throws IOException {
    int at = 0;
    while (block.limit() - at >= HEADER_BYTES) {
      if (isRecord(at)) {
        part(at, base + at);
        at += HEADER_BYTES + length(at);
      } else {
        damaged(inRecord ? recordAt : base + at);
        at++;
      }
    }
    if (at < block.limit() && base + block.limit() == size && block.limit() < BLOCK_BYTES) {
      damaged(inRecord ? recordAt : base + at);
    }
  }

  private void part(int at, long position) throws IOException {
    int type = block.get(at + 6);
    boolean begins = type == FULL || type == FIRST;
    if (begins == inRecord && type >= FULL && type <= LAST) {
      damaged(inRecord ? recordAt : position);
    }
    if (begins) {
      endDamage(position);
      parts.reset();
      recordAt = position;
    } else if (!inRecord) {
      return;
    }
    parts.write(bytes, at + HEADER_BYTES, length(at));
    inRecord = type == FIRST || type == MIDDLE;
    if (!inRecord) {
      found.record(parts.toByteArray());
    }
  }

  private void damaged(long from) {
    if (damagedFrom < 0) {
      damagedFrom = from;
    }
    inRecord = false;
  }

  private void endDamage(long to) throws IOException {
    if (damagedFrom >= 0 && to > damagedFrom) {
      found.damage(damagedFrom, to);
    }
    damagedFrom = -1;
  }

  private boolean isRecord(int at) {
    int length = length(at);
    int type = block.get(at + 6);
    return type != 0
        && length <= block.limit() - at - HEADER_BYTES
        && checksum(bytes, at + 6, length + 1) == block.getInt(at);
  }

  private int length(int at) {
    return block.getShort(at + 4) & 0xFFFF;
  }

  /** The checksum of a record, as it is stored. */
  static int checksum(byte[] record, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(record, from, length);
    return Integer.rotateRight((int) crc.getValue(), MASK_ROTATION) + MASK_DELTA;
  }
}
