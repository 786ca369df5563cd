package io.ppmq.store;

/**
 * The world refused: the disk is full, does not answer, or holds something other than what was put
 * there. The message is one sentence that names the file or directory and the reason.
 */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String sentence;

  /** A failure with its cause, for the log. */
  public StoreException(String sentence, Throwable cause) {
    super(sentence, cause);
    this.sentence = sentence;
  }

  /** A failure that has no cause but itself. */
  public StoreException(String sentence) {
    super(sentence);
    this.sentence = sentence;
  }

  /** What was refused and why, in one sentence. */
  public String sentence() {
    return sentence;
  }
}
