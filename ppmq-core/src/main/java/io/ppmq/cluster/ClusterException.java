package io.ppmq.cluster;

/** The cluster did not carry out a request; the message is a sentence that says why. */
public class ClusterException extends Exception {
  private static final long serialVersionUID = 1;

  public ClusterException(String sentence) {
    super(sentence);
  }

  public ClusterException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
