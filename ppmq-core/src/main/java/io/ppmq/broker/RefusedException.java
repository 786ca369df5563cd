package io.ppmq.broker;

/** The broker does not do what it was asked to: the message says why, and nothing was changed. */
public final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  /** A refusal for the reason in this sentence. */
  public RefusedException(String sentence) {
    super(sentence, null, false, false);
  }
}
