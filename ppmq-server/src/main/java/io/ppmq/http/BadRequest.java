package io.ppmq.http;

/** The client's error, and the status of the answer. */
public final class BadRequest extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String sentence;

  /** An error with this status and this sentence. */
  public BadRequest(int status, String sentence) {
    super(sentence, null, false, false);
    this.status = status;
    this.sentence = sentence;
  }

  /** An error with status 400. */
  public BadRequest(String sentence) {
    this(400, sentence);
  }

  /** The status of the answer. */
  public int status() {
    return status;
  }

  /** The answer, without its line feed. */
  public String sentence() {
    return sentence;
  }
}
