package io.ppmq.broker.request;

/** The broker refuses a request: the message says why, and nothing was changed. */
public final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  /** A refusal for the reason in this sentence. */
  public RefusedException(ErrorCode code, String sentence) {
    super(sentence, null, false, false);
    this.code = code;
  }

  /** The reason as a word. */
  public ErrorCode code() {
    return code;
  }

  /** The reason as a sentence. */
  public String sentence() {
    return String.valueOf(getMessage());
  }
}
