package io.ppmq.store.rocksdb;

import io.ppmq.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Starts a store as the broker does, in a directory of links and copies. So a repair finds
 * everything that prevents a start, and changes nothing.
 *
 * <p>Tables are linked, since nothing writes to them; all else is small and copied.
 */
final class TrialStart {
  private static final String TABLES = "[0-9]+\\.sst";
  private static final String COPIED = "[0-9]+\\.log|MANIFEST-.*|CURRENT|ppmq\\.(synced|tables)";

  private TrialStart() {}

  /**
   * The reason why the broker would not start with {@code data}; null when it would.
   *
   * @param work an empty directory for the trial; removed at the end
   * @throws IOException when it cannot be tried
   */
  static @Nullable String refusal(Path data, Path work) throws IOException {
    try {
      fill(data, work);
      RocksStore.open(work, 1, torn -> {}).close();
      return null;
    } catch (StoreException e) {
      return e.sentence()
          .replace(Directory.HINT, "")
          .replace("DataPath " + work + ": ", "")
          .replace(work.toString(), data.toString());
    } finally {
      Directories.deleteAll(work);
    }
  }

  private static void fill(Path data, Path work) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(data)) {
      files = all.toList();
    }
    for (Path file : files) {
      String name = String.valueOf(file.getFileName());
      if (name.matches(TABLES)) {
        Files.createSymbolicLink(work.resolve(name), file.toRealPath());
      } else if (name.matches(COPIED)) {
        Files.copy(file, work.resolve(name));
      }
    }
  }
}
