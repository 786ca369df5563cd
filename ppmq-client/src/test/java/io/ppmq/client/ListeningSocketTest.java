package io.ppmq.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Other users may be able to write to the directory of a subscriber's socket. */
class ListeningSocketTest {
  @TempDir Path directory;

  private ListeningSocket open() throws IOException {
    return ListeningSocket.open(Address.of(directory.resolve("s").toString()), () -> {});
  }

  private void assertRefused(String reason) {
    assertThatExceptionOfType(BindException.class)
        .isThrownBy(this::open)
        .withMessageContaining("s.lock " + reason);
    assertThat(directory.resolve("s")).doesNotExist();
  }

  @Test
  void lockIsNotMadeWhereALinkLeads() throws Exception {
    Path elsewhere = directory.resolve("elsewhere");
    Files.createSymbolicLink(directory.resolve("s.lock"), elsewhere);
    assertRefused("is a link");
    assertThat(elsewhere).doesNotExist();
  }

  @Test
  void fileThatALinkLeadsToIsNotLocked() throws Exception {
    Path theirs = Files.createFile(directory.resolve("theirs"));
    Files.createSymbolicLink(directory.resolve("s.lock"), theirs);
    assertRefused("is a link");
  }

  @Test
  void otherNameOfAFileIsNotLocked() throws Exception {
    Files.createLink(directory.resolve("s.lock"), Files.createFile(directory.resolve("theirs")));
    assertRefused("is not a regular file, or has a second name");
  }

  @Test
  void lockThatStayedIsTakenAgain() throws Exception {
    open().close();
    assertThat(directory.resolve("s.lock")).exists();
    open().close();
  }
}
