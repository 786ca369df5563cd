package io.ppmq.sim;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delay;
import io.ppmq.message.Message;
import io.ppmq.topic.TopicSettings;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A published message. Its payload names it, so that its delivery can be recognised. */
final class Published {
  final int number;
  final String topic;
  final Message message;

  /** The attempt that stored it; for a delayed message, the attempt that queued it. */
  Submitted submitted;

  /** Its number in the order in which messages were applied. */
  int order;

  /** Whether it was applied, so that a subscriber gets it. */
  boolean queued;

  /** Whether it has a producer's key that counts, or is a dead letter, which has its own key. */
  boolean keyed;

  /** The priority of its log. */
  int priority;

  /** When it expires by its age, if it has no expiry. */
  private long ageEndMillis = Long.MAX_VALUE;

  /** Whether it was expired at some moment, so that it may be gone although the clock went back. */
  boolean onceExpired;

  Published(int number, String topic, Message message, Submitted submitted) {
    this.number = number;
    this.topic = topic;
    this.message = message;
    this.submitted = submitted;
  }

  /** The payload of the message with this number, extended by some letters. */
  static Bytes payload(int number, int letters) {
    return Bytes.utf8("\"" + number + "." + "x".repeat(letters) + "\"");
  }

  /** The number in a payload. */
  static int number(Bytes payload) {
    int number = 0;
    for (int i = 1; payload.at(i) != '.'; i++) {
      number = number * 10 + payload.at(i) - '0';
    }
    return number;
  }

  @Nullable Bytes key() {
    return message.key();
  }

  boolean isExpired(long wallMillis) {
    Instant expires = message.expires();
    return (expires == null ? ageEndMillis : expires.toEpochMilli()) <= wallMillis;
  }

  /** It is stored, or its moment is, at this time; its age counts from then on. */
  void ages(TopicSettings topic, long fromMillis) {
    long oldest = topic.maxAgeMillis();
    ageEndMillis = oldest == 0 ? Long.MAX_VALUE : (fromMillis + oldest + 999) / 1000 * 1000;
  }

  @Override
  public String toString() {
    Bytes key = message.key();
    Instant expires = message.expires();
    Delay delay = message.delay();
    return "m%d%s p%d%s%s"
        .formatted(
            number,
            key == null ? "" : " (" + key.text() + ")",
            message.priority(),
            expires == null ? "" : " expires " + expires.toString().substring(11),
            delay == null ? "" : (delay.fromStoring() ? " after " : " at ") + delay.millis());
  }
}
