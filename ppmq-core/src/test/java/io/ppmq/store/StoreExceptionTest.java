package io.ppmq.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

/** The messages about failures of the disk. */
class StoreExceptionTest {
  @Test
  void reasonOfTheSystemFollowsWhatCannotBeDone() {
    assertThat(StoreException.refused("it failed", new NoSuchFileException("/a")).sentence())
        .isEqualTo("it failed: /a: there is no such file or directory");
  }

  @Test
  void fullDiskIsKnownByTheReasonOfTheSystem() {
    String full = "No space left on device";
    assertThat(StoreException.refused("it failed", new IOException(full)).isFull()).isTrue();
    assertThat(StoreException.refused("it failed", new IOException("other")).isFull()).isFalse();
  }
}
