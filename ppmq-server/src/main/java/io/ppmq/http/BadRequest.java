package io.ppmq.http;

/** What the client did wrong, and the status that says so. */
public final class BadRequest extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String sentence;

  /** Answered with this status and this sentence. */
  public BadRequest(int status, String sentence) {
    super(sentence, null, false, false);
    this.status = status;
    this.sentence = sentence;
  }

  /** Answered with status 400. */
  public BadRequest(String sentence) {
    this(400, sentence);
  }

  /** The status of the answer. */
  public int status() {
    return status;
  }

  /** The answer, without the end of its line. */
  public String sentence() {
    return sentence;
  }
}
