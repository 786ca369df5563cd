package io.ppmq.cli;

/** A command cannot do what it was asked: a sentence for stderr and the exit status. */
final class Failure extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  Failure(int status, String sentence) {
    super(sentence, null, false, false);
    this.status = status;
  }

  int status() {
    return status;
  }

  /** The sentence. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
