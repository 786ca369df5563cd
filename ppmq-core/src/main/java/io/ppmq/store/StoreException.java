package io.ppmq.store;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/**
 * A failure outside the program: the disk is full, does not answer, or holds other bytes than the
 * written ones. The message is one sentence that names the file or directory and the reason.
 */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String sentence;
  private final boolean full;
  private final boolean damage;

  /** A failure with its cause, for the log. */
  public StoreException(String sentence, Throwable cause) {
    this(sentence, cause, isFull(cause), false);
  }

  /** A failure without a cause. */
  public StoreException(String sentence) {
    this(sentence, null, false, false);
  }

  private StoreException(String sentence, @Nullable Throwable cause, boolean full, boolean damage) {
    super(sentence, cause);
    this.sentence = sentence;
    this.full = full;
    this.damage = damage;
  }

  /** An operation was not tried, since the disk has too little space for it. */
  public static StoreException noRoom(String sentence) {
    return new StoreException(sentence, null, true, false);
  }

  /**
   * The system refused something.
   *
   * @param what what cannot be done, with the file or directory; the reason follows it
   */
  public static StoreException refused(String what, IOException e) {
    return new StoreException(what + ": " + reason(e), e);
  }

  /**
   * The reason of a failure of the system, after the name of its file if that is known. Java itself
   * often gives only the name of a class.
   */
  public static String reason(IOException e) {
    if (!(e instanceof FileSystemException refused)) {
      return e.getMessage() == null ? "an input or output error" : e.getMessage();
    }
    String file = refused.getFile() == null ? "" : refused.getFile() + ": ";
    return file + words(refused);
  }

  private static String words(FileSystemException e) {
    if (e instanceof NoSuchFileException) {
      return "there is no such file or directory";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "it is there already";
    }
    return e.getReason() == null ? "an input or output error" : e.getReason();
  }

  /** The stored data cannot be read any more, however often it is tried. */
  public static StoreException damage(String sentence, @Nullable Throwable cause) {
    return new StoreException(sentence, cause, false, true);
  }

  /**
   * The messages of the kernel for a full disk and a used-up quota, which Java and RocksDB repeat.
   */
  private static boolean isFull(Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    return message.contains("No space left on device") || message.contains("quota exceeded");
  }

  /** Whether there was too little room. */
  public boolean isFull() {
    return full;
  }

  /** Whether the stored data is damaged, so that only a repair helps. */
  public boolean isDamage() {
    return damage;
  }

  /** The refusal and its reason, in one sentence. */
  public String sentence() {
    return sentence;
  }
}
