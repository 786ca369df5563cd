package io.ppmq.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

/** What a failure of the disk says. */
class StoreExceptionTest {
  @Test
  void reasonOfTheSystemNamesTheFileAndNoClass() {
    assertThat(StoreException.refused("it failed", new NoSuchFileException("/a")).sentence())
        .isEqualTo("it failed: /a: there is no such file or directory");
    assertThat(StoreException.reason(new AccessDeniedException("/a")))
        .isEqualTo("/a: permission denied");
    assertThat(StoreException.reason(new FileSystemException("/a", null, "Read-only file system")))
        .isEqualTo("/a: Read-only file system");
    assertThat(StoreException.reason(new IOException("Input/output error")))
        .isEqualTo("Input/output error");
    assertThat(StoreException.reason(new IOException())).isEqualTo("an input or output error");
  }

  @Test
  void fullDiskIsKnownByTheReasonOfTheSystem() {
    String full = "No space left on device";
    assertThat(StoreException.refused("it failed", new IOException(full)).isFull()).isTrue();
    assertThat(StoreException.refused("it failed", new IOException("other")).isFull()).isFalse();
  }
}
