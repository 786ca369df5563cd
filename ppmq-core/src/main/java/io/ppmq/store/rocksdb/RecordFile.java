package io.ppmq.store.rocksdb;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Reads every whole record of a write-ahead log or a MANIFEST, including those behind damage.
 * {@link RecordBlock} draws the format, {@link RecordWriter} writes it.
 */
final class RecordFile {
  /** The findings in a file, in order. */
  interface Found {
    /** A record that is whole. */
    void record(byte[] payload) throws IOException;

    /** A damaged part. */
    void damage(long from, long to) throws IOException;
  }

  private final Found found;
  private final RecordBlock block = new RecordBlock();
  private final ByteArrayOutputStream parts = new ByteArrayOutputStream();
  private boolean inRecord;
  private long recordAt;
  private long damagedFrom = -1;

  private RecordFile(Found found) {
    this.found = found;
  }

  /** Reads all of a file. */
  static void read(Path file, Found found) throws IOException {
    new RecordFile(found).read(file);
  }

  private void read(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      for (long base = 0; base < size; base += RecordBlock.BYTES) {
        block.read(channel, base);
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
    while (block.hasHeader(at)) {
      if (block.isRecord(at)) {
        part(at, base + at);
        at = block.end(at);
      } else {
        damaged(inRecord ? recordAt : base + at);
        at++;
      }
    }
    if (at < block.limit() && base + block.limit() == size && block.limit() < RecordBlock.BYTES) {
      damaged(inRecord ? recordAt : base + at);
    }
  }

  private void part(int at, long position) throws IOException {
    int type = block.type(at);
    boolean begins = type == RecordBlock.FULL || type == RecordBlock.FIRST;
    if (begins == inRecord && type >= RecordBlock.FULL && type <= RecordBlock.LAST) {
      damaged(inRecord ? recordAt : position);
    }
    if (begins) {
      endDamage(position);
      parts.reset();
      recordAt = position;
    } else if (!inRecord) {
      return;
    }
    parts.write(block.array(), at + RecordBlock.HEADER_BYTES, block.length(at));
    inRecord = type == RecordBlock.FIRST || type == RecordBlock.MIDDLE;
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
}
