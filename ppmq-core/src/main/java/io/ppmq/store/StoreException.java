package io.ppmq.store;

import io.ppmq.system.IoReason;
import java.io.IOException;
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
    return new StoreException(what + ": " + IoReason.of(e), e);
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
