package io.ppmq.store.rocksdb;

import java.io.IOException;
import java.nio.file.Path;
import org.rocksdb.RocksDBException;

/**
 * Checks the MANIFEST, the list of all tables, before RocksDB reads it. RocksDB takes damage that
 * looks like a broken-off write for the end of the list, and then deletes every table that the list
 * names after it.
 *
 * <p>A write that was really broken off, by a death of the process, a full disk or a loss of power,
 * is at the end of the file and loses nothing: its data is still in the write-ahead log. Anything
 * else is damage, and the store is not opened.
 */
final class ManifestCheck {
  private final Path directory;

  ManifestCheck(Path directory) {
    this.directory = directory;
  }

  /**
   * Reads the MANIFEST.
   *
   * @throws io.ppmq.store.StoreException when it is damaged
   */
  void check(SyncedMark synced) throws IOException, RocksDBException {
    Path file = Directory.manifest(directory);
    long missing = synced.manifestBytesMissing();
    if (missing > 0) {
      throw Directory.damaged(
          directory,
          file.getFileName() + " is cut off: its last " + missing + " bytes are missing");
    }
    WalFile manifest = WalFile.readManifest(file);
    if (!manifest.isDamaged()) {
      return;
    }
    boolean brokenOff =
        !manifest.hasBatchesAfterDamage() && (manifest.isCutShort() || synced.rebooted());
    // A store in which nothing was synced may lack all of its column families.
    long before = synced.sequenceBefore();
    if (!brokenOff || (before > 0 && Engine.sequenceOf(directory) < before)) {
      throw Directory.damaged(
          directory, file.getFileName() + " is damaged at byte " + manifest.damagedAt());
    }
  }
}
