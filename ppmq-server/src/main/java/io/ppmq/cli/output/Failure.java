package io.ppmq.cli.output;

import java.util.List;

/** The failure of a command: sentences for stderr and the exit status. */
public final class Failure extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final transient List<String> sentences;

  public Failure(int status, String sentence) {
    this(status, List.of(sentence));
  }

  public Failure(int status, List<String> sentences) {
    super(String.join("; ", sentences), null, false, false);
    this.status = status;
    this.sentences = List.copyOf(sentences);
  }

  public int status() {
    return status;
  }

  /** The sentences, a line each. */
  public List<String> sentences() {
    return sentences;
  }

  /** All of it. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
