package io.ppmq.http;

/** The client's error, and the status of the answer. */
public final class BadRequest extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String sentence;
  private final boolean passes;

  /** An error with this status and this sentence. */
  public BadRequest(int status, String sentence) {
    this(status, sentence, false);
  }

  private BadRequest(int status, String sentence, boolean passes) {
    super(sentence, null, false, false);
    this.status = status;
    this.sentence = sentence;
    this.passes = passes;
  }

  /** An error with status 503: the same request may succeed in a second. */
  public static BadRequest busy(String sentence) {
    return new BadRequest(503, sentence, true);
  }

  /** An error with status 400. */
  public BadRequest(String sentence) {
    this(400, sentence);
  }

  /** The status of the answer. */
  public int status() {
    return status;
  }

  /** Whether the same request may succeed in a second. */
  boolean passes() {
    return passes;
  }

  /** The answer, without its line feed. */
  public String sentence() {
    return sentence;
  }
}
