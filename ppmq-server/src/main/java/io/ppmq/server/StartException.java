package io.ppmq.server;

/** The process cannot start as configured; the message is one sentence for whoever started it. */
public final class StartException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Says why it cannot start. */
  public StartException(String sentence) {
    super(sentence, null, false, false);
  }
}
