package io.ppmq.store;

/**
 * The world refused: the disk is full, does not answer, or holds something other than what was put
 * there. The message is one sentence that names the file or directory and the reason.
 */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String sentence;
  private final boolean full;

  /** A failure with its cause, for the log. */
  public StoreException(String sentence, Throwable cause) {
    super(sentence, cause);
    this.sentence = sentence;
    this.full = isFull(cause);
  }

  /** A failure that has no cause but itself. */
  public StoreException(String sentence) {
    this(sentence, false);
  }

  private StoreException(String sentence, boolean full) {
    super(sentence);
    this.sentence = sentence;
    this.full = full;
  }

  /** Something was not tried, since the disk has too little room for it. */
  public static StoreException noRoom(String sentence) {
    return new StoreException(sentence, true);
  }

  /** What the kernel says of a full disk and of a used-up quota, which Java and RocksDB repeat. */
  private static boolean isFull(Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    return message.contains("No space left on device") || message.contains("quota exceeded");
  }

  /** Whether there was too little room. */
  public boolean isFull() {
    return full;
  }

  /** What was refused and why, in one sentence. */
  public String sentence() {
    return sentence;
  }
}
