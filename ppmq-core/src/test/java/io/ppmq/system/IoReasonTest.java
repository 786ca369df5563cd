package io.ppmq.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.junit.jupiter.api.Test;

class IoReasonTest {
  @Test
  void reasonNamesTheFileAndNoClass() {
    assertThat(IoReason.of(new NoSuchFileException("/a")))
        .isEqualTo("/a: there is no such file or directory");
    assertThat(IoReason.of(new AccessDeniedException("/a"))).isEqualTo("/a: permission denied");
    assertThat(IoReason.of(new FileSystemException("/a", null, "Read-only file system")))
        .isEqualTo("/a: Read-only file system");
  }

  @Test
  void sentenceThatNamesTheFileSaysWhatIsMissing() {
    NoSuchFileException nothing = new NoSuchFileException("/a");
    assertThat(IoReason.words(nothing, "directory")).isEqualTo("there is no such directory");
    assertThat(IoReason.words(new AccessDeniedException("/a"), "directory"))
        .isEqualTo("permission denied");
  }

  @Test
  void whatTheJdkSaysOnlyWithAClassIsSaidInWords() {
    assertThat(IoReason.words(new FileAlreadyExistsException("/a"), "file"))
        .isEqualTo("it exists already");
    assertThat(IoReason.words(new NotDirectoryException("/a"), "file"))
        .isEqualTo("it is not a directory");
    assertThat(IoReason.words(new DirectoryNotEmptyException("/a"), "file"))
        .isEqualTo("the directory is not empty");
  }

  @Test
  void messageOfTheSystemStays() {
    assertThat(IoReason.of(new IOException("Input/output error"))).isEqualTo("Input/output error");
  }

  @Test
  void failureWithoutAMessageIsAnInputOrOutputError() {
    assertThat(IoReason.of(new IOException())).isEqualTo("an input or output error");
    assertThat(IoReason.of(new FileSystemException("/a")))
        .isEqualTo("/a: an input or output error");
  }
}
