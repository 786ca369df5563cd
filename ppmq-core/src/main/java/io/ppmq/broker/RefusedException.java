package io.ppmq.broker;

/** The caller's mistake: the message says which, and nothing was changed. */
public final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  /** A refusal for the reason in this sentence. */
  public RefusedException(String sentence) {
    super(sentence, null, false, false);
  }
}
