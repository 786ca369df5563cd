package io.ppmq.store.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Remembers, beside the database, up to which sequence number it was synced: data that is missing
 * at the next start is then known to be lost, or known to have never been promised.
 *
 * <p>The {@link MarkFile} {@code ppmq.synced} says that number, and the id of the boot in words. It
 * is put on the disk when the store is opened, and only written after that: after a loss of power
 * it may say too little, never too much. The boot tells that apart from the end of a process: while
 * the machine is up, no written byte can have gone missing. A file that cannot be read counts as no
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

  /** Up to where the process before this one had synced. */
  long sequenceBefore() {
    return file.number(0);
  }

  /** Whether it is known in which boot the store was last open. */
  boolean isBootKnown() {
    return !file.words().isEmpty();
  }

  /** Whether the machine is known to have gone down since the store was last open. */
  boolean rebooted() throws IOException {
    String boot = bootId();
    return !boot.isEmpty() && !file.words().isEmpty() && !boot.equals(file.words());
  }

  /** How many bytes the MANIFEST lacks that were in it; 0 where a loss of power took them. */
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

  /** Begins again with the found data: all of it is on the disk. */
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

  /** Up to where it was synced. */
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
