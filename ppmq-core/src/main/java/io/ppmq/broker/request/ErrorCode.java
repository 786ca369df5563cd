package io.ppmq.broker.request;

/**
 * The reason why a request is not confirmed, as one word that never changes its meaning. Sentences
 * may be reworded; a client decides by the word. Every refusal and every failure has one of these
 * codes, and PROTOCOL.md has the same table.
 */
public enum ErrorCode {
  /** The topic is not one of this broker's. */
  UNKNOWN_TOPIC("unknown-topic", "there is no such topic"),
  /** The subscriber is not one of this broker's. */
  UNKNOWN_SUBSCRIBER("unknown-subscriber", "there is no such subscriber"),
  /** Both are known, but the topic does not name the subscriber. */
  NOT_OF_TOPIC("not-of-topic", "the subscriber does not belong to the topic"),
  /** A rule about users does not allow it. */
  DENIED("denied", "the user of this connection lacks permission"),
  /** The protocol does not allow it. */
  MALFORMED(
      "malformed",
      "the JSON, a field, a time or a command is wrong, a field is missing, or a name or key is too"
          + " long"),
  /** It exceeds a limit, now and at any other time. */
  TOO_LARGE(
      "too-large", "a message or value is over a limit, or more than the topic may ever hold"),
  /** The topic's bound leaves no room now. */
  TOPIC_FULL("topic-full", "the topic has no room for it now"),
  /** The disk has too little room. */
  DISK_FULL("disk-full", "the disk has no room for it now"),
  /** It cannot be done now, for another reason. */
  UNAVAILABLE("unavailable", "the broker cannot do it now; send it again later"),
  /** The broker is being stopped. */
  STOPPING("stopping", "the broker is stopping"),
  /** The outcome is not known; the only code with which something may have been done. */
  IN_DOUBT("in-doubt", "it may still take effect, now or later");

  private final String word;
  private final String meaning;

  ErrorCode(String word, String meaning) {
    this.word = word;
    this.meaning = meaning;
  }

  /** The word on the wire. */
  public String word() {
    return word;
  }

  /** Its name in PROTOCOL.md. */
  public String meaning() {
    return meaning;
  }
}
