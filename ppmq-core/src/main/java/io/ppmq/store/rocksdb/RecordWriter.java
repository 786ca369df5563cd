package io.ppmq.store.rocksdb;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes a write-ahead log or a MANIFEST, record by record; {@link WalFile} draws the format. */
final class RecordWriter implements AutoCloseable {
  private static final int BLOCK_BYTES = 32 * 1024;
  private static final int HEADER_BYTES = 7;
  private static final int FULL = 1;
  private static final int FIRST = 2;
  private static final int MIDDLE = 3;
  private static final int LAST = 4;

  private final OutputStream out;
  private int room = BLOCK_BYTES;

  RecordWriter(Path file) throws IOException {
    this.out = new BufferedOutputStream(Files.newOutputStream(file));
  }

  /** Adds a record; one that does not fit into what is left of a block goes on in the next. */
  void add(byte[] record) throws IOException {
    int at = 0;
    do {
      if (room < HEADER_BYTES) {
        out.write(new byte[room]);
        room = BLOCK_BYTES;
      }
      int length = Math.min(record.length - at, room - HEADER_BYTES);
      boolean last = at + length == record.length;
      int type = at == 0 ? (last ? FULL : FIRST) : (last ? LAST : MIDDLE);
      write(record, at, length, type);
      at += length;
    } while (at < record.length);
  }

  private void write(byte[] record, int at, int length, int type) throws IOException {
    ByteBuffer part =
        ByteBuffer.allocate(HEADER_BYTES + length).order(ByteOrder.LITTLE_ENDIAN).putInt(0);
    part.putShort((short) length).put((byte) type).put(record, at, length);
    part.putInt(0, RecordFile.checksum(part.array(), 6, length + 1));
    out.write(part.array());
    room -= part.capacity();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
