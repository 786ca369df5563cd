package io.ppmq.store.rocksdb;

import io.ppmq.store.StoreException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Options;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;

/**
 * Finds the damaged file when RocksDB refuses to open: RocksDB tends to blame the MANIFEST for
 * damage of a table that the MANIFEST lists.
 */
final class Tables {
  private Tables() {}

  /** The sentence of a failure to open, with the table that is damaged, if one is. */
  static StoreException blame(Path directory, RocksDBException failure) {
    StoreException refused = Engine.refused(directory, failure);
    try (DirectoryStream<Path> tables = Files.newDirectoryStream(directory, "*.sst")) {
      for (Path table : tables) {
        String damage = damage(table);
        if (damage != null) {
          return Directory.damaged(
              directory, "the file " + table.getFileName() + " is damaged: " + damage, failure);
        }
      }
    } catch (IOException e) {
      refused.addSuppressed(e);
    }
    return refused;
  }

  private static @Nullable String damage(Path table) {
    try (Options options = new Options();
        SstFileReader reader = new SstFileReader(options)) {
      reader.open(table.toString());
      reader.verifyChecksum();
      return null;
    } catch (RocksDBException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
