package io.ppmq.store.rocksdb;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes a write-ahead log or a MANIFEST, record by record; {@link RecordBlock} draws the format.
 */
final class RecordWriter implements AutoCloseable {
  private final OutputStream out;
  private int room = RecordBlock.BYTES;

  RecordWriter(Path file) throws IOException {
    this.out = new BufferedOutputStream(Files.newOutputStream(file));
  }

  /** Adds a record; one that does not fit into the rest of a block continues in the next. */
  void add(byte[] record) throws IOException {
    int at = 0;
    do {
      if (room < RecordBlock.HEADER_BYTES) {
        out.write(new byte[room]);
        room = RecordBlock.BYTES;
      }
      int length = Math.min(record.length - at, room - RecordBlock.HEADER_BYTES);
      boolean last = at + length == record.length;
      int type =
          at == 0
              ? (last ? RecordBlock.FULL : RecordBlock.FIRST)
              : (last ? RecordBlock.LAST : RecordBlock.MIDDLE);
      write(record, at, length, type);
      at += length;
    } while (at < record.length);
  }

  private void write(byte[] record, int at, int length, int type) throws IOException {
    byte[] part = RecordBlock.record(type, record, at, length);
    out.write(part);
    room -= part.length;
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
