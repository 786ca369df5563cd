package io.ppmq.system;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/**
 * Why the operating system refused an operation, in words. The messages of the JDK often name only
 * the file, and a class.
 */
public final class IoReason {
  private IoReason() {}

  /** The reason, after the name of the file if that is known. */
  public static String of(IOException e) {
    String words = words(e, "file or directory");
    return e instanceof FileSystemException refused && refused.getFile() != null
        ? refused.getFile() + ": " + words
        : words;
  }

  /**
   * The reason alone, for a sentence that names the file itself.
   *
   * @param missing what is missing if the system finds nothing: "file" makes "there is no such
   *     file"
   */
  public static String words(IOException e, String missing) {
    if (e instanceof NoSuchFileException) {
      return "there is no such " + missing;
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "it exists already";
    }
    if (e instanceof NotDirectoryException) {
      return "it is not a directory";
    }
    if (e instanceof DirectoryNotEmptyException) {
      return "the directory is not empty";
    }
    String reason = e instanceof FileSystemException refused ? refused.getReason() : e.getMessage();
    return reason == null ? "an input or output error" : reason;
  }
}
