package io.ppmq.store.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Stores, beside the database, the sequence number up to which it was synced. So a start knows
 * whether missing data is lost or was never promised.
 *
 * <p>The {@link MarkFile} {@code ppmq.synced} has that number, and the id of the boot in words. It
 * is synced when the store is opened, and only written after that. So after a loss of power the
 * number may be too low, never too high. The boot id distinguishes a loss of power from the end of
 * a process: while the machine is up, no written byte can be lost. An unreadable file counts as no
 * promise at all.
 */
final class SyncedMark implements AutoCloseable {
  private static final String FILE = "ppmq.synced";
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  private final MarkFile file;
  private final ManifestMark manifest;
  private long sequence;

  @SuppressWarnings("MustBeClosedChecker") // closed with this
  SyncedMark(Path directory) throws IOException {
    this.file = new MarkFile(directory.resolve(FILE), 1);
    this.manifest = new ManifestMark(directory);
  }

  /** The position up to which the previous process had synced. */
  long sequenceBefore() {
    return file.number(0);
  }

  /** Whether the boot in which the store was last open is known. */
  boolean isBootKnown() {
    return !file.words().isEmpty();
  }

  /** Whether the machine is known to have gone down since the store was last open. */
  boolean rebooted() throws IOException {
    String boot = bootId();
    return !boot.isEmpty() && !file.words().isEmpty() && !boot.equals(file.words());
  }

  /** The number of bytes that the MANIFEST lost; 0 if a loss of power took them. */
  long manifestBytesMissing() throws IOException {
    return rebooted() ? 0 : manifest.missingBytes();
  }

  /** The database was opened again, with a new MANIFEST. */
  void reopened() throws IOException {
    manifest.begin();
  }

  /**
   * Notes the boot where there is no note yet, before anything else is written. Without that note a
   * loss of power in the first moments of a store could not be told from damage.
   */
  synchronized void prepare() throws IOException {
    if (file.words().isEmpty()) {
      file.write(bootId(), sequenceBefore());
      file.force();
    }
  }

  /** Starts a new mark with the data that was found; all of it is on the disk. */
  synchronized void begin(long recovered) throws IOException {
    manifest.begin();
    sequence = recovered;
    file.write(bootId(), recovered);
    file.force(); // the boot must be known before the log can be torn in this one
  }

  /** Notes that everything up to this number is on the disk. */
  synchronized void synced(long upTo) throws IOException {
    if (upTo > sequence) {
      sequence = upTo;
      file.write(upTo);
    }
    manifest.note();
  }

  /** The position up to which it was synced. */
  synchronized long sequence() {
    return sequence;
  }

  private static String bootId() throws IOException {
    return Files.isReadable(BOOT_ID) ? Files.readString(BOOT_ID, US_ASCII).strip() : "";
  }

  @Override
  public synchronized void close() throws IOException {
    manifest.close();
    file.close();
  }
}
