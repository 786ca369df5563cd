package io.ppmq.client;

/**
 * The broker understood the value and refused it: nothing of it was carried out, nor will be. The
 * message is the broker's own sentence. Each family of reasons has its own class. A refusal without
 * a code, or with a code that this version does not know, belongs to no family and is final.
 */
public sealed class Refused extends Exception
    permits Denied, Malformed, TopicFull, Unavailable, UnknownName {
  private static final long serialVersionUID = 1;

  private final String code;

  Refused(String code, String reason) {
    super(reason);
    this.code = code;
  }

  static Refused of(String code, String reason) {
    return switch (code) {
      case "denied" -> new Denied(code, reason);
      case "malformed", "too-large" -> new Malformed(code, reason);
      case "topic-full" -> new TopicFull(code, reason);
      case "unavailable", "stopping", "disk-full" -> new Unavailable(code, reason);
      case "unknown-topic", "unknown-subscriber", "not-of-topic" -> new UnknownName(code, reason);
      default -> new Refused(code, reason);
    };
  }

  /**
   * The reason as one of the codes of PROTOCOL.md, such as {@code unknown-topic} or {@code
   * topic-full}; an empty string when the broker gave none. New codes may be added; an unknown code
   * is final.
   */
  public String code() {
    return code;
  }

  /**
   * Whether the broker would refuse the same value again until its configuration changes. False for
   * {@link TopicFull} and {@link Unavailable}, which are temporary.
   */
  public boolean isFinal() {
    return true;
  }
}
