package io.ppmq.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.ppmq.store.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The data directory, or files in it, are removed while a store is open. */
class TakenAwayTest {
  @TempDir private Path above;

  private Path data() {
    return above.resolve("data");
  }

  private RocksStore open() {
    RocksStore store = RocksStore.open(data(), 1, warning -> {});
    change(store, "first");
    store.commit();
    store.sync();
    return store;
  }

  private static void change(RocksStore store, String word) {
    store.mark(word);
  }

  private static void assertRefused(Runnable call, String sentence) {
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(call::run)
        .satisfies(e -> assertThat(e.sentence()).contains(sentence).doesNotContain("Exception"));
  }

  @Test
  void nothingIsSyncedIntoDirectoryThatIsMissingUntilItIsBack() throws Exception {
    Path away = above.resolve("away");
    try (RocksStore store = open()) {
      assertThat(store.loss()).isNull();
      Files.move(data(), away);
      change(store, "second");

      store.commit(); // into open files: the store has not checked yet
      assertRefused(store::sync, "data is missing");
      assertThat(store.loss()).contains("is missing");
      change(store, "third");
      assertRefused(store::commit, "data is missing");
      assertRefused(store::reclaim, "data is missing");
      assertThat(store.diskBytes()).isZero();

      Files.move(away, data());
      store.commit();
      store.sync();
      store.reclaim();
      assertThat(store.loss()).isNull();
    }
    try (RocksStore again = RocksStore.open(data(), 1, warning -> {})) {
      assertThat(again.marks()).containsExactly("first", "second", "third");
    }
  }

  @Test
  void directoryThatIsFullInNobodysPlaceIsNotTakenForTheOneThatWasOpened() throws Exception {
    try (RocksStore store = open()) {
      Files.move(data(), above.resolve("away"));
      Files.createDirectory(data());

      assertRefused(store::reclaim, "is not the directory that was opened");

      assertThat(data()).isEmptyDirectory();
    }
  }

  @Test
  void filesThatTheNextStartNeedsAreMissed() throws Exception {
    for (String file : new String[] {"CURRENT", "ppmq.lock"}) {
      Path away = above.resolve("away");
      try (RocksStore store = open()) {
        Files.move(data().resolve(file), away);
        assertRefused(store::reclaim, "lacks its file " + file);
        change(store, file);
        assertRefused(store::commit, "lacks its file " + file);

        Files.move(away, data().resolve(file));
        store.commit();
      }
    }
  }

  @Test
  void logThatWasRemovedIsMissed() throws Exception {
    try (RocksStore store = open()) {
      try (var logs = Files.newDirectoryStream(data(), "*.log")) {
        for (Path log : logs) {
          Files.delete(log);
        }
      }
      assertRefused(store::reclaim, "lacks its .log file");
      assertThat(store.loss()).isNotNull();
    }
  }
}
