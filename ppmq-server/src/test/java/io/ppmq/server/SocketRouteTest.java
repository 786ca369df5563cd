package io.ppmq.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketRouteTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path directory;

  private Path shared() throws IOException {
    Path shared = Files.createDirectory(directory.resolve("shared"));
    return Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  private static SocketRoute of(Path path) throws IOException {
    long endNanos = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return SocketRoute.of(path, trusted -> true);
      } catch (IOException e) {
        boolean moving = String.valueOf(e.getMessage()).contains("at this moment");
        if (!moving || System.nanoTime() - endNanos > 0) {
          throw e;
        }
      }
    }
  }

  @Test
  void sameFileByTheSameWayIsTheSame() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    SocketRoute before = of(file);
    assertThat(of(file)).isEqualTo(before);

    Files.delete(file);
    Files.createFile(directory.resolve("keeps the inode of the old one in use"));
    Files.createFile(file);
    assertThat(of(file)).isNotEqualTo(before);
  }

  @Test
  void fileThatWasPutAsideAndBackWhereOthersMayDoSoIsNotTheSame() throws Exception {
    Path file = Files.createFile(shared().resolve("file"));
    SocketRoute before = of(file);

    Files.move(file, directory.resolve("aside"));
    Files.move(directory.resolve("aside"), file);

    assertThat(of(file)).isNotEqualTo(before);
  }

  @Test
  void linkThatOthersMayChangeIsFault() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    Path own = Files.createSymbolicLink(directory.resolve("link"), file);
    assertThat(of(own).end().path()).isEqualTo(of(file).end().path());
    assertThat(of(own).fault()).isNull();

    Path theirs = Files.createSymbolicLink(shared().resolve("link"), file);
    assertThat(of(theirs).fault()).contains("is a link that others may change");
  }

  @Test
  void wayThatEndsNowhereSaysSo() {
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> of(directory.resolve("no/such")));
  }
}
