package io.ppmq.store.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * A small file beside the database that says a few numbers, and is overwritten in its place.
 *
 * <pre>
 *  u64 number, as many as it has | u32 CRC-32C of them | words, to the end of the file
 * </pre>
 *
 * <p>Written without a sync: it survives the process exactly, and after a loss of power it may say
 * what it said before. It is no channel, since those are closed when a thread is interrupted that
 * writes to them. One thread at a time.
 */
final class MarkFile implements AutoCloseable {
  private static final int WORDS_BYTES_MAX = 64;

  private final RandomAccessFile file;
  private final int count;
  private final long[] numbers;
  private final String words;

  /** Opens the file, which is made where it is not there, and reads what it says. */
  MarkFile(Path path, int count) throws IOException {
    this.file = new RandomAccessFile(path.toFile(), "rw");
    this.count = count;
    this.numbers = new long[count];
    byte[] bytes = new byte[numbersBytes() + WORDS_BYTES_MAX];
    int length = Math.max(0, file.read(bytes));
    ByteBuffer stored = ByteBuffer.wrap(bytes, 0, length);
    if (length >= numbersBytes() && stored.getInt(checkedBytes()) == checksum(bytes)) {
      stored.asLongBuffer().get(numbers);
    }
    int from = Math.min(length, numbersBytes());
    this.words = new String(bytes, from, length - from, US_ASCII);
  }

  /** What it said when it was opened; 0 where that cannot be read. */
  long number(int index) {
    return numbers[index];
  }

  /** The words that it said when it was opened; empty when it was new. */
  String words() {
    return words;
  }

  /** Says these numbers from now on. */
  void write(long... now) throws IOException {
    write("", now);
  }

  /** Says these numbers and words from now on; words that were longer keep their end. */
  void write(String nowInWords, long... now) throws IOException {
    ByteBuffer stored = ByteBuffer.allocate(numbersBytes() + nowInWords.length());
    for (long number : now) {
      stored.putLong(number);
    }
    stored.putInt(checksum(stored.array())).put(nowInWords.getBytes(US_ASCII));
    file.seek(0);
    file.write(stored.array());
  }

  private int checkedBytes() {
    return count * Long.BYTES;
  }

  private int numbersBytes() {
    return checkedBytes() + Integer.BYTES;
  }

  private int checksum(byte[] stored) {
    CRC32C crc = new CRC32C();
    crc.update(stored, 0, checkedBytes());
    return (int) crc.getValue();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
