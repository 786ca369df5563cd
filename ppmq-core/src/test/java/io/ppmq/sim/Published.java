package io.ppmq.sim;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delay;
import io.ppmq.message.Message;
import io.ppmq.topic.TopicSettings;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A message as it was published. Its payload names it, so that a delivery can be told. */
final class Published {
  final int number;
  final String topic;
  final Message message;

  /** With what it was stored; once it was delayed and is queued, with what that was. */
  Submitted submitted;

  /** Its place in the order in which messages were applied. */
  int order;

  /** Whether it was applied, so that somebody gets it. */
  boolean queued;

  /** Whether it has a producer's key that counts, or is a dead letter, which has one of its own. */
  boolean keyed;

  /** The priority whose log it was put in. */
  int priority;

  /** When it ends by its age, if it has no expiry of its own. */
  private long ageEndMillis = Long.MAX_VALUE;

  /** Whether it had expired at some moment, so that it may be gone though the clock went back. */
  boolean onceExpired;

  Published(int number, String topic, Message message, Submitted submitted) {
    this.number = number;
    this.topic = topic;
    this.message = message;
    this.submitted = submitted;
  }

  /** The payload of the message with this number, made longer by some letters. */
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

  /** It is stored, or its moment is, at this one: from then on counts how old it may get. */
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
