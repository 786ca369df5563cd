package io.ppmq.store.rocksdb;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Stores, beside the database, the length of the MANIFEST, the list of all tables. A list that lost
 * its last edits as a whole looks sound, and RocksDB deletes the tables that it does not name.
 *
 * <p>The {@link MarkFile} {@code ppmq.tables} has the number of the MANIFEST and its size. It has
 * no meaning after a loss of power, when the list may be shorter than before. An unreadable file
 * has no meaning either.
 */
final class ManifestMark implements AutoCloseable {
  private static final String FILE = "ppmq.tables";

  private final Path directory;
  private final MarkFile file;
  private @Nullable RandomAccessFile manifest;
  private long number;
  private long bytes;

  @SuppressWarnings("MustBeClosedChecker") // closed with this
  ManifestMark(Path directory) throws IOException {
    this.directory = directory;
    this.file = new MarkFile(directory.resolve(FILE), 2);
  }

  /** The number of bytes that the MANIFEST lost since the previous process saw it; mostly 0. */
  long missingBytes() throws IOException {
    Path found = Directory.manifest(directory);
    return number(found) == file.number(0) ? Math.max(0, file.number(1) - Files.size(found)) : 0;
  }

  /** The database was opened, and has a new MANIFEST. */
  @SuppressWarnings("MustBeClosedChecker") // closed with this, or by the next call
  synchronized void begin() throws IOException {
    if (manifest != null) {
      manifest.close();
    }
    Path found = Directory.manifest(directory);
    manifest = new RandomAccessFile(found.toFile(), "r"); // not a channel, see MarkFile
    number = number(found);
    bytes = 0;
    note();
  }

  /** Notes its present length. */
  synchronized void note() throws IOException {
    long now = manifest == null ? 0 : manifest.length();
    if (now > bytes) {
      bytes = now;
      file.write(number, bytes);
    }
  }

  private static long number(Path manifest) {
    return Long.parseLong(String.valueOf(manifest.getFileName()).replace("MANIFEST-", ""));
  }

  @Override
  public synchronized void close() throws IOException {
    if (manifest != null) {
      manifest.close();
    }
    file.close();
  }
}
