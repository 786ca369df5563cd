package io.ppmq.store.rocksdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Remembers, beside the database, how long the MANIFEST is, the list of all tables. A list that
 * lost its last edits whole looks sound, and RocksDB deletes the tables that it does not name.
 *
 * <pre>
 *  ppmq.tables:  u64 the number of the MANIFEST | u64 its bytes | u32 CRC-32C of both
 * </pre>
 *
 * <p>Written without a sync, like {@link SyncedMark}; so it means nothing after a loss of power,
 * when the list may be shorter than it was seen to be. A file that cannot be read says nothing.
 */
final class ManifestMark implements AutoCloseable {
  private static final String FILE = "ppmq.tables";
  private static final int CRC_AT = 2 * Long.BYTES;
  private static final int FILE_BYTES = CRC_AT + Integer.BYTES;

  private final Path directory;
  private final FileChannel channel;
  private final long numberBefore;
  private final long bytesBefore;
  private @Nullable FileChannel manifest;
  private long number;
  private long bytes;

  @SuppressWarnings("MustBeClosedChecker") // closed with this
  ManifestMark(Path directory) throws IOException {
    this.directory = directory;
    this.channel =
        FileChannel.open(
            directory.resolve(FILE),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    ByteBuffer stored = ByteBuffer.allocate(FILE_BYTES);
    channel.read(stored, 0);
    boolean whole = !stored.hasRemaining() && stored.getInt(CRC_AT) == checksum(stored);
    this.numberBefore = whole ? stored.getLong(0) : 0;
    this.bytesBefore = whole ? stored.getLong(Long.BYTES) : 0;
  }

  /** How many bytes the MANIFEST lacks that the process before this one saw in it; mostly 0. */
  long missingBytes() throws IOException {
    Path file = Directory.manifest(directory);
    try (FileChannel found = FileChannel.open(file, StandardOpenOption.READ)) {
      return number(file) == numberBefore ? Math.max(0, bytesBefore - found.size()) : 0;
    }
  }

  /** The database was opened, and has a new MANIFEST. */
  @SuppressWarnings("MustBeClosedChecker") // closed with this, or by the next call
  synchronized void begin() throws IOException {
    if (manifest != null) {
      manifest.close();
    }
    Path file = Directory.manifest(directory);
    manifest = FileChannel.open(file, StandardOpenOption.READ);
    number = number(file);
    bytes = 0;
    note();
  }

  /** Notes how long it is now. */
  synchronized void note() throws IOException {
    long now = manifest == null ? 0 : manifest.size();
    if (now > bytes) {
      bytes = now;
      ByteBuffer stored = ByteBuffer.allocate(FILE_BYTES).putLong(number).putLong(bytes);
      channel.write(stored.putInt(checksum(stored)).flip(), 0);
    }
  }

  private static long number(Path manifest) {
    return Long.parseLong(String.valueOf(manifest.getFileName()).replace("MANIFEST-", ""));
  }

  private static int checksum(ByteBuffer stored) {
    CRC32C crc = new CRC32C();
    crc.update(stored.slice(0, CRC_AT));
    return (int) crc.getValue();
  }

  @Override
  public synchronized void close() throws IOException {
    if (manifest != null) {
      manifest.close();
    }
    channel.close();
  }
}
