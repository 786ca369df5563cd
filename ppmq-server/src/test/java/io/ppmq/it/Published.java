package io.ppmq.it;

/**
 * A message as its producer knows it. Its payload begins with a unique name. Guarded by the {@link
 * Ledger}.
 */
final class Published {
  /** A time in the future. */
  static final long NOT_YET = Long.MAX_VALUE;

  final TortureTopic topic;
  final String name;

  /** The producer's key in a topic with dedupe; otherwise empty. */
  final String key;

  /** Its number among the messages with its key. */
  final int version;

  final int priority;
  final int length;

  /** The time of its expiry, on the wall clock; {@link #NOT_YET} if never. */
  final long expiresMillis;

  long sentNanos = NOT_YET;

  /** The time at which its producer learnt that it is stored, or that it will not be. */
  long settledNanos = NOT_YET;

  /** The life in which it was confirmed; null if it was not. */
  Life confirmedIn;

  /** Whether it arrived before a kill, which it therefore survived. */
  boolean survived;

  /** The life in which an acknowledgement of it was confirmed, so that it was stored then. */
  Life acknowledgedIn;

  long acknowledgedNanos;

  /** The key that the broker gave it; null until it was delivered. */
  String brokerKey;

  Published(
      TortureTopic topic,
      String name,
      String key,
      int version,
      int priority,
      int length,
      long expiresMillis) {
    this.topic = topic;
    this.name = name;
    this.key = key;
    this.version = version;
    this.priority = priority;
    this.length = length;
    this.expiresMillis = expiresMillis;
  }

  boolean isKeyed() {
    return !key.isEmpty();
  }

  /** Its payload, as JSON. */
  String payload() {
    StringBuilder payload = new StringBuilder(length + 2).append('"').append(name).append(' ');
    while (payload.length() < length) {
      payload.append((char) ('a' + payload.length() % 26));
    }
    return payload.append('"').toString();
  }

  /** The name in a payload as it is delivered. */
  static String nameIn(String payload) {
    return payload.substring(1, payload.indexOf(' '));
  }

  /** Whether the broker must have it, or must have had it until its end. */
  boolean isCertain() {
    return survived
        || (confirmedIn != null && confirmedIn.keeps(settledNanos))
        || (acknowledgedIn != null && acknowledgedIn.keeps(acknowledgedNanos));
  }

  /** The time of its confirm, as text. */
  String confirmed() {
    return confirmedIn == null ? "not confirmed" : "confirmed " + confirmedIn.when(settledNanos);
  }

  boolean isExpired(long nowMillis) {
    return topic.expires() && expiresMillis <= nowMillis;
  }

  @Override
  public String toString() {
    return topic.name() + " " + name + (isKeyed() ? " of " + key : "") + " priority " + priority;
  }
}
