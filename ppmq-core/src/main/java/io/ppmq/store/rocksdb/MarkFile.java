package io.ppmq.store.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A small file beside the database with a few numbers, which is overwritten in place.
 *
 * <pre>
 *  u64 number, as many as it has | u32 CRC-32C of them | words, to the end of the file
 * </pre>
 *
 * <p>Written without a sync, unless {@link #force} is called: it survives the process exactly, and
 * after a loss of power it may have its old content. It does not use a channel, since the
 * interruption of a writing thread closes one. One thread at a time.
 */
final class MarkFile implements AutoCloseable {
  private static final int WORDS_BYTES_MAX = 64;

  private final Path path;
  private final int count;
  private final long[] numbers;
  private final String words;
  private @Nullable RandomAccessFile file;

  /** Reads the file; if it does not exist, the first {@link #write} makes it. */
  MarkFile(Path path, int count) throws IOException {
    this.path = path;
    this.count = count;
    this.numbers = new long[count];
    byte[] bytes = stored(path, numbersBytes() + WORDS_BYTES_MAX);
    if (bytes.length >= numbersBytes()
        && ByteBuffer.wrap(bytes).getInt(checkedBytes()) == checksum(bytes)) {
      ByteBuffer.wrap(bytes).asLongBuffer().get(numbers);
    }
    int from = Math.min(bytes.length, numbersBytes());
    this.words = new String(bytes, from, bytes.length - from, US_ASCII);
  }

  private static byte[] stored(Path path, int bytesMax) throws IOException {
    if (!OwnFile.isThere(path)) {
      return new byte[0];
    }
    try (InputStream in = new FileInputStream(path.toFile())) {
      return in.readNBytes(bytesMax);
    }
  }

  /** The numbers at the time of reading; 0 if they cannot be read. */
  long number(int index) {
    return numbers[index];
  }

  /** Its words at the time of reading; empty if it did not exist. */
  String words() {
    return words;
  }

  /** Syncs its content and its name to the disk. */
  void force() throws IOException {
    opened().getFD().sync();
    Directory.sync(path.getParent());
  }

  /** Writes these numbers. */
  void write(long... now) throws IOException {
    write("", now);
  }

  /** Writes these numbers and words; longer old words keep their end. */
  void write(String nowInWords, long... now) throws IOException {
    ByteBuffer stored = ByteBuffer.allocate(numbersBytes() + nowInWords.length());
    for (long number : now) {
      stored.putLong(number);
    }
    stored.putInt(checksum(stored.array())).put(nowInWords.getBytes(US_ASCII));
    RandomAccessFile to = opened();
    to.seek(0);
    to.write(stored.array());
  }

  @SuppressWarnings("MustBeClosedChecker") // closed with this
  private RandomAccessFile opened() throws IOException {
    if (file == null) {
      OwnFile.open(path).close(); // this follows no link; the next open does
      file = new RandomAccessFile(path.toFile(), "rw");
    }
    return file;
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
    if (file != null) {
      file.close();
    }
  }
}
