package io.ppmq.client;

/**
 * The broker understood the value and refused it: nothing of it was carried out, nor will be. The
 * message is the broker's own sentence.
 */
public final class Refused extends Exception {
  private static final long serialVersionUID = 1;

  private final String code;

  Refused(String code, String reason) {
    super(reason);
    this.code = code;
  }

  /**
   * The reason as one of the codes of PROTOCOL.md, such as {@code unknown-topic} or {@code
   * topic-full}; an empty string when the broker gave none. Codes may be added: one that is not
   * known is final.
   */
  public String code() {
    return code;
  }

  /** Whether the same may be done later, when the broker says that it cannot do it now. */
  boolean isForNow() {
    return code.equals("unavailable") || code.equals("stopping") || code.equals("disk-full");
  }
}
