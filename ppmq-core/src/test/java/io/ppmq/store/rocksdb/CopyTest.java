package io.ppmq.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.ppmq.store.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies into directories that another user may change at any moment. */
class CopyTest {
  @TempDir private Path above;

  private RocksStore store;
  private Path data;

  @BeforeEach
  void open() {
    data = above.resolve("data");
    store = RocksStore.open(data, 1, warning -> {});
    store.mark("kept");
    store.commit();
    store.sync();
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void assertRefused(Path to, String sentence) throws Exception {
    List<String> before = names(data);
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> store.copyTo(to))
        .satisfies(e -> assertThat(e.sentence()).contains(sentence));
    assertThat(names(data)).isEqualTo(before);
  }

  private static boolean isStopped() {
    return false;
  }

  private static List<String> names(Path directory) throws Exception {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
  }

  @Test
  void copyCanBeOpened() {
    Path to = above.resolve("copy");
    assertThat(store.copyTo(to)).isPositive();
    try (RocksStore copy = RocksStore.open(to, 1, warning -> {})) {
      assertThat(copy.marks()).containsExactly("kept");
    }
  }

  @Test
  void linkIsNotFollowedToTheDirectoryOfTheStore() throws Exception {
    Path link = Files.createSymbolicLink(above.resolve("link"), data);
    assertRefused(link, "is a link");
    assertRefused(link.resolve("copy"), "is within the DataPath");
  }

  @Test
  void directoryOfTheStoreIsKnownUnderAnyName() throws Exception {
    assertRefused(data, "is within the DataPath");
    Path within = Files.createDirectory(data.resolve("sub"));
    assertRefused(within, "is within the DataPath");
    assertRefused(within.resolve("../sub/copy"), "is within the DataPath");
  }

  @Test
  void linkThatReplacesTheDestinationIsNotTouched() throws Exception {
    Path to = above.resolve("copy");
    Path file = Files.writeString(above.resolve("CURRENT"), "to be copied");
    List<String> before = names(data);
    try (Destination destination = Destination.open(to, data)) {
      Files.move(to, above.resolve("moved"));
      Files.createSymbolicLink(to, data);

      assertThat(destination.add(file, CopyTest::isStopped)).isTrue();
      assertThat(above.resolve("moved/CURRENT")).hasContent("to be copied");
      destination.discard();
    }
    assertThat(names(data)).isEqualTo(before);
    assertThat(Files.isSymbolicLink(to)).isTrue();
    assertThat(above.resolve("moved")).isEmptyDirectory();
  }

  @Test
  void onlyWhatWasMadeIsRemovedAgain() throws Exception {
    Path to = Files.createDirectory(above.resolve("copy"));
    Path file = Files.writeString(above.resolve("CURRENT"), "to be copied");
    Path other = Files.writeString(above.resolve("000001.sst"), "to be copied");
    try (Destination destination = Destination.open(to, data)) {
      assertThat(destination.add(file, CopyTest::isStopped)).isTrue();
      assertThat(destination.add(other, CopyTest::isStopped)).isTrue();
      Files.delete(to.resolve("000001.sst"));
      Files.writeString(to.resolve("000001.sst"), "somebody's");
      Files.writeString(to.resolve("precious"), "somebody's");

      destination.discard();
    }
    assertThat(names(to)).containsExactly("000001.sst", "precious");
  }

  @Test
  void fileThatSomebodyElsePutInTheWayIsNotWrittenOver() throws Exception {
    Path to = Files.createDirectory(above.resolve("copy"));
    Path file = Files.writeString(above.resolve("CURRENT"), "to be copied");
    Path precious = Files.writeString(above.resolve("precious"), "somebody's");
    try (Destination destination = Destination.open(to, data)) {
      Files.createSymbolicLink(to.resolve("CURRENT"), precious);
      assertThatExceptionOfType(java.io.IOException.class)
          .isThrownBy(() -> destination.add(file, CopyTest::isStopped));
      destination.discard();
    }
    assertThat(precious).hasContent("somebody's");
    assertThat(to.resolve("CURRENT")).isSymbolicLink();
  }
}
